// A64: data processing, by an immediate or by registers.
#include "symbols/disasm/arm64.h"
#include "symbols/disasm/arm64_immediate.h"

namespace knowhy::symbols {
namespace {

bool pc_relative(Arm64Word w, WordInstruction& in) {
    const bool page = bit(w.word, 31);
    const int64_t offset = sign_extended(bits(w.word, 23, 5) << 2 | bits(w.word, 30, 29), 21);
    const uint64_t base = page ? in.address() & ~uint64_t{0xfff} : in.address();
    const uint64_t scaled = static_cast<uint64_t>(offset) << (page ? 12 : 0);
    in.becomes_immediate(w.rd(), static_cast<int64_t>(base + scaled));
    return true;
}

bool add_immediate(Arm64Word w, WordInstruction& in) {
    const bool sets_flags = bit(w.word, 29);
    const Register to = sets_flags ? w.rd() : w.rd_sp();
    const int64_t value = static_cast<int64_t>(bits(w.word, 21, 10)) << (bit(w.word, 22) ? 12 : 0);
    in.computes(to, w.rn_sp());
    if (sets_flags) in.writes(kFlags);
    in.becomes_sum(to, w.rn_sp(), bit(w.word, 30) ? -value : value, w.width(), false);
    return true;
}

bool logical_by_immediate(Arm64Word w, WordInstruction& in) {
    const auto mask =
        logical_immediate(bit(w.word, 22), bits(w.word, 21, 16), bits(w.word, 15, 10), w.wide());
    if (!mask) return false;
    const uint32_t operation = bits(w.word, 30, 29);  // and, orr, eor, ands
    const Register to = operation == 3 ? w.rd() : w.rd_sp();
    in.computes(to, w.rn());
    if (operation == 3) in.writes(kFlags);
    if (operation == 1 && w.rn() == kArm64Zr) {
        in.becomes_immediate(to, static_cast<int64_t>(*mask));
    }
    const bool low_bits = std::has_single_bit(*mask + 1);
    const bool masks = operation == 0 || operation == 3;
    if (masks && low_bits && w.rn() != kArm64Zr) {
        in.becomes_extended(to, w.rn(), static_cast<unsigned>(std::popcount(*mask)), false);
    }
    return true;
}

bool move_wide(Arm64Word w, WordInstruction& in) {
    const uint32_t operation = bits(w.word, 30, 29);  // movn, -, movz, movk
    const unsigned shift = bits(w.word, 22, 21) * 16;
    if (operation == 1 || shift >= w.width()) return false;
    const uint64_t part = static_cast<uint64_t>(bits(w.word, 20, 5)) << shift;
    if (operation == 3) {
        in.computes(w.rd(), w.rd());
        return true;
    }
    const uint64_t value = operation == 0 ? ~part : part;
    in.becomes_immediate(w.rd(), static_cast<int64_t>(w.wide() ? value : value & 0xffffffff));
    return true;
}

bool bit_field(Arm64Word w, WordInstruction& in) {
    const uint32_t operation = bits(w.word, 30, 29);  // sbfm, bfm, ubfm
    const unsigned immr = bits(w.word, 21, 16);
    const unsigned imms = bits(w.word, 15, 10);
    if (operation == 3 || immr >= w.width() || imms >= w.width()) return false;
    in.computes(w.rd(), w.rn());
    if (operation == 1) in.reads(w.rd());
    if (operation == 1 || w.rn() == kArm64Zr) return true;
    if (immr == 0) {
        in.becomes_extended(w.rd(), w.rn(), imms + 1, operation == 0, w.width());
    } else if (operation == 2 && imms + 1 == immr) {
        in.becomes_shifted(w.rd(), w.rn(), w.width() - immr, w.width(), false);
    }
    return true;
}

bool logical_by_register(Arm64Word w, WordInstruction& in) {
    const uint32_t operation = bits(w.word, 30, 29);
    const bool plain = !bit(w.word, 21) && bits(w.word, 23, 22) == 0;
    if (!w.wide() && bit(w.word, 15)) return false;
    in.computes(w.rd(), w.rn(), w.rm());
    if (operation == 3) in.writes(kFlags);
    // orr with the zero register is how `mov` is written.
    const bool moves = operation == 1 && plain && w.rn() == kArm64Zr;
    if (moves) in.becomes_shifted(w.rd(), w.rm(), bits(w.word, 15, 10), w.width(), false);
    return true;
}

bool add_shifted(Arm64Word w, WordInstruction& in) {
    const uint32_t shift_type = bits(w.word, 23, 22);
    if (shift_type == 3 || (!w.wide() && bit(w.word, 15))) return false;
    in.computes(w.rd(), w.rn(), w.rm());
    if (bit(w.word, 29)) in.writes(kFlags);
    if (!bit(w.word, 30) && shift_type == 0) {
        in.becomes_combined(w.rd(), w.rn(), w.rm(), bits(w.word, 15, 10), w.width(), false);
    }
    return true;
}

bool add_extended(Arm64Word w, WordInstruction& in) {
    const bool sets_flags = bit(w.word, 29);
    const unsigned shift = bits(w.word, 12, 10);
    if (shift > 4 || bits(w.word, 23, 22) != 0) return false;
    const Register to = sets_flags ? w.rd() : w.rd_sp();
    in.computes(to, w.rn_sp(), w.rm());
    if (sets_flags) in.writes(kFlags);
    const bool whole = (bits(w.word, 15, 13) & 3) == (w.wide() ? 3U : 2U);
    if (!bit(w.word, 30) && whole) {
        in.becomes_combined(to, w.rn_sp(), w.rm(), shift, w.width(), false);
    }
    return true;
}

bool with_flags(Arm64Word w, WordInstruction& in) {
    in.computes(w.rd(), w.rn(), w.rm());
    in.reads(kFlags);
    const bool sets_flags = bit(w.word, 29) || bits(w.word, 15, 10) != 0;
    if (sets_flags) in.writes(kFlags);
    return true;
}

bool conditional_compare(Arm64Word w, WordInstruction& in) {
    in.reads(w.rn());
    if (!bit(w.word, 11)) in.reads(w.rm());
    in.reads(kFlags);
    in.writes(kFlags);
    return true;
}

bool one_or_two_sources(Arm64Word w, WordInstruction& in) {
    const bool one = bit(w.word, 30);
    const bool authenticates = one && bits(w.word, 20, 16) == 1;
    if (one) {
        in.computes(w.rd(), w.rn_sp() == 31 && authenticates ? kArm64Sp : w.rn());
        if (authenticates) in.reads(w.rd());
        return true;
    }
    // Memory tags and pacga take the stack pointer: reading one too many does no harm.
    in.computes(w.rd(), w.rn(), w.rm());
    const uint32_t operation = bits(w.word, 15, 10);
    const bool tag = operation <= 1 || operation == 4 || operation == 5;
    if (tag && w.rn_sp() == 31) in.reads(kArm64Sp);
    if (operation == 4 && bits(w.word, 4, 0) == 31) in.writes(kArm64Sp);  // irg
    if (bit(w.word, 29)) in.writes(kFlags);                               // subps
    return true;
}

bool three_sources(Arm64Word w, WordInstruction& in) {
    in.computes(w.rd(), w.rn(), w.rm());
    in.reads(w.ra());
    return true;
}

}  // namespace

bool arm64_by_immediate(Arm64Word word, WordInstruction& in) {
    switch (bits(word.word, 25, 23)) {
        case 0:
        case 1:
            return pc_relative(word, in);
        case 2:
            return add_immediate(word, in);
        case 3:  // addg, subg: an offset in the address and one in its tag
            in.computes(word.rd_sp(), word.rn_sp());
            return true;
        case 4:
            return logical_by_immediate(word, in);
        case 5:
            return move_wide(word, in);
        case 6:
            return bit_field(word, in);
        default:  // extr
            in.computes(word.rd(), word.rn(), word.rm());
            return true;
    }
}

bool arm64_by_register(Arm64Word word, WordInstruction& in) {
    if (!bit(word.word, 28)) {
        if (!bit(word.word, 24)) return logical_by_register(word, in);
        return bit(word.word, 21) ? add_extended(word, in) : add_shifted(word, in);
    }
    switch (bits(word.word, 24, 21)) {
        case 0:
            return with_flags(word, in);
        case 2:
            return conditional_compare(word, in);
        case 4:  // csel and its kin
            in.computes(word.rd(), word.rn(), word.rm());
            in.reads(kFlags);
            return true;
        case 6:
            return one_or_two_sources(word, in);
        default:
            return bit(word.word, 24) && three_sources(word, in);
    }
}

}  // namespace knowhy::symbols
