#include "symbols/probe/tables.h"

#include <algorithm>
#include <functional>
#include <set>

#include "symbols/probe/image_table.h"

namespace knowhy::symbols {
namespace {

using Range = ImageTables::Range;

class Reader {
  public:
    explicit Reader(const ElfFile& image) : in_(image), machine_(image.machine()) {}

    CodeTables read() {
        read_alternatives();
        read_exceptions();
        read_jump_labels();
        read_bugs();
        tables_.static_calls = addresses("__start_static_call_sites", "__stop_static_call_sites",
                                         ".static_call_sites", 8, true);
        tables_.ftrace_sites = addresses("__start_mcount_loc", "__stop_mcount_loc", "__mcount_loc",
                                         machine_.address_bytes(), false);
        tables_.blacklisted = addresses("__start_kprobe_blacklist", "__stop_kprobe_blacklist",
                                        "_kprobe_blacklist", machine_.address_bytes(), false);
        read_refused_text();
        return std::move(tables_);
    }

  private:
    // MIPS keeps whole addresses where the others keep the distance to them.
    [[nodiscard]] bool has_relative_tables() const {
        return machine_.arch != Arch::Mips && machine_.arch != Arch::Mips64;
    }
    [[nodiscard]] unsigned field_bytes() const {
        return has_relative_tables() ? 4 : machine_.address_bytes();
    }
    [[nodiscard]] std::optional<uint64_t> field(uint64_t at) const {
        return has_relative_tables() ? in_.relative(at) : in_.absolute(at);
    }

    [[nodiscard]] std::optional<Range> table(std::string_view start, std::string_view stop,
                                             std::string_view section) const {
        const auto found = in_.between(start, stop);
        return found ? found : in_.section(section);
    }

    [[nodiscard]] std::vector<uint64_t> addresses(std::string_view start, std::string_view stop,
                                                  std::string_view section, unsigned stride,
                                                  bool relative) const {
        std::vector<uint64_t> found;
        const auto range = table(start, stop, section);
        if (!range) return found;
        for (uint64_t at = range->from; at + stride <= range->to; at += stride) {
            const auto address = relative ? field(at) : in_.absolute(at);
            if (address) found.push_back(*address);
        }
        std::sort(found.begin(), found.end());
        return found;
    }

    // Entries have grown and shrunk with the kernel's version, which the image does not tell: the
    // right size is the one with which every entry speaks of code.
    [[nodiscard]] unsigned stride_of(const Range& range,
                                     std::initializer_list<unsigned> candidates) const {
        for (const unsigned stride : candidates) {
            if ((range.to - range.from) % stride != 0) continue;
            bool fits = true;
            for (uint64_t at = range.from; fits && at < range.to; at += stride) {
                const auto address = field(at);
                fits = address && in_.in_code(*address);
            }
            if (fits) return stride;
        }
        return 0;
    }

    void read_alternatives() {
        const auto range =
            table("__alt_instructions", "__alt_instructions_end", ".altinstructions");
        if (!range || !has_relative_tables()) return;
        const unsigned stride = stride_of(*range, {12, 14, 13, 20});
        if (stride == 0) return refuse_all("alternatives are not understood");
        // riscv: two distances, vendor, errata, length; the replacement is as long. 6.4 on:
        // shorter.
        for (uint64_t at = range->from; at + stride <= range->to; at += stride) {
            const auto site = in_.relative(at);
            const auto replacement = in_.relative(at + 4);
            if (!site || !replacement) continue;
            tables_.alternatives.push_back(with_lengths({*site, 0, *replacement, 0}, at, stride));
        }
        std::sort(tables_.alternatives.begin(), tables_.alternatives.end(),
                  [](const Alternative& a, const Alternative& b) { return a.site < b.site; });
    }

    // x86 and arm64: a byte each for the two lengths, behind a feature of 2 or 4 bytes.
    [[nodiscard]] Alternative with_lengths(Alternative alternative, uint64_t at,
                                           unsigned stride) const {
        const bool riscv = machine_.arch == Arch::Riscv64;
        if (riscv) {
            const uint64_t field = stride == 20 ? at + 12 : at + 10;
            alternative.bytes = in_.number(field, 2).value_or(0);
            alternative.replacement_bytes = alternative.bytes;
            return alternative;
        }
        const uint64_t lengths = at + (stride == 14 ? 12 : 10);
        alternative.bytes = in_.number(lengths, 1).value_or(0);
        alternative.replacement_bytes = in_.number(lengths + 1, 1).value_or(0);
        return alternative;
    }

    void read_exceptions() {
        const auto range = table("__start___ex_table", "__stop___ex_table", "__ex_table");
        if (!range) return;
        const unsigned stride =
            has_relative_tables() ? stride_of(*range, {12, 8}) : 2 * machine_.address_bytes();
        if (stride == 0) return refuse_all("exception tables are not understood");
        for (uint64_t at = range->from; at + stride <= range->to; at += stride) {
            const auto instruction = field(at);
            const auto fixup = field(at + field_bytes());
            if (instruction && fixup) tables_.exceptions.emplace(*instruction, *fixup);
        }
    }

    void read_jump_labels() {
        const auto range = table("__start___jump_table", "__stop___jump_table", "__jump_table");
        if (!range) return;
        const unsigned stride = 2 * field_bytes() + machine_.address_bytes();
        for (uint64_t at = range->from; at + stride <= range->to; at += stride) {
            const auto site = field(at);
            const auto target = field(at + field_bytes());
            if (site && target) tables_.jump_labels.emplace(*site, *target);
        }
    }

    void read_bugs() {
        const auto range = table("__start___bug_table", "__stop___bug_table", "__bug_table");
        if (!range || !has_relative_tables()) return;
        const unsigned stride = stride_of(*range, {12, 16, 8, 6});
        for (uint64_t at = range->from; stride != 0 && at + stride <= range->to; at += stride) {
            const auto trap = in_.relative(at);
            // Only in the common form is it certain which bit says WARN.
            const bool returns = stride != 12 || (in_.number(at + 10, 2).value_or(1) & 1) != 0;
            if (trap) tables_.bugs.emplace(*trap, returns);
        }
    }

    void refuse(const std::optional<Range>& range, std::string what) {
        if (range && range->from < range->to) {
            tables_.refused.push_back({range->from, range->to, std::move(what)});
        }
    }

    void refuse_all(const std::string& what) { tables_.refused.push_back({0, UINT64_MAX, what}); }

    void read_refused_text() {
        refuse(in_.between("__noinstr_text_start", "__noinstr_text_end"), "in noinstr text");
        refuse(in_.between("__entry_text_start", "__entry_text_end"), "in entry text");
        refuse(in_.between("__kprobes_text_start", "__kprobes_text_end"), "in kprobes text");
        refuse(in_.between("__irqentry_text_start", "__irqentry_text_end"), "in entry text");
        refuse(in_.between("__softirqentry_text_start", "__softirqentry_text_end"),
               "in entry text");
        refuse(in_.between("__static_call_text_start", "__static_call_text_end"),
               "a static call's trampoline");
        refuse(in_.between("__idmap_text_start", "__idmap_text_end"), "in identity-mapped text");
        refuse(in_.between("__hyp_text_start", "__hyp_text_end"), "in hypervisor text");
        refuse(in_.between("_sinittext", "_einittext"), "init text, freed after boot");
        for (const ElfFile::Section& section : in_.image().sections()) refuse_section(section);
    }

    void refuse_section(const ElfFile::Section& section) {
        const Range range{section.address, section.address + section.size};
        const std::string_view name = section.name;
        if (!section.code) return;
        if (name.starts_with(".init") || name.starts_with(".alt")) {
            refuse(range, "init text, freed after boot");
        } else if (name.starts_with(".exit") && !in_.image().relocatable()) {
            refuse(range, "exit text, which a built-in driver does not keep");
        } else if (name.find("noinstr") != std::string_view::npos) {
            refuse(range, "in noinstr text");
        } else if (name.starts_with(".entry") || name.starts_with(".irqentry") ||
                   name.starts_with(".softirqentry")) {
            refuse(range, "in entry text");
        } else if (name.starts_with(".kprobes")) {
            refuse(range, "in kprobes text");
        } else if (name.starts_with(".static_call.text")) {
            refuse(range, "a static call's trampoline");
        }
    }

    ImageTables in_;
    Machine machine_;
    CodeTables tables_;
};

}  // namespace

CodeTables read_code_tables(const ElfFile& image) {
    return Reader(image).read();
}

}  // namespace knowhy::symbols
