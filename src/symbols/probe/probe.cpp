#include "symbols/probe/probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "base/text.h"
#include "symbols/probe/notes.h"
#include "symbols/probe/restricted.h"
#include "symbols/probe/tables.h"

namespace knowhy::symbols {
namespace {

using Kind = Instruction::Kind;

// "0xffffffff81a43c50-0xffffffff81a43d00\tname".
std::optional<std::pair<uint64_t, uint64_t>> parse_range(std::string_view line) {
    const auto words = split_whitespace(line);
    const auto ends = split(words.empty() ? "" : words[0], '-');
    if (ends.size() != 2 || !ends[0].starts_with("0x") || !ends[1].starts_with("0x")) {
        return std::nullopt;
    }
    const auto from = parse_u64(ends[0].substr(2), 16);
    const auto to = parse_u64(ends[1].substr(2), 16);
    if (!from || !to) return std::nullopt;
    return std::pair{*from, *to};
}

constexpr uint64_t kLargestFunction = 1024UL * 1024;

bool holds(const std::vector<uint64_t>& sorted, uint64_t value) {
    return std::binary_search(sorted.begin(), sorted.end(), value);
}

}  // namespace

Result<std::vector<std::pair<uint64_t, uint64_t>>> parse_kprobe_blacklist(std::string_view text,
                                                                          uint64_t slide) {
    std::vector<std::pair<uint64_t, uint64_t>> ranges;
    for (const std::string_view line : split(text, '\n')) {
        if (trimmed(line).empty()) continue;
        const auto range = parse_range(line);
        if (!range) {
            return fail(ErrorKind::Usage, "the kprobe blacklist has an unknown line: {}",
                        escaped(line));
        }
        ranges.emplace_back(range->first - slide, range->second - slide);
    }
    return ranges;
}

struct ProbeSafety::Impl {
    std::shared_ptr<const ElfFile> image;
    Decoder decoder;
    CodeTables tables;
    // What clones were made from, by name: looked for once.
    mutable std::map<std::string_view, bool> traceable_bases;
    mutable std::optional<std::set<std::string_view>> blacklisted_names;

    // The function symbol that the address is in, and where the next one starts.
    struct Function {
        uint64_t from = 0;
        uint64_t to = 0;
        std::string_view name;
    };

    [[nodiscard]] std::optional<Function> function_at(uint64_t address) const {
        const auto over = image->functions_over(address);
        if (over.empty() || address - over.back().address > kLargestFunction) return std::nullopt;
        const ElfFile::Symbol& symbol = over.back();
        return Function{symbol.address, symbol.address + symbol.size, symbol.name};
    }

    // The instructions from the function's start to the one that covers the address.
    [[nodiscard]] std::vector<Instruction> decoded_up_to(const Function& function,
                                                         uint64_t address) const {
        std::vector<Instruction> instructions;
        const auto all = image->bytes_at(function.from);
        const auto code = all.first(std::min<size_t>(all.size(), function.to - function.from));
        for (size_t at = 0; at < code.size();) {
            instructions.push_back(decoder.decode(code.subspan(at), function.from + at));
            at += instructions.back().length;
            if (function.from + at > address) break;
        }
        return instructions;
    }

    [[nodiscard]] std::vector<std::string> refusals(const Function& function,
                                                    uint64_t address) const {
        std::vector<std::string> reasons;
        for (const Span& span : tables.refused) {
            if (address >= span.from && address < span.to) reasons.push_back(span.what);
        }
        add_instruction(function, address, reasons);
        if (is_blacklisted(function)) {
            reasons.emplace_back("the function is on the kprobe blacklist");
        }
        add_patched(address, reasons);
        if (tables.exceptions.contains(address)) {
            reasons.emplace_back("an access with an exception-table fixup");
        }
        if (tables.bugs.contains(address)) reasons.emplace_back("a BUG or WARN trap");
        if (reasons.empty() && !is_traceable(function)) {
            reasons.emplace_back("its function has no ftrace site, which trace events ask for");
        }
        return reasons;
    }

    // kernel/trace/trace_kprobe.c, within_notrace_func(): a clone counts as what it was made from.
    [[nodiscard]] bool is_traceable(const Function& function) const {
        if (tables.ftrace_sites.empty() || has_ftrace_site(function.from, function.to)) return true;
        const size_t dot = function.name.find('.');
        if (dot == std::string_view::npos) return false;
        const std::string_view base = function.name.substr(0, dot);
        const auto [known, is_new] = traceable_bases.try_emplace(base, false);
        bool& traceable = known->second;
        if (is_new) {
            image->each_symbol([&](const ElfFile::Symbol& symbol) {
                if (symbol.name != base) return;
                traceable |= has_ftrace_site(symbol.address, symbol.address + symbol.size);
            });
        }
        return traceable;
    }

    [[nodiscard]] bool has_ftrace_site(uint64_t from, uint64_t to) const {
        const auto site =
            std::lower_bound(tables.ftrace_sites.begin(), tables.ftrace_sites.end(), from);
        return site != tables.ftrace_sites.end() && *site < to;
    }

    void add_instruction(const Function& function, uint64_t address,
                         std::vector<std::string>& reasons) const {
        const auto instructions = decoded_up_to(function, address);
        if (instructions.empty()) {
            reasons.emplace_back("the image has no code there");
            return;
        }
        const Instruction& last = instructions.back();
        const bool x86 = decoder.machine().arch == Arch::X86_64;
        for (const Instruction& instruction : instructions) {
            const bool lost = x86 || &instruction == &last;
            if (lost && instruction.kind == Kind::Undecoded) {
                reasons.push_back(fmt::format("the code at +{:#x} is not understood",
                                              instruction.address - function.from));
                return;
            }
        }
        if (last.address != address) {
            reasons.push_back(
                fmt::format("inside the instruction at +{:#x}", last.address - function.from));
            return;
        }
        const auto why = why_not_stepped(decoder.machine(), instructions,
                                         image->bytes_at(address).first(last.length));
        if (!why.empty()) reasons.push_back(why);
    }

    // A clone shares its function's fate: foo.cold and foo.constprop.0 with foo.
    [[nodiscard]] bool is_blacklisted(const Function& function) const {
        if (holds(tables.blacklisted, function.from)) return true;
        const size_t dot = function.name.find('.');
        if (dot == std::string_view::npos) return false;
        const std::string_view base = function.name.substr(0, dot);
        if (!blacklisted_names) {
            blacklisted_names.emplace();
            for (const uint64_t start : tables.blacklisted) {
                if (const auto other = function_at(start)) blacklisted_names->insert(other->name);
            }
        }
        return blacklisted_names->contains(base);
    }

    void add_patched(uint64_t address, std::vector<std::string>& reasons) const {
        constexpr uint64_t kLongestAlternative = UINT16_MAX;
        auto alternative = std::ranges::lower_bound(
            tables.alternatives, address - std::min(address, kLongestAlternative), {},
            &Alternative::site);
        for (; alternative != tables.alternatives.end(); ++alternative) {
            if (alternative->site > address) break;
            if (address - alternative->site < alternative->bytes) {
                reasons.emplace_back("inside an alternative");
                break;
            }
        }
        if (is_in_patched_instruction(address, holds_jump_label())) {
            reasons.emplace_back("a jump label");
        }
        if (is_in_patched_instruction(address, holds_static_call())) {
            reasons.emplace_back("a static call");
        }
        const unsigned site_bytes = ftrace_site_bytes();
        auto site =
            std::upper_bound(tables.ftrace_sites.begin(), tables.ftrace_sites.end(), address);
        if (site == tables.ftrace_sites.begin()) return;
        const uint64_t inside = address - *--site;
        const bool refused_whole = decoder.machine().arch == Arch::Arm64;
        if (inside < site_bytes && (inside > 0 || refused_whole)) {
            reasons.emplace_back("inside an ftrace site");
        }
    }

    using SiteTest = std::function<bool(uint64_t)>;
    [[nodiscard]] SiteTest holds_jump_label() const {
        return [this](uint64_t site) { return tables.jump_labels.contains(site); };
    }
    [[nodiscard]] SiteTest holds_static_call() const {
        return [this](uint64_t site) { return holds(tables.static_calls, site); };
    }

    // A site that is patched is at most 5 bytes long; the boundary check has refused its inside by
    // the bytes on disk, this one does by those that it may become.
    [[nodiscard]] bool is_in_patched_instruction(uint64_t address, const SiteTest& is_site) const {
        constexpr uint64_t kLongestSite = 5;
        for (uint64_t back = 0; back < kLongestSite && back <= address; ++back) {
            const uint64_t site = address - back;
            if (!is_site(site)) continue;
            const auto code = image->bytes_at(site);
            if (back == 0 || (!code.empty() && back < decoder.decode(code, site).length)) {
                return true;
            }
        }
        return false;
    }

    // How much of a function's start ftrace writes: a call, or the instructions around one.
    [[nodiscard]] unsigned ftrace_site_bytes() const {
        switch (decoder.machine().arch) {
            case Arch::X86_64:
                return 5;
            case Arch::Riscv64:
                return 16;
            default:
                return 8;
        }
    }
};

ProbeSafety::ProbeSafety(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ProbeSafety::ProbeSafety(ProbeSafety&&) noexcept = default;
ProbeSafety& ProbeSafety::operator=(ProbeSafety&&) noexcept = default;
ProbeSafety::~ProbeSafety() = default;

Result<ProbeSafety> ProbeSafety::open(std::shared_ptr<const ElfFile> code) {
    KW_TRY(Decoder decoder, Decoder::open(code->machine()));
    CodeTables tables = read_code_tables(*code);
    return ProbeSafety(std::make_unique<Impl>(
        Impl{std::move(code), std::move(decoder), std::move(tables), {}, {}}));
}

void ProbeSafety::also_refuse(std::span<const std::pair<uint64_t, uint64_t>> ranges) {
    for (const auto& [from, to] : ranges) {
        impl_->tables.refused.push_back({from, to, "on the running kernel's kprobe blacklist"});
    }
}

ProbeVerdict ProbeSafety::at(uint64_t address) const {
    ProbeVerdict verdict;
    const ElfFile::Section* const section = impl_->image->section_of(address);
    const auto function = impl_->function_at(address);
    if (section == nullptr || !section->code) {
        verdict.reasons.emplace_back("not in the image's code");
    } else if (!function) {
        verdict.reasons.emplace_back("in no function");
    } else {
        verdict.reasons = impl_->refusals(*function, address);
    }
    verdict.safe = verdict.reasons.empty();
    verdict.ftrace_site = holds(impl_->tables.ftrace_sites, address);
    return verdict;
}

CodeNotes ProbeSafety::notes_for(std::span<const CodeRange> ranges) const {
    return notes_of(*impl_->image, impl_->decoder, impl_->tables, ranges);
}

const Decoder& ProbeSafety::decoder() const {
    return impl_->decoder;
}

}  // namespace knowhy::symbols
