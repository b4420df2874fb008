#include "oops/decode/compare.h"

#include <algorithm>
#include <cstring>

namespace knowhy::oops {
namespace {

using symbols::Arch;
using symbols::Instruction;
using Bytes = std::span<const uint8_t>;

constexpr size_t kWord = 4;

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

    CodeComparison run(uint64_t from, uint64_t to) {
        const Bytes code = file_.bytes_at(from);
        to = std::min({to, address_ + text_.size(), from + code.size()});
        if (to <= from) return {};
        const symbols::CodeRange range{from, code.first(to - from)};
        notes_ = safety_.notes_for(std::span(&range, 1));
        for (uint64_t at = from; at < to;) {
            const Bytes left = code.subspan(at - from);
            const Instruction instruction = safety_.decoder().decode(left, at);
            compare(instruction, left.first(std::min<size_t>(instruction.length, left.size())));
            at += instruction.length;
        }
        return result_;
    }

  private:
    void compare(const Instruction& instruction, Bytes ours) {
        const uint64_t from = std::max(instruction.address, address_);
        const uint64_t to = std::min(instruction.address + ours.size(), address_ + text_.size());
        if (from >= to) return;
        const Bytes theirs = text_.subspan(from - address_, to - from);
        const Bytes here = ours.subspan(from - instruction.address, to - from);
        if (std::ranges::equal(here, theirs)) {
            result_.same += theirs.size();
        } else if (from == instruction.address && may_differ(instruction, here, theirs)) {
            result_.patched += theirs.size();
        } else {
            result_.different += theirs.size();
        }
    }

    [[nodiscard]] bool may_differ(const Instruction& instruction, Bytes ours, Bytes theirs) const {
        return is_noted(instruction) || is_relocated(instruction, ours, theirs) ||
               is_patched_call(ours, theirs) || is_moved(instruction, ours, theirs);
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

    // Of a module: everything but the fields must be alike.
    [[nodiscard]] bool is_relocated(const Instruction& instruction, Bytes ours,
                                    Bytes theirs) const {
        if (!file_.relocatable()) return false;
        if (machine_.arch != Arch::X86_64) {
            if (ours.size() != kWord || !file_.relocation_at(instruction.address)) return false;
            const uint32_t mine = word_of(ours, machine_.big_endian);
            const uint32_t other = word_of(theirs, machine_.big_endian);
            return ((mine ^ other) & ~relocated_bits(machine_.arch, mine)) == 0;
        }
        for (size_t i = 0; i < ours.size();) {
            const auto relocation = file_.relocation_at(instruction.address + i);
            if (!relocation && ours[i] != theirs[i]) return false;
            i += relocation ? std::max(1U, relocation->bytes) : 1;
        }
        return true;
    }

    // x86: a call or jump of five bytes, and the nop, call or jump that is put in its place (static
    // calls, thunks for indirect calls, ftrace).
    [[nodiscard]] bool is_patched_call(Bytes ours, Bytes theirs) const {
        constexpr size_t kBytes = 5;
        if (machine_.arch != Arch::X86_64 || ours.size() != kBytes || theirs.size() != kBytes) {
            return false;
        }
        const bool direct = ours[0] == 0xe8 || ours[0] == 0xe9;
        const bool nop = ours[0] == 0x0f && ours[1] == 0x1f;
        if (!direct && !nop) return false;
        const Instruction other = safety_.decoder().decode(theirs, 0);
        using Kind = Instruction::Kind;
        if (other.kind == Kind::Nop) return other.length == kBytes;
        const bool transfers = other.kind == Kind::Call || other.kind == Kind::Jump;
        return transfers && (other.indirect ? direct : ours[0] != theirs[0] || nop);
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

}  // namespace

CodeComparison compare_code(const model::OopsReport& report, symbols::OpenImage& image,
                            uint64_t symbol) {
    const model::OopsCode& code = report.code;
    if (!image.code || !code.marker || *code.marker >= code.bytes.size()) return {};
    const auto& safety = image.safety();
    if (!safety) return {};
    const uint64_t address = symbol + report.pc.offset - *code.marker;
    const auto over = image.code->functions_over(symbol);
    const uint64_t size = over.empty() ? report.pc.size : over.back().size;
    return Comparison(code.bytes, address, image, *safety).run(symbol, symbol + size);
}

}  // namespace knowhy::oops
