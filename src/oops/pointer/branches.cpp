#include "oops/pointer/branches.h"

#include "oops/pointer/arithmetic.h"
#include "oops/pointer/words.h"

namespace knowhy::oops {
namespace {

using symbols::Arch;
using symbols::Instruction;

// What two values compare as.
struct Compared {
    uint64_t one = 0;
    uint64_t other = 0;
    uint8_t bits = 64;

    [[nodiscard]] int64_t signed_one() const {
        return static_cast<int64_t>(extended(one, bits, true));
    }
    [[nodiscard]] int64_t signed_other() const {
        return static_cast<int64_t>(extended(other, bits, true));
    }
    [[nodiscard]] uint64_t unsigned_one() const { return extended(one, bits, false); }
    [[nodiscard]] uint64_t unsigned_other() const { return extended(other, bits, false); }

    // By x86's and arm64's condition names, RISC-V's and MIPS's where they are the same thing.
    [[nodiscard]] std::optional<bool> holds(std::string_view c) const {
        if (c == "e" || c == "z" || c == "eq") return unsigned_one() == unsigned_other();
        if (c == "ne" || c == "nz") return unsigned_one() != unsigned_other();
        if (c == "b" || c == "lo" || c == "ltu") return unsigned_one() < unsigned_other();
        if (c == "nb" || c == "hs" || c == "geu") return unsigned_one() >= unsigned_other();
        if (c == "be" || c == "ls") return unsigned_one() <= unsigned_other();
        if (c == "nbe" || c == "hi") return unsigned_one() > unsigned_other();
        if (c == "l" || c == "lt") return signed_one() < signed_other();
        if (c == "nl" || c == "ge") return signed_one() >= signed_other();
        if (c == "le") return signed_one() <= signed_other();
        if (c == "nle" || c == "gt") return signed_one() > signed_other();
        return std::nullopt;
    }
};

class Question {
  public:
    Question(const Instruction& branch, const Instruction* before, Arch arch, const TextOf& text_of,
             const ValueOf& value_of)
        : arch_(arch),
          branch_(text_of(branch), arch),
          before_(before != nullptr ? text_of(*before) : "", arch),
          value_of_(value_of) {}

    [[nodiscard]] std::optional<bool> answer() const {
        switch (arch_) {
            case Arch::X86_64:
                return x86();
            case Arch::Arm64:
                return arm64();
            case Arch::Mips:
            case Arch::Mips64:
            case Arch::Riscv64:
                return by_registers();
            default:
                return std::nullopt;
        }
    }

  private:
    [[nodiscard]] std::optional<uint64_t> value(const Words& words, size_t index) const {
        const auto reg = words.reg(index);
        return reg ? value_of_(*reg) : words.number(index);
    }

    [[nodiscard]] std::optional<bool> x86() const {
        const std::string_view condition = std::string_view(branch_.mnemonic()).substr(1);
        const std::string_view how = before_.mnemonic();
        const auto reg = before_.reg(1);
        if (!reg || before_.count() != 2) return std::nullopt;
        const uint8_t bits = before_.width(1);
        if (how.starts_with("test") && before_.operand(0) == before_.operand(1)) {
            const auto tested = value_of_(*reg);
            if (!tested) return std::nullopt;
            const Compared compared{*tested, 0, bits};
            if (condition == "s") return compared.signed_one() < 0;
            if (condition == "ns") return compared.signed_one() >= 0;
            return compared.holds(condition);
        }
        const auto other = value(before_, 0);
        const auto one = value_of_(*reg);
        if (!how.starts_with("cmp") || !one || !other) return std::nullopt;
        return Compared{*one, *other, bits}.holds(condition);
    }

    [[nodiscard]] std::optional<bool> arm64() const {
        const auto tested = value(branch_, 0);
        if (branch_.is("cbz") || branch_.is("cbnz")) {
            if (!tested) return std::nullopt;
            return Compared{*tested, 0, branch_.width(0)}.holds(branch_.is("cbz") ? "eq" : "ne");
        }
        if (branch_.is("tbz") || branch_.is("tbnz")) {
            const auto bit = branch_.number(1);
            if (!tested || !bit || *bit > 63) return std::nullopt;
            return (*tested >> *bit & 1) == (branch_.is("tbnz") ? 1U : 0U);
        }
        const std::string_view name = branch_.mnemonic();
        if (!name.starts_with("b.") || !before_.is("cmp") || before_.count() != 2) {
            return std::nullopt;
        }
        const auto one = value(before_, 0);
        const auto other = value(before_, 1);
        if (!one || !other) return std::nullopt;
        return Compared{*one, *other, before_.width(0)}.holds(name.substr(2));
    }

    // "beq a0,a1,0x1000", "beqz v0,0x1000".
    [[nodiscard]] std::optional<bool> by_registers() const {
        std::string condition = branch_.mnemonic().substr(1);
        if (condition.ends_with('l')) condition.pop_back();  // MIPS: likely
        const bool with_zero = condition.ends_with('z') && condition != "z";
        if (with_zero) condition.pop_back();
        const auto one = value(branch_, 0);
        const auto other = with_zero ? std::optional<uint64_t>(0) : value(branch_, 1);
        if (!one || !other || !branch_.reg(0) || (!with_zero && !branch_.reg(1))) {
            return std::nullopt;
        }
        const uint8_t bits = arch_ == Arch::Mips ? 32 : 64;
        return Compared{*one, *other, bits}.holds(condition);
    }

    Arch arch_;
    Words branch_;
    Words before_;
    const ValueOf& value_of_;
};

}  // namespace

std::optional<bool> would_be_taken(const Instruction& branch, const Instruction* before, Arch arch,
                                   const TextOf& text_of, const ValueOf& value_of) {
    if (branch.kind != Instruction::Kind::Branch || branch.indirect) return std::nullopt;
    const bool flags_kept = before == nullptr || before->writes.test(symbols::kFlags);
    return Question(branch, flags_kept ? before : nullptr, arch, text_of, value_of).answer();
}

}  // namespace knowhy::oops
