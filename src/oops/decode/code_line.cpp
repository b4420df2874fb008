#include "oops/decode/code_line.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"

namespace knowhy::oops {
namespace {

using symbols::Arch;
using symbols::Decoder;
using symbols::Instruction;

constexpr size_t kMostBytes = 1024;

// The shortest distance between the starts of two instructions.
size_t step_of(Arch arch) {
    if (arch == Arch::X86_64) return 1;
    return arch == Arch::Riscv64 ? 2 : 4;
}

// An instruction starts within as many bytes from anywhere.
size_t longest_of(Arch arch) {
    constexpr size_t kX86 = 15;
    return arch == Arch::X86_64 ? kX86 : 4;
}

class Reader {
  public:
    Reader(const model::OopsReport& report, const Decoder& decoder)
        : report_(report), decoder_(decoder), arch_(decoder.machine().arch) {}

    std::optional<CodeLine> read() {
        const auto& code = report_.code;
        if (!code.marker || *code.marker >= code.bytes.size() || code.bytes.size() > kMostBytes) {
            return std::nullopt;
        }
        marker_ = *code.marker;
        line_.bytes = code.bytes;
        line_.absolute = report_.pc.address.has_value();
        line_.address = (line_.absolute ? *report_.pc.address : report_.pc.offset) - marker_;
        read_before();
        line_.pc = line_.instructions.size();
        read_from(marker_);
        if (!find_fault()) return std::nullopt;
        mark_slots();
        return std::move(line_);
    }

  private:
    [[nodiscard]] Instruction at(size_t offset) const {
        return decoder_.decode(std::span(line_.bytes).subspan(offset), line_.address + offset);
    }

    // Starts of instructions from `start` on; empty where they do not meet the marker.
    [[nodiscard]] std::set<size_t> path_from(size_t start) const {
        std::set<size_t> path;
        for (size_t offset = start; offset < marker_;) {
            const Instruction next = at(offset);
            if (next.kind == Instruction::Kind::Undecoded && step_of(arch_) != 4) return {};
            path.insert(offset);
            offset += next.length;
            if (offset > marker_) return {};
        }
        return path;
    }

    // One of the starts is the true one: where all that meet the marker agree, there is no doubt.
    void read_before() {
        const bool knows_entry = !report_.pc.name.empty() && report_.pc.offset <= marker_;
        const size_t entry = knows_entry ? marker_ - report_.pc.offset : 0;
        if (knows_entry && (entry == marker_ || !path_from(entry).empty())) {
            line_.from_entry = true;
            take(path_from(entry));
            return;
        }
        std::vector<std::set<size_t>> paths;
        const size_t end = std::min(marker_, longest_of(arch_));
        const size_t first = marker_ % step_of(arch_);
        for (size_t start = first; start < end; start += step_of(arch_)) {
            auto path = path_from(start);
            if (!path.empty()) paths.push_back(std::move(path));
        }
        if (paths.empty()) return;
        // Of ways that do not meet, the one that most others run into.
        std::map<size_t, size_t> votes;
        for (const auto& path : paths) {
            for (const size_t offset : path) ++votes[offset];
        }
        const auto worth = [&](const std::set<size_t>& path) {
            size_t most = 0;
            for (const size_t offset : path) {
                if (offset < end) most = std::max(most, votes[offset]);
            }
            return most;
        };
        const auto best = std::ranges::max_element(
            paths, [&](const auto& a, const auto& b) { return worth(a) < worth(b); });
        const size_t all = paths.size();
        take(*best);
        const auto in_step = [&](const Instruction& instruction) {
            return votes[instruction.address - line_.address] == all;
        };
        const auto sure = std::ranges::find_if(line_.instructions, in_step);
        line_.first_sure = static_cast<size_t>(sure - line_.instructions.begin());
    }

    void take(const std::set<size_t>& path) {
        for (const size_t offset : path) line_.instructions.push_back(at(offset));
    }

    void read_from(size_t offset) {
        while (offset < line_.bytes.size()) {
            line_.instructions.push_back(at(offset));
            offset += line_.instructions.back().length;
        }
    }

    bool find_fault() {
        line_.fault = line_.pc;
        const Instruction& marked = line_.instructions[line_.pc];
        if (report_.in_delay_slot) {
            if (!marked.delayed) {
                line_.problem =
                    "the text says that the fault is in a branch's delay slot, and the "
                    "instruction that it marks is no branch";
            } else if (line_.pc + 1 < line_.instructions.size()) {
                ++line_.fault;
            } else {
                return false;
            }
        }
        if (line_.faulting().kind == Instruction::Kind::Undecoded) {
            line_.problem = "the marked bytes are no instruction that is known here";
        }
        return true;
    }

    void mark_slots() {
        for (size_t i = 1; i < line_.instructions.size(); ++i) {
            if (line_.instructions[i - 1].delayed) line_.instructions[i].delay_slot = true;
        }
    }

    const model::OopsReport& report_;
    const Decoder& decoder_;
    Arch arch_;
    size_t marker_ = 0;
    CodeLine line_;
};

// "lbu v1,24(s1)" for capstone's "lbu $v1, 0x18($s1)".
std::string mips_text(std::string_view raw) {
    std::string text;
    for (size_t i = 0; i < raw.size(); ++i) {
        if (raw[i] == '$') continue;
        if (raw[i] == ' ' && i > 0 && raw[i - 1] == ',') continue;
        const size_t open = raw.find_first_not_of("0123456789abcdef", i + 2);
        const bool number = raw.substr(i).starts_with("0x");
        if (number && open != std::string_view::npos && raw[open] == '(') {
            const auto value = parse_u64(raw.substr(i + 2, open - i - 2), 16);
            if (value) {
                text += std::to_string(*value);
                i = open - 1;
                continue;
            }
        }
        text += raw[i];
    }
    return text;
}

}  // namespace

std::vector<uint8_t> CodeLine::bytes_of(const Instruction& instruction) const {
    const uint64_t from = instruction.address - address;
    if (from >= bytes.size()) return {};
    const size_t count = std::min<size_t>(instruction.length, bytes.size() - from);
    const auto first = bytes.begin() + static_cast<ptrdiff_t>(from);
    return {first, first + static_cast<ptrdiff_t>(count)};
}

std::optional<CodeLine> read_code_line(const model::OopsReport& report, const Decoder& decoder) {
    return Reader(report, decoder).read();
}

std::string instruction_text(const Decoder& decoder, std::span<const uint8_t> bytes,
                             uint64_t address, const symbols::NameOf& name_of) {
    if (bytes.empty()) return "";
    std::string text = decoder.text(bytes, address, name_of);
    const Arch arch = decoder.machine().arch;
    return arch == Arch::Mips || arch == Arch::Mips64 ? mips_text(text) : text;
}

}  // namespace knowhy::oops
