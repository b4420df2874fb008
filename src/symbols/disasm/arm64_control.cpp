// A64: branches, exceptions, system instructions.
#include "symbols/disasm/arm64.h"
#include "symbols/disasm/backend.h"

namespace knowhy::symbols {
namespace {

using Kind = Instruction::Kind;

int64_t words(uint32_t field, unsigned width) {
    return sign_extended(field, width) * 4;
}

bool exception(Arm64Word w, WordInstruction& in) {
    const uint32_t operation = bits(w.word, 23, 21);
    if (operation == 1 || operation == 2) {  // brk, hlt
        in.out().kind = Kind::Trap;
        return true;
    }
    make_opaque(in.out());  // svc, hvc, smc: what answers may change registers
    return operation == 0;
}

// Pointer authentication in the space of hints, which older processors pass over.
void hint(Arm64Word w, WordInstruction& in) {
    constexpr Register kX16 = 16;
    constexpr Register kX17 = 17;
    const uint32_t group = bits(w.word, 11, 8);
    const uint32_t operation = bits(w.word, 7, 5);
    const bool strips = group == 0 && operation == 7;
    if (group == 3 || strips) {
        in.computes(kArm64Link, kArm64Link);
        if (operation % 2 == 1 && !strips) in.reads(kArm64Sp);
    } else if (group == 1 && operation % 2 == 0) {
        in.computes(kX17, kX17, kX16);
    } else {
        in.out().kind = Kind::Nop;
    }
}

bool system(Arm64Word w, WordInstruction& in) {
    const uint32_t op0 = bits(w.word, 20, 19);
    const uint32_t crn = bits(w.word, 15, 12);
    const bool to_register = bit(w.word, 21);
    if (op0 == 0) {
        if (crn == 2) {
            hint(w, in);
        } else if (crn == 4) {
            in.writes(kFlags);  // msr of a constant, cfinv
            in.reads(kFlags);
        } else if (crn == 1) {
            in.reads(w.rd());  // wfet, wfit
        }
        return true;
    }
    if (to_register) {
        in.computes(w.rd(), kFlags);
        return true;
    }
    in.reads(w.rd());
    if (op0 == 1) {
        constexpr uint32_t kZeroBlock = 0x1ba1;  // dc zva: op1 3, c7, c4, op2 1
        if (bits(w.word, 18, 5) == kZeroBlock) in.accesses(w.rd(), 0, 0, false, true);
    } else {
        in.writes(kFlags);
    }
    return true;
}

bool by_register(Arm64Word w, WordInstruction& in) {
    const bool authenticated = bits(w.word, 15, 11) == 1;
    if (bits(w.word, 20, 16) != 31 || (bits(w.word, 15, 10) != 0 && !authenticated)) return false;
    if (authenticated) in.reads(w.rd_sp() == 31 ? kArm64Sp : w.rd());
    switch (bits(w.word, 24, 21)) {
        case 0:
        case 8:
            in.goes_through(Kind::Jump, w.rn());
            return true;
        case 1:
        case 9:
            in.goes_through(Kind::Call, w.rn());
            in.writes(kArm64Link);
            return true;
        case 2:
            in.goes(Kind::Return);
            in.reads(authenticated ? kArm64Link : w.rn());
            return true;
        case 4:  // eret
        case 5:  // drps
            in.goes(Kind::Return);
            return true;
        default:
            return false;
    }
}

}  // namespace

bool arm64_control(Arm64Word w, WordInstruction& in) {
    if (bits(w.word, 30, 26) == 0x05) {
        const bool links = bit(w.word, 31);
        in.branches(links ? Kind::Call : Kind::Jump, words(bits(w.word, 25, 0), 26));
        if (links) in.writes(kArm64Link);
        return true;
    }
    if (bits(w.word, 30, 25) == 0x1a) {  // cbz, cbnz
        in.reads(w.rd());
        in.branches(Kind::Branch, words(bits(w.word, 23, 5), 19));
        return true;
    }
    if (bits(w.word, 30, 25) == 0x1b) {  // tbz, tbnz
        in.reads(w.rd());
        in.branches(Kind::Branch, words(bits(w.word, 18, 5), 14));
        return true;
    }
    switch (bits(w.word, 31, 24)) {
        case 0x54: {
            const bool always = bits(w.word, 3, 0) >= 14;
            in.reads(kFlags);
            in.branches(always ? Kind::Jump : Kind::Branch, words(bits(w.word, 23, 5), 19));
            return true;
        }
        case 0xd4:
            return exception(w, in);
        case 0xd5:
            return bits(w.word, 23, 22) == 0 && system(w, in);
        case 0xd6:
        case 0xd7:
            return by_register(w, in);
        default:
            return false;
    }
}

}  // namespace knowhy::symbols
