#include "symbols/disasm/riscv_expand.h"

#include "symbols/disasm/word.h"

namespace knowhy::symbols {
namespace {

enum Opcode : uint32_t {
    kLoad = 0x03,
    kLoadFp = 0x07,
    kOpImm = 0x13,
    kOpImm32 = 0x1b,
    kStore = 0x23,
    kStoreFp = 0x27,
    kOp = 0x33,
    kLui = 0x37,
    kOp32 = 0x3b,
    kBranch = 0x63,
    kJalr = 0x67,
    kJal = 0x6f,
};

constexpr uint32_t kEbreak = 0x00100073;
constexpr uint32_t kSp = 2;
constexpr uint32_t kRa = 1;

uint32_t i_type(uint32_t opcode, uint32_t f3, uint32_t rd, uint32_t rs1, int64_t immediate) {
    return opcode | rd << 7 | f3 << 12 | rs1 << 15 | (static_cast<uint32_t>(immediate) << 20);
}

uint32_t r_type(uint32_t opcode, uint32_t f3, uint32_t f7, uint32_t rd, uint32_t rs1,
                uint32_t rs2) {
    return opcode | rd << 7 | f3 << 12 | rs1 << 15 | rs2 << 20 | f7 << 25;
}

uint32_t s_type(uint32_t opcode, uint32_t f3, uint32_t base, uint32_t rs2, uint32_t offset) {
    return opcode | bits(offset, 4, 0) << 7 | f3 << 12 | base << 15 | rs2 << 20 |
           bits(offset, 11, 5) << 25;
}

uint32_t branch_zero(uint32_t f3, uint32_t rs1, int64_t signed_offset) {
    const auto offset = static_cast<uint32_t>(signed_offset);
    return kBranch | bits(offset, 11, 11) << 7 | bits(offset, 4, 1) << 8 | f3 << 12 | rs1 << 15 |
           bits(offset, 10, 5) << 25 | bits(offset, 12, 12) << 31;
}

uint32_t jal(uint32_t rd, int64_t signed_offset) {
    const auto offset = static_cast<uint32_t>(signed_offset);
    return kJal | rd << 7 | bits(offset, 19, 12) << 12 | bits(offset, 11, 11) << 20 |
           bits(offset, 10, 1) << 21 | bits(offset, 20, 20) << 31;
}

// One of the eight registers that a three-bit field can name.
uint32_t short_register(uint32_t field) {
    return field + 8;
}

int64_t immediate6(uint32_t h) {
    return sign_extended(bits(h, 12, 12) << 5 | bits(h, 6, 2), 6);
}

uint32_t shift_amount(uint32_t h) {
    return bits(h, 12, 12) << 5 | bits(h, 6, 2);
}

std::optional<uint32_t> quadrant0(uint32_t h) {
    const uint32_t low = short_register(bits(h, 4, 2));
    const uint32_t base = short_register(bits(h, 9, 7));
    const uint32_t word_offset = bits(h, 12, 10) << 3 | bits(h, 6, 6) << 2 | bits(h, 5, 5) << 6;
    const uint32_t double_offset = bits(h, 12, 10) << 3 | bits(h, 6, 5) << 6;
    switch (bits(h, 15, 13)) {
        case 0: {
            const uint32_t offset = bits(h, 12, 11) << 4 | bits(h, 10, 7) << 6 |
                                    bits(h, 6, 6) << 2 | bits(h, 5, 5) << 3;
            if (offset == 0) return std::nullopt;
            return i_type(kOpImm, 0, low, kSp, offset);
        }
        case 1:
            return i_type(kLoadFp, 3, low, base, double_offset);
        case 2:
            return i_type(kLoad, 2, low, base, word_offset);
        case 3:
            return i_type(kLoad, 3, low, base, double_offset);
        case 5:
            return s_type(kStoreFp, 3, base, low, double_offset);
        case 6:
            return s_type(kStore, 2, base, low, word_offset);
        case 7:
            return s_type(kStore, 3, base, low, double_offset);
        default:
            return std::nullopt;
    }
}

std::optional<uint32_t> arithmetic(uint32_t h) {
    const uint32_t rd = short_register(bits(h, 9, 7));
    const uint32_t rs2 = short_register(bits(h, 4, 2));
    switch (bits(h, 11, 10)) {
        case 0:
            return i_type(kOpImm, 5, rd, rd, shift_amount(h));
        case 1:
            return i_type(kOpImm, 5, rd, rd, shift_amount(h) | 0x400);
        case 2:
            return i_type(kOpImm, 7, rd, rd, immediate6(h));
        default:
            break;
    }
    switch (bits(h, 12, 12) << 2 | bits(h, 6, 5)) {
        case 0:
            return r_type(kOp, 0, 0x20, rd, rd, rs2);
        case 1:
            return r_type(kOp, 4, 0, rd, rd, rs2);
        case 2:
            return r_type(kOp, 6, 0, rd, rd, rs2);
        case 3:
            return r_type(kOp, 7, 0, rd, rd, rs2);
        case 4:
            return r_type(kOp32, 0, 0x20, rd, rd, rs2);
        case 5:
            return r_type(kOp32, 0, 0, rd, rd, rs2);
        default:
            return std::nullopt;
    }
}

std::optional<uint32_t> upper_or_stack(uint32_t h, uint32_t rd) {
    if (rd == kSp) {
        const int64_t offset =
            sign_extended(bits(h, 12, 12) << 9 | bits(h, 6, 6) << 4 | bits(h, 5, 5) << 6 |
                              bits(h, 4, 3) << 7 | bits(h, 2, 2) << 5,
                          10);
        if (offset == 0) return std::nullopt;
        return i_type(kOpImm, 0, kSp, kSp, offset);
    }
    if (immediate6(h) == 0) return std::nullopt;
    return kLui | rd << 7 | static_cast<uint32_t>(immediate6(h)) << 12;
}

std::optional<uint32_t> quadrant1(uint32_t h) {
    const uint32_t rd = bits(h, 11, 7);
    const int64_t jump_offset = sign_extended(
        bits(h, 12, 12) << 11 | bits(h, 11, 11) << 4 | bits(h, 10, 9) << 8 | bits(h, 8, 8) << 10 |
            bits(h, 7, 7) << 6 | bits(h, 6, 6) << 7 | bits(h, 5, 3) << 1 | bits(h, 2, 2) << 5,
        12);
    const int64_t branch_offset =
        sign_extended(bits(h, 12, 12) << 8 | bits(h, 11, 10) << 3 | bits(h, 6, 5) << 6 |
                          bits(h, 4, 3) << 1 | bits(h, 2, 2) << 5,
                      9);
    switch (bits(h, 15, 13)) {
        case 0:
            return i_type(kOpImm, 0, rd, rd, immediate6(h));
        case 1:
            if (rd == 0) return std::nullopt;
            return i_type(kOpImm32, 0, rd, rd, immediate6(h));
        case 2:
            return i_type(kOpImm, 0, rd, 0, immediate6(h));
        case 3:
            return upper_or_stack(h, rd);
        case 4:
            return arithmetic(h);
        case 5:
            return jal(0, jump_offset);
        case 6:
            return branch_zero(0, short_register(bits(h, 9, 7)), branch_offset);
        default:
            return branch_zero(1, short_register(bits(h, 9, 7)), branch_offset);
    }
}

std::optional<uint32_t> jumps_and_moves(uint32_t h, uint32_t rd, uint32_t rs2) {
    if (!bit(h, 12)) {
        if (rs2 != 0) return r_type(kOp, 0, 0, rd, 0, rs2);
        if (rd == 0) return std::nullopt;
        return i_type(kJalr, 0, 0, rd, 0);
    }
    if (rs2 != 0) return r_type(kOp, 0, 0, rd, rd, rs2);
    return rd == 0 ? kEbreak : i_type(kJalr, 0, kRa, rd, 0);
}

std::optional<uint32_t> quadrant2(uint32_t h) {
    const uint32_t rd = bits(h, 11, 7);
    const uint32_t rs2 = bits(h, 6, 2);
    const uint32_t word_load = bits(h, 12, 12) << 5 | bits(h, 6, 4) << 2 | bits(h, 3, 2) << 6;
    const uint32_t double_load = bits(h, 12, 12) << 5 | bits(h, 6, 5) << 3 | bits(h, 4, 2) << 6;
    const uint32_t word_store = bits(h, 12, 9) << 2 | bits(h, 8, 7) << 6;
    const uint32_t double_store = bits(h, 12, 10) << 3 | bits(h, 9, 7) << 6;
    switch (bits(h, 15, 13)) {
        case 0:
            return i_type(kOpImm, 1, rd, rd, shift_amount(h));
        case 1:
            return i_type(kLoadFp, 3, rd, kSp, double_load);
        case 2:
            if (rd == 0) return std::nullopt;
            return i_type(kLoad, 2, rd, kSp, word_load);
        case 3:
            if (rd == 0) return std::nullopt;
            return i_type(kLoad, 3, rd, kSp, double_load);
        case 4:
            return jumps_and_moves(h, rd, rs2);
        case 5:
            return s_type(kStoreFp, 3, kSp, rs2, double_store);
        case 6:
            return s_type(kStore, 2, kSp, rs2, word_store);
        default:
            return s_type(kStore, 3, kSp, rs2, double_store);
    }
}

}  // namespace

std::optional<uint32_t> expand_compressed(uint16_t half) {
    switch (half & 3) {
        case 0:
            return quadrant0(half);
        case 1:
            return quadrant1(half);
        case 2:
            return quadrant2(half);
        default:
            return std::nullopt;
    }
}

}  // namespace knowhy::symbols
