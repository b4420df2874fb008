#include "oops/decode/compare.h"

#include <algorithm>
#include <cstring>

namespace knowhy::oops {
namespace {

using symbols::Arch;
using symbols::Instruction;
using Bytes = std::span<const uint8_t>;

constexpr size_t kWord = 4;
constexpr size_t kCallBytes = 5;

uint32_t word_of(Bytes bytes, bool big_endian) {
    uint32_t word = 0;
    for (size_t i = 0; i < kWord; ++i) {
        word |= uint32_t{bytes[i]} << 8 * (big_endian ? kWord - 1 - i : i);
    }
    return word;
}

// The bits of an instruction that a relocation of it may set: those of its immediate.
uint32_t relocated_bits(Arch arch, uint32_t word) {
    if (arch == Arch::Arm64) {
        const bool branch = (word & 0x7c000000) == 0x14000000;
        const bool page = (word & 0x1f000000) == 0x10000000;
        return branch ? 0x03ffffff : page ? 0x60ffffe0 : 0x003ffc00;
    }
    if (arch == Arch::Riscv64) return 0xfffff000;
    const uint32_t opcode = word >> 26;
    return opcode == 2 || opcode == 3 ? 0x03ffffff : 0xffff;
}

class Comparison {
  public:
    Comparison(Bytes text, uint64_t address, symbols::OpenImage& image,
               const symbols::ProbeSafety& safety)
        : text_(text),
          address_(address),
          file_(*image.code),
          safety_(safety),
          machine_(file_.machine()) {}

    // Of the function around the pc, and of its neighbours as far as the text shows them.
    CodeComparison run() {
        const uint64_t end = address_ + text_.size();
        for (uint64_t at = address_; at < end;) {
            const auto over = file_.functions_over(at);
            if (over.empty()) {
                ++at;  // padding between two
                continue;
            }
            const symbols::ElfFile::Symbol& function = over.back();
            compare_function(function.address, std::min(end, function.address + function.size));
            at = std::max(at + 1, function.address + function.size);
        }
        return result_;
    }

  private:
    void compare_function(uint64_t from, uint64_t to) {
        const Bytes code = file_.bytes_at(from);
        to = std::min(to, from + code.size());
        if (to <= from) return;
        const symbols::CodeRange range{from, code.first(to - from)};
        notes_ = safety_.notes_for(std::span(&range, 1));
        for (uint64_t at = from; at < to;) {
            const Bytes left = code.subspan(at - from);
            const Instruction instruction = safety_.decoder().decode(left, at);
            compare(instruction, left.first(std::min<size_t>(instruction.length, left.size())));
            at += instruction.length;
        }
    }

    void compare(const Instruction& instruction, Bytes ours) {
        const uint64_t from = std::max(instruction.address, address_);
        const uint64_t to = std::min(instruction.address + ours.size(), address_ + text_.size());
        if (from >= to) return;
        const Bytes theirs = text_.subspan(from - address_, to - from);
        const Bytes here = ours.subspan(from - instruction.address, to - from);
        if (std::ranges::equal(here, theirs)) {
            result_.same += theirs.size();
        } else if (const auto fields = relocated_fields(instruction, ours, from, theirs)) {
            result_.patched += *fields;
            result_.same += theirs.size() - *fields;
        } else if (theirs.size() != ours.size() && is_call_site(ours)) {
            return;  // what was put there is not all to be seen
        } else if (from == instruction.address && may_differ(instruction, here, theirs)) {
            result_.patched += theirs.size();
        } else {
            result_.different += theirs.size();
        }
    }

    [[nodiscard]] bool may_differ(const Instruction& instruction, Bytes ours, Bytes theirs) const {
        return is_noted(instruction) || is_patched_call(ours, theirs) ||
               is_patched_nop(instruction, theirs) || is_moved(instruction, ours, theirs);
    }

    [[nodiscard]] bool is_noted(const Instruction& instruction) const {
        const uint64_t at = instruction.address;
        const auto has_site = [&](const auto& sites) {
            return std::ranges::find(sites, at) != sites.end();
        };
        const auto inside = [&](const auto& range) {
            return at >= range.first && at < range.second;
        };
        const auto jumps = [&](const auto& jump) { return jump.first == at; };
        return has_site(notes_.ftrace_sites) || std::ranges::any_of(notes_.patched, inside) ||
               std::ranges::any_of(notes_.jumps, jumps);
    }

    // Of a module: how many of the bytes that the text shows from `from` on are in fields that are
    // relocated. nullopt: none, or others are not alike.
    [[nodiscard]] std::optional<size_t> relocated_fields(const Instruction& instruction, Bytes ours,
                                                         uint64_t from, Bytes theirs) const {
        if (!file_.relocatable()) return std::nullopt;
        if (machine_.arch != Arch::X86_64) {
            if (theirs.size() != kWord || !file_.relocation_at(instruction.address)) return {};
            const uint32_t mine = word_of(ours, machine_.big_endian);
            const uint32_t other = word_of(theirs, machine_.big_endian);
            const bool alike = ((mine ^ other) & ~relocated_bits(machine_.arch, mine)) == 0;
            return alike ? std::optional(kWord) : std::nullopt;
        }
        size_t fields = 0;
        for (size_t i = 0; i < ours.size();) {
            const auto relocation = file_.relocation_at(instruction.address + i);
            const size_t end = i + (relocation ? std::max(1U, relocation->bytes) : 1);
            for (; i < end && i < ours.size(); ++i) {
                const uint64_t at = instruction.address + i;
                if (at < from || at >= from + theirs.size()) continue;
                if (!relocation && ours[i] != theirs[at - from]) return std::nullopt;
                fields += relocation ? 1 : 0;
            }
        }
        return fields != 0 ? std::optional(fields) : std::nullopt;
    }

    // x86: a call, jump or nop of five bytes.
    [[nodiscard]] bool is_call_site(Bytes ours) const {
        if (machine_.arch != Arch::X86_64 || ours.size() != kCallBytes) return false;
        return is_direct(ours) || (ours[0] == 0x0f && ours[1] == 0x1f);
    }

    static bool is_direct(Bytes ours) { return ours[0] == 0xe8 || ours[0] == 0xe9; }

    // And the nop, call or jump that is put in its place (static calls, thunks for indirect calls,
    // ftrace), or the return (its thunk).
    [[nodiscard]] bool is_patched_call(Bytes ours, Bytes theirs) const {
        if (!is_call_site(ours) || theirs.size() != kCallBytes) return false;
        const bool direct = is_direct(ours);
        const bool nop = !direct;
        if (ours[0] == 0xe9 && theirs[0] == 0xc3) {
            return std::ranges::all_of(theirs.subspan(1), [](uint8_t b) { return b == 0xcc; });
        }
        const Instruction other = safety_.decoder().decode(theirs, 0);
        using Kind = Instruction::Kind;
        if (other.kind == Kind::Nop) return other.length == kCallBytes;
        const bool transfers = other.kind == Kind::Call || other.kind == Kind::Jump;
        return transfers && (other.indirect ? direct : ours[0] != theirs[0] || nop);
    }

    // arm64: functions begin with nops that ftrace fills in when the module is loaded.
    [[nodiscard]] bool is_patched_nop(const Instruction& instruction, Bytes theirs) const {
        constexpr uint32_t kMovX9X30 = 0xaa1e03e9;
        if (machine_.arch != Arch::Arm64 || theirs.size() != kWord) return false;
        const uint32_t word = word_of(theirs, false);
        const bool call = word >> 26 == 0x25;
        return instruction.kind == Instruction::Kind::Nop && (word == kMovX9X30 || call);
    }

    // x86: vmlinux holds addresses of its own in immediates and displacements, which are all moved
    // by one distance, a multiple of 2 MB.
    [[nodiscard]] bool is_moved(const Instruction& instruction, Bytes ours, Bytes theirs) const {
        constexpr uint32_t kAlignment = 0x200000;
        if (machine_.arch != Arch::X86_64 || file_.relocatable()) return false;
        if (instruction.kind == Instruction::Kind::Call ||
            instruction.kind == Instruction::Kind::Jump) {
            return false;
        }
        const auto first = std::ranges::mismatch(ours, theirs).in1 - ours.begin();
        for (ptrdiff_t field = std::max<ptrdiff_t>(1, first - 3);
             field <= first && static_cast<size_t>(field) + kWord <= ours.size(); ++field) {
            const auto at = static_cast<size_t>(field);
            const uint32_t mine = word_of(ours.subspan(at, kWord), false);
            const uint32_t other = word_of(theirs.subspan(at, kWord), false);
            constexpr uint32_t kKernelText = 0x80000000;  // -2 GB, where the image is linked
            const bool rest =
                std::ranges::equal(ours.subspan(at + kWord), theirs.subspan(at + kWord));
            const bool kernel = mine >= kKernelText && other >= kKernelText;
            if (rest && kernel && (other - mine) % kAlignment == 0) return true;
        }
        return false;
    }

    Bytes text_;
    uint64_t address_;
    const symbols::ElfFile& file_;
    const symbols::ProbeSafety& safety_;
    symbols::Machine machine_;
    symbols::CodeNotes notes_;
    CodeComparison result_;
};

// The report's bytes as they lie in the image's machine. MIPS prints words and not their order.
std::vector<uint8_t> bytes_for(const model::OopsReport& report, const symbols::Machine& machine) {
    std::vector<uint8_t> bytes = report.code.bytes;
    const bool mips = machine.arch == Arch::Mips || machine.arch == Arch::Mips64;
    if (!mips || machine.big_endian == report.big_endian) return bytes;
    for (size_t at = 0; at + report.code.unit <= bytes.size(); at += report.code.unit) {
        std::reverse(bytes.begin() + static_cast<ptrdiff_t>(at),
                     bytes.begin() + static_cast<ptrdiff_t>(at + report.code.unit));
    }
    return bytes;
}

}  // namespace

CodeComparison compare_code(const model::OopsReport& report, symbols::OpenImage& image,
                            uint64_t symbol) {
    const model::OopsCode& code = report.code;
    if (!image.code || !code.marker || *code.marker >= code.bytes.size()) return {};
    const auto& safety = image.safety();
    if (!safety) return {};
    const uint64_t address = symbol + report.pc.offset - *code.marker;
    const std::vector<uint8_t> bytes = bytes_for(report, image.code->machine());
    return Comparison(bytes, address, image, *safety).run();
}

}  // namespace knowhy::oops
