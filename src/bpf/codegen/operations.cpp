#include "bpf/codegen/operations.h"

namespace knowhy::bpf {

Bits bits_of(ir::Type type) {
    return type == ir::Type::U32 ? Bits::Bits32 : Bits::Bits64;
}

std::optional<int32_t> immediate(uint64_t value, Bits bits) {
    if (bits == Bits::Bits32) return static_cast<int32_t>(value);
    const auto wanted = static_cast<int64_t>(value);
    if (wanted < INT32_MIN || wanted > INT32_MAX) return std::nullopt;
    return static_cast<int32_t>(wanted);
}

Alu alu_of(ir::Op op) {
    switch (op) {
        case ir::Op::Add:
            return Alu::Add;
        case ir::Op::Sub:
            return Alu::Sub;
        case ir::Op::Mul:
            return Alu::Mul;
        case ir::Op::Div:
            return Alu::Div;
        case ir::Op::Mod:
            return Alu::Mod;
        case ir::Op::And:
            return Alu::And;
        case ir::Op::Or:
            return Alu::Or;
        case ir::Op::Xor:
            return Alu::Xor;
        case ir::Op::ShiftLeft:
            return Alu::Lsh;
        case ir::Op::ShiftRight:
            return Alu::Rsh;
        case ir::Op::ShiftRightSigned:
            return Alu::Arsh;
        case ir::Op::SignedDiv:
        case ir::Op::SignedMod:
            break;  // no instruction of a kernel as old as 6.1
    }
    return Alu::Mov;
}

Cond cond_of(ir::Compare compare) {
    switch (compare) {
        case ir::Compare::Equal:
            return Cond::Eq;
        case ir::Compare::NotEqual:
            return Cond::Ne;
        case ir::Compare::Less:
            return Cond::Lt;
        case ir::Compare::LessEqual:
            return Cond::Le;
        case ir::Compare::Greater:
            return Cond::Gt;
        case ir::Compare::GreaterEqual:
            return Cond::Ge;
        case ir::Compare::AnyBit:
            return Cond::Set;
        case ir::Compare::SignedLess:
            return Cond::SLt;
        case ir::Compare::SignedLessEqual:
            return Cond::SLe;
        case ir::Compare::SignedGreater:
            return Cond::SGt;
        case ir::Compare::SignedGreaterEqual:
            return Cond::SGe;
    }
    return Cond::Eq;
}

std::optional<Cond> opposite(Cond cond) {
    switch (cond) {
        case Cond::Eq:
            return Cond::Ne;
        case Cond::Ne:
            return Cond::Eq;
        case Cond::Lt:
            return Cond::Ge;
        case Cond::Le:
            return Cond::Gt;
        case Cond::SLt:
            return Cond::SGe;
        case Cond::SGe:
            return Cond::SLt;
        case Cond::SGt:
            return Cond::SLe;
        case Cond::SLe:
            return Cond::SGt;
        case Cond::Gt:
            return Cond::Le;
        case Cond::Ge:
            return Cond::Lt;
        default:
            return std::nullopt;
    }
}

}  // namespace knowhy::bpf
