#include "oops/pointer/arithmetic.h"

#include <algorithm>

#include "base/text.h"
#include "oops/pointer/words.h"

namespace knowhy::oops {
namespace {

using symbols::Arch;
using symbols::Instruction;
using symbols::Register;
using symbols::Transfer;
using Kind = Equation::Kind;
using Part = Equation::Part;

constexpr Register kMipsLo = 65;

Equation sum(std::vector<Part> parts, uint64_t constant) {
    Equation equation;
    equation.kind = Kind::Sum;
    equation.parts = std::move(parts);
    equation.constant = constant;
    return equation;
}

Equation sized(Equation equation, const Transfer& transfer) {
    equation.bits = transfer.bits;
    equation.sign = transfer.sign_extended;
    equation.extended_to = transfer.extended_to;
    return equation;
}

Part plain(Register reg, uint64_t factor = 1) {
    return {reg, factor, 64, false};
}

// An index that is taken with its low half only (arm64).
Part indexed(const symbols::MemoryOperand& operand) {
    return {*operand.index, operand.scale, operand.index_bits, operand.index_signed};
}

Equation address_of(const symbols::MemoryOperand& operand) {
    Equation equation = sum({}, static_cast<uint64_t>(operand.displacement));
    if (operand.base) equation.parts.push_back(plain(*operand.base));
    if (operand.index) equation.parts.push_back(indexed(operand));
    return equation;
}

Equation by_transfer(const Instruction& instruction) {
    const Transfer& t = instruction.transfer;
    const auto value = static_cast<uint64_t>(t.value);
    switch (t.kind) {
        case Transfer::Kind::Immediate:
            return sized(sum({}, value), t);
        case Transfer::Kind::Copy:
            return sized(sum({plain(*t.from)}, 0), t);
        case Transfer::Kind::Extend:
            return sized(sum({plain(*t.from)}, 0), t);
        case Transfer::Kind::Add:
            return sized(sum({plain(*t.from)}, value), t);
        case Transfer::Kind::Shift:
            return sized(sum({plain(*t.from, uint64_t{1} << (value & 63))}, 0), t);
        case Transfer::Kind::Combine:
            return sized(sum({plain(*t.from), plain(*t.from2, uint64_t{1} << (t.shift & 63))}, 0),
                         t);
        case Transfer::Kind::Multiply:
            return sized(sum({plain(*t.from, value)}, 0), t);
        case Transfer::Kind::Address:
            return instruction.memory.empty() ? Equation{}
                                              : sized(address_of(instruction.memory[0]), t);
        case Transfer::Kind::Load: {
            Equation load = sized({}, t);
            load.kind = Kind::Load;
            return load;
        }
        default:
            return {};
    }
}

class ByText {
  public:
    ByText(Arch arch, Register to, std::string_view text)
        : arch_(arch), to_(to), words_(text, arch) {}

    Equation equation() {
        switch (arch_) {
            case Arch::X86_64:
                return x86();
            case Arch::Arm64:
                return arm64();
            case Arch::Mips:
            case Arch::Mips64:
                return mips();
            case Arch::Riscv64:
                return riscv();
            default:
                return {};
        }
    }

  private:
    [[nodiscard]] bool is(std::string_view name) const { return words_.is(name); }
    [[nodiscard]] size_t count() const { return words_.count(); }
    [[nodiscard]] std::optional<Register> reg(size_t index) const { return words_.reg(index); }
    [[nodiscard]] uint8_t width(size_t index) const { return words_.width(index); }
    [[nodiscard]] std::optional<uint64_t> number(size_t index) const {
        return words_.number(index);
    }
    [[nodiscard]] static Equation narrow(Equation equation, uint8_t bits, bool sign) {
        equation.bits = bits;
        equation.sign = sign && bits < 64;
        return equation;
    }

    [[nodiscard]] Equation product(size_t a, size_t b) const {
        const auto one = reg(a);
        const auto other = reg(b);
        if (!one || !other) return {};
        Equation equation;
        equation.kind = Kind::Product;
        equation.parts = {plain(*one), plain(*other)};
        return equation;
    }
    [[nodiscard]] Equation difference(size_t a, size_t b, unsigned shift) const {
        const auto one = reg(a);
        const auto other = reg(b);
        if (!one || !other) return {};
        return sum({plain(*one), plain(*other, 0 - (uint64_t{1} << (shift & 63)))}, 0);
    }
    [[nodiscard]] Equation right(size_t from, std::optional<uint64_t> amount, uint8_t bits) const {
        const auto source = reg(from);
        if (!source || !amount || *amount >= bits) return {};
        Equation equation;
        equation.kind = Kind::ShiftRight;
        equation.parts = {{*source, 1, bits, false}};
        equation.amount = static_cast<uint8_t>(*amount);
        return equation;
    }
    // The low bits of a register, put higher up.
    [[nodiscard]] Equation field(size_t from, uint64_t shift, uint64_t bits, bool sign) const {
        const auto source = reg(from);
        if (!source || bits == 0 || bits > 64 || shift >= 64) return {};
        return sum({{*source, uint64_t{1} << shift, static_cast<uint8_t>(bits), sign}}, 0);
    }
    // "lsl #3" behind a register.
    [[nodiscard]] unsigned shift_at(size_t index) const {
        const std::string_view text = words_.operand(index);
        const size_t hash = text.find('#');
        if (hash == std::string_view::npos) return 0;
        return static_cast<unsigned>(parse_u64(text.substr(hash + 1)).value_or(0));
    }

    [[nodiscard]] Equation x86() const {
        if (count() < 1 || reg(count() - 1) != to_) return {};
        const std::string_view name = words_.mnemonic();
        const uint8_t bits = width(count() - 1);
        if (count() == 2 && name.starts_with("imul")) return narrow(product(0, 1), bits, false);
        if (count() == 2 && name.starts_with("sub"))
            return narrow(difference(1, 0, 0), bits, false);
        if (count() == 2 && name.starts_with("shr") && !name.starts_with("shrd")) {
            return right(1, number(0), bits);
        }
        const bool memory =
            bits == 64 && words_.operand(count() - 2).find('(') != std::string::npos;
        if (count() == 2 && memory && name.starts_with("add")) {
            return sum({plain(to_), plain(kLoaded)}, 0);
        }
        const auto factor = number(0);
        if (count() == 3 && memory && factor && name.starts_with("imul")) {
            return sum({plain(kLoaded, *factor)}, 0);
        }
        if (count() == 1 && name.starts_with("neg")) {
            return narrow(sum({plain(to_, 0 - uint64_t{1})}, 0), bits, false);
        }
        return {};
    }

    [[nodiscard]] Equation arm64() const {
        if (reg(0) != to_) return {};
        const uint8_t bits = width(0);
        if (is("mul")) return narrow(product(1, 2), bits, false);
        if (is("madd")) return narrow(multiply_add(), bits, false);
        if (is("smull") || is("umull")) return long_product(is("smull"));
        if (is("smaddl") || is("umaddl")) return long_product(is("smaddl"));
        if (is("sub") && (count() == 3 || is_shifted(3))) {
            return narrow(difference(1, 2, shift_at(3)), bits, false);
        }
        if ((is("ubfiz") || is("sbfiz")) && number(2) && number(3)) {
            return narrow(field(1, *number(2), *number(3), is("sbfiz")), bits, false);
        }
        if (is("lsr")) return right(1, number(2), bits);
        if (is("add") && count() == 4) return add_extended();
        return {};
    }
    [[nodiscard]] bool is_shifted(size_t index) const {
        return index < count() && words_.operand(index).starts_with("lsl");
    }
    [[nodiscard]] Equation multiply_add() const {
        Equation equation = product(1, 2);
        const auto added = reg(3);
        if (equation.kind != Kind::Product || !added) return {};
        equation.parts.push_back(plain(*added));
        return equation;
    }
    [[nodiscard]] Equation long_product(bool sign) const {
        Equation equation = count() == 4 ? multiply_add() : product(1, 2);
        for (size_t i = 0; i < 2 && i < equation.parts.size(); ++i) {
            equation.parts[i].bits = 32;
            equation.parts[i].sign = sign;
        }
        return equation;
    }
    [[nodiscard]] Equation add_extended() const {
        const auto one = reg(1);
        const auto other = reg(2);
        const std::string_view how = words_.operand(3);
        if (!one || !other || !(how.starts_with("uxtw") || how.starts_with("sxtw"))) return {};
        const Part part{*other, uint64_t{1} << (shift_at(3) & 63), 32, how.starts_with('s')};
        return sum({plain(*one), part}, 0);
    }

    [[nodiscard]] Equation mips() const {
        const bool into_lo = is("dmult") || is("dmultu") || is("mult") || is("multu");
        if (into_lo && to_ == kMipsLo && count() == 2) {
            return narrow(product(0, 1), words_.mnemonic()[0] == 'd' ? 64 : 32, true);
        }
        if (reg(0) != to_) return {};
        if (is("dmul")) return product(1, 2);
        if (is("mul")) return narrow(product(1, 2), 32, true);
        if (is("dsubu")) return difference(1, 2, 0);
        if (is("subu")) return narrow(difference(1, 2, 0), 32, true);
        if (is("dsrl")) return right(1, number(2), 64);
        if (is("dsrl32") && number(2)) return right(1, *number(2) + 32, 64);
        if (is("srl")) return right(1, number(2), 32);
        const bool sign = is("exts");
        if ((is("cins") || sign) && number(2) && number(3)) {
            return sign ? Equation{} : field(1, *number(2), *number(3) + 1, false);
        }
        return {};
    }

    [[nodiscard]] Equation riscv() const {
        if (reg(0) != to_) return {};
        if (is("mul")) return product(1, 2);
        if (is("mulw")) return narrow(product(1, 2), 32, true);
        if (is("sub")) return difference(1, 2, 0);
        if (is("subw")) return narrow(difference(1, 2, 0), 32, true);
        if (is("srli")) return right(1, number(2), 64);
        return {};
    }

    Arch arch_;
    Register to_;
    Words words_;
};

}  // namespace

uint64_t extended(uint64_t value, unsigned bits, bool sign) {
    if (bits == 0 || bits >= 64) return value;
    const uint64_t mask = (uint64_t{1} << bits) - 1;
    const bool negative = sign && (value >> (bits - 1) & 1) != 0;
    return negative ? value | ~mask : value & mask;
}

uint64_t Equation::cut(uint64_t sum) const {
    return extended(extended(sum, bits, sign), extended_to, false);
}

Equation equation_of(const Instruction& instruction, Register to, Arch arch,
                     std::string_view text) {
    const Transfer& transfer = instruction.transfer;
    if (transfer.kind != Transfer::Kind::None && transfer.to == to) {
        return by_transfer(instruction);
    }
    if (instruction.kind != Instruction::Kind::Other || transfer.to == to) return {};
    return ByText(arch, to, text).equation();
}

bool may_be_moved(const Instruction& instruction, const Equation& equation, std::string_view text) {
    constexpr uint64_t kKernel = 0xffff000000000000;
    constexpr uint64_t kLargestNegative = 0 - uint64_t{0x10000};
    if (equation.constant >= kKernel && equation.constant < kLargestNegative) return true;
    if (!instruction.memory.empty() && instruction.memory[0].pc_relative) return true;
    if (instruction.transfer.kind != Transfer::Kind::Immediate) return false;
    return text.starts_with("adr") || text.starts_with("auipc") || text.starts_with("lui");
}

}  // namespace knowhy::oops
