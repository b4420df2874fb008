#include "ir/compute.h"

#include <limits>

namespace knowhy::ir {
namespace {

unsigned width_of(Type type) {
    return type == Type::U32 ? 32 : 64;
}

// Both signed, and extended to 64 bits: there a U32's smallest number / -1 does not overflow.
uint64_t signed_quotient(int64_t left, int64_t right) {
    if (right == 0) return 0;
    if (right == -1) return 0 - static_cast<uint64_t>(left);
    return static_cast<uint64_t>(left / right);
}

uint64_t signed_remainder(int64_t left, int64_t right) {
    if (right == 0) return static_cast<uint64_t>(left);
    if (right == -1) return 0;
    return static_cast<uint64_t>(left % right);
}

uint64_t computed(Op op, uint64_t left, uint64_t right, Type type) {
    const unsigned width = width_of(type);
    const auto signed_left = static_cast<int64_t>(sign_extended(left, width));
    const auto signed_right = static_cast<int64_t>(sign_extended(right, width));
    switch (op) {
        case Op::Add:
            return left + right;
        case Op::Sub:
            return left - right;
        case Op::Mul:
            return left * right;
        case Op::Div:
            return right == 0 ? 0 : left / right;
        case Op::Mod:
            return right == 0 ? left : left % right;
        case Op::And:
            return left & right;
        case Op::Or:
            return left | right;
        case Op::Xor:
            return left ^ right;
        case Op::ShiftLeft:
            return left << (right % width);
        case Op::ShiftRight:
            return left >> (right % width);
        case Op::ShiftRightSigned:
            return static_cast<uint64_t>(signed_left >> (right % width));
        case Op::SignedDiv:
            return signed_quotient(signed_left, signed_right);
        case Op::SignedMod:
            return signed_remainder(signed_left, signed_right);
    }
    return 0;
}

}  // namespace

uint64_t narrowed(uint64_t value, Type type) {
    return type == Type::U32 ? value & std::numeric_limits<uint32_t>::max() : value;
}

uint64_t sign_extended(uint64_t value, unsigned bits) {
    const unsigned above = 64 - bits;
    return static_cast<uint64_t>(static_cast<int64_t>(value << above) >> above);
}

uint64_t bytes_swapped(uint64_t value, unsigned bits) {
    return __builtin_bswap64(value) >> (64 - bits);
}

uint64_t compute(Op op, uint64_t left, uint64_t right, Type type) {
    return narrowed(computed(op, left, right, type), type);
}

bool holds(Compare compare, uint64_t left, uint64_t right, Type type) {
    const unsigned width = width_of(type);
    const auto signed_left = static_cast<int64_t>(sign_extended(left, width));
    const auto signed_right = static_cast<int64_t>(sign_extended(right, width));
    switch (compare) {
        case Compare::Equal:
            return left == right;
        case Compare::NotEqual:
            return left != right;
        case Compare::Less:
            return left < right;
        case Compare::LessEqual:
            return left <= right;
        case Compare::Greater:
            return left > right;
        case Compare::GreaterEqual:
            return left >= right;
        case Compare::AnyBit:
            return (left & right) != 0;
        case Compare::SignedLess:
            return signed_left < signed_right;
        case Compare::SignedLessEqual:
            return signed_left <= signed_right;
        case Compare::SignedGreater:
            return signed_left > signed_right;
        case Compare::SignedGreaterEqual:
            return signed_left >= signed_right;
    }
    return false;
}

}  // namespace knowhy::ir
