#include "bpf/insn/print.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <charconv>
#include <optional>

#include "base/text.h"

namespace knowhy::bpf {
namespace {

template <typename Key>
struct Name {
    Key key;
    std::string_view text;
};

// Longer signs stand before those they begin with.
constexpr std::array<Name<Alu>, 12> kAlu = {{{Alu::Arsh, "s>>="},
                                             {Alu::Lsh, "<<="},
                                             {Alu::Rsh, ">>="},
                                             {Alu::Add, "+="},
                                             {Alu::Sub, "-="},
                                             {Alu::Mul, "*="},
                                             {Alu::Div, "/="},
                                             {Alu::Or, "|="},
                                             {Alu::And, "&="},
                                             {Alu::Mod, "%="},
                                             {Alu::Xor, "^="},
                                             {Alu::Mov, "="}}};

constexpr std::array<Name<Cond>, 11> kConds = {{{Cond::Eq, "=="},
                                                {Cond::Ne, "!="},
                                                {Cond::SGe, "s>="},
                                                {Cond::SLe, "s<="},
                                                {Cond::SGt, "s>"},
                                                {Cond::SLt, "s<"},
                                                {Cond::Ge, ">="},
                                                {Cond::Le, "<="},
                                                {Cond::Gt, ">"},
                                                {Cond::Lt, "<"},
                                                {Cond::Set, "&"}}};

constexpr std::array<Name<Size>, 4> kSizes = {
    {{Size::U8, "u8"}, {Size::U16, "u16"}, {Size::U32, "u32"}, {Size::U64, "u64"}}};

template <typename Key, size_t N>
std::optional<std::string_view> text_of(const std::array<Name<Key>, N>& names, unsigned key) {
    for (const auto& name : names)
        if (static_cast<unsigned>(name.key) == key) return name.text;
    return std::nullopt;
}

// --- to text ---

Bits bits_of(const Insn& insn) {
    const auto cls = BPF_CLASS(insn.code);
    return cls == BPF_ALU || cls == BPF_JMP32 ? Bits::Bits32 : Bits::Bits64;
}

std::string reg(Bits bits, uint8_t number) {
    return fmt::format("{}{}", bits == Bits::Bits32 ? 'w' : 'r', number);
}

std::string right_side(const Insn& insn) {
    return BPF_SRC(insn.code) == BPF_X ? reg(bits_of(insn), insn.src) : std::to_string(insn.imm);
}

std::string memory(const Insn& insn, uint8_t base) {
    return fmt::format("*({} *)(r{} {} {})", text_of(kSizes, BPF_SIZE(insn.code)).value_or("?"),
                       base, insn.off < 0 ? '-' : '+', std::abs(insn.off));
}

std::string alu_text(const Insn& insn) {
    const std::string dst = reg(bits_of(insn), insn.dst);
    if (BPF_OP(insn.code) == BPF_NEG) return fmt::format("{} = -{}", dst, dst);
    if (BPF_OP(insn.code) == BPF_END)
        return fmt::format("r{} = {}{} r{}", insn.dst,
                           BPF_SRC(insn.code) == BPF_TO_BE ? "be" : "le", insn.imm, insn.dst);
    return fmt::format("{} {} {}", dst, text_of(kAlu, BPF_OP(insn.code)).value_or("?"),
                       right_side(insn));
}

std::string jump_text(const Insn& insn) {
    switch (BPF_OP(insn.code)) {
        case BPF_JA:
            return fmt::format("goto {:+}", insn.off);
        case BPF_EXIT:
            return "exit";
        case BPF_CALL:
            return insn.src == BPF_PSEUDO_CALL ? fmt::format("call pc{:+}", insn.imm)
                                               : fmt::format("call {}", insn.imm);
        default:
            break;
    }
    return fmt::format("if {} {} {} goto {:+}", reg(bits_of(insn), insn.dst),
                       text_of(kConds, BPF_OP(insn.code)).value_or("?"), right_side(insn),
                       insn.off);
}

std::string wide_text(const Insn& insn) {
    const std::string value = fmt::format("r{} = {} ll", insn.dst, insn.imm);
    return insn.src == 0 ? value : fmt::format("{} pseudo {}", value, insn.src);
}

// Right for every instruction that is one; for other slots, something that does not parse back.
std::string usual_text(const Insn& insn) {
    switch (BPF_CLASS(insn.code)) {
        case BPF_ALU:
        case BPF_ALU64:
            return alu_text(insn);
        case BPF_JMP:
        case BPF_JMP32:
            return jump_text(insn);
        case BPF_LDX:
            return fmt::format("r{} = {}", insn.dst, memory(insn, insn.src));
        case BPF_STX:
            if (BPF_MODE(insn.code) == BPF_ATOMIC)
                return fmt::format("lock {} += r{}", memory(insn, insn.dst), insn.src);
            return fmt::format("{} = r{}", memory(insn, insn.dst), insn.src);
        case BPF_ST:
            return fmt::format("{} = {}", memory(insn, insn.dst), insn.imm);
        default:
            return is_wide(insn) ? wide_text(insn) : "";
    }
}

std::string slot_text(const Insn& insn) {
    return fmt::format(".slot {:#018x}", std::bit_cast<uint64_t>(encode(insn)));
}

// --- from text ---

class Parser {
  public:
    explicit Parser(std::string_view text) : rest_(text) {}

    std::optional<Insn> insn() {
        if (take(".slot ")) return slot();
        if (take("exit")) return finished(exit_program());
        if (take("call pc")) return with_imm(call_subprogram(0));
        if (take("call ")) return with_imm(call_helper(0));
        if (take("goto ")) return with_offset(jump(0));
        if (take("if ")) return conditional();
        if (take("*(")) return to_memory();
        if (take("lock *(")) return atomic();
        return assignment();
    }

  private:
    struct Operand {
        std::optional<uint8_t> reg;
        int32_t imm = 0;
    };
    struct Memory {
        Size size;
        Register base;
        int16_t off;
    };

    bool take(std::string_view wanted) {
        if (!rest_.starts_with(wanted)) return false;
        rest_.remove_prefix(wanted.size());
        return true;
    }

    template <typename Int>
    std::optional<Int> number() {
        if (rest_.starts_with("+")) rest_.remove_prefix(1);
        Int value = 0;
        const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
        if (error != std::errc{}) return std::nullopt;
        rest_.remove_prefix(end - rest_.data());
        return value;
    }

    template <typename Key, size_t N>
    std::optional<Key> one_of(const std::array<Name<Key>, N>& names) {
        for (const auto& name : names)
            if (take(fmt::format("{} ", name.text))) return name.key;
        return std::nullopt;
    }

    [[nodiscard]] std::optional<Insn> finished(const Insn& insn) const {
        return rest_.empty() ? std::optional(insn) : std::nullopt;
    }

    std::optional<Insn> with_offset(Insn insn) {
        const auto off = number<int16_t>();
        if (!off) return std::nullopt;
        insn.off = *off;
        return finished(insn);
    }

    std::optional<Insn> with_imm(Insn insn) {
        const auto imm = number<int32_t>();
        if (!imm) return std::nullopt;
        insn.imm = *imm;
        return finished(insn);
    }

    std::optional<Insn> slot() {
        const auto value = take("0x") ? parse_u64(rest_, 16) : std::nullopt;
        if (!value) return std::nullopt;
        return decode(std::bit_cast<::bpf_insn>(*value));
    }

    std::optional<Bits> letter() {
        if (take("r")) return Bits::Bits64;
        if (take("w")) return Bits::Bits32;
        return std::nullopt;
    }

    std::optional<Register> reg_after(std::string_view prefix) {
        if (!take(prefix)) return std::nullopt;
        const auto number = this->number<uint8_t>();
        return number ? std::optional(Register{*number}) : std::nullopt;
    }

    std::optional<Operand> operand(Bits bits) {
        if (const auto source = reg_after(bits == Bits::Bits32 ? "w" : "r"))
            return Operand{source->number, 0};
        const auto imm = number<int32_t>();
        return imm ? std::optional(Operand{std::nullopt, *imm}) : std::nullopt;
    }

    std::optional<Insn> conditional() {
        const auto bits = letter();
        const auto left = bits ? reg_after("") : std::nullopt;
        const auto cond = left && take(" ") ? one_of(kConds) : std::nullopt;
        const auto right = cond ? operand(*bits) : std::nullopt;
        if (!right || !take(" goto ")) return std::nullopt;
        return with_offset(right->reg ? jump_if(*cond, *bits, *left, Register{*right->reg}, 0)
                                      : jump_if(*cond, *bits, *left, right->imm, 0));
    }

    // After "*(".
    std::optional<Memory> address() {
        const auto size = one_of(kSizes);
        const auto base = size && take("*)(") ? reg_after("r") : std::nullopt;
        if (!base) return std::nullopt;
        const bool negative = take(" - ");
        if (!negative && !take(" + ")) return std::nullopt;
        const auto distance = number<int32_t>();
        if (!distance || !take(")")) return std::nullopt;
        return Memory{*size, *base, static_cast<int16_t>(negative ? -*distance : *distance)};
    }

    std::optional<Insn> to_memory() {
        const auto to = address();
        const auto value = to && take(" = ") ? operand(Bits::Bits64) : std::nullopt;
        if (!value) return std::nullopt;
        return finished(value->reg ? store(to->size, to->base, to->off, Register{*value->reg})
                                   : store(to->size, to->base, to->off, value->imm));
    }

    std::optional<Insn> atomic() {
        const auto to = address();
        const auto amount = to && take(" += ") ? reg_after("r") : std::nullopt;
        return amount ? finished(atomic_add(to->size, to->base, to->off, *amount)) : std::nullopt;
    }

    std::optional<Insn> assignment() {
        const auto bits = letter();
        const auto to = bits ? reg_after("") : std::nullopt;
        const auto op = to && take(" ") ? one_of(kAlu) : std::nullopt;
        if (!op) return std::nullopt;
        if (*op == Alu::Mov) {
            if (take("*(")) return from_memory(*to);
            if (take("be")) return swapped(*to, BPF_TO_BE);
            if (take("le")) return swapped(*to, BPF_TO_LE);
            if (rest_ == fmt::format("-{}", reg(*bits, to->number))) return negate(*bits, *to);
        }
        const auto right = operand(*bits);
        if (!right) return std::nullopt;
        if (!right->reg && take(" ll")) return wide_constant(*to, right->imm);
        return finished(right->reg ? alu(*op, *bits, *to, Register{*right->reg})
                                   : alu(*op, *bits, *to, right->imm));
    }

    std::optional<Insn> from_memory(Register to) {
        const auto from = address();
        return from ? finished(load(from->size, to, from->base, from->off)) : std::nullopt;
    }

    std::optional<Insn> swapped(Register to, uint8_t direction) {
        const auto bits = number<int32_t>();
        const auto from = bits && take(" ") ? reg_after("r") : std::nullopt;
        if (from != to) return std::nullopt;
        Insn insn = from_big_endian(to, *bits);
        insn.code = static_cast<uint8_t>((insn.code & ~BPF_TO_BE) | direction);
        return finished(insn);
    }

    std::optional<Insn> wide_constant(Register to, int32_t low) {
        const auto pseudo = take(" pseudo ") ? number<uint8_t>() : std::optional<uint8_t>(0);
        if (!pseudo) return std::nullopt;
        return finished(wide(to, static_cast<uint32_t>(low), *pseudo)[0]);
    }

    std::string_view rest_;
};

}  // namespace

std::string to_text(const Insn& insn) {
    std::string text = usual_text(insn);
    return Parser(text).insn() == insn ? text : slot_text(insn);
}

std::string to_text(std::span<const Insn> program) {
    std::string text;
    for (size_t i = 0; i < program.size(); ++i)
        text += fmt::format("{}: {}\n", i, to_text(program[i]));
    return text;
}

Result<Insn> parse_insn(std::string_view text) {
    const auto insn = Parser(text).insn();
    // Only the form that to_text() writes: not "r1  = 2", "r01 = 2" or a .slot that has a name.
    if (!insn || to_text(*insn) != text)
        return fail(ErrorKind::Usage, "not an eBPF instruction: '{}'", escaped(text));
    return *insn;
}

}  // namespace knowhy::bpf
