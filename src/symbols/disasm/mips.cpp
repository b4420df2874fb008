// Long because: it is one opcode map, and is read against the manual from top to bottom.
//
// MIPS32 and MIPS64 up to release 5, with Cavium Octeon's instructions where the ELF flags name
// one. Sources: MIPS Architecture for Programmers volume II, Octeon's in binutils' opcode names.
// Release 6 moved opcodes and has branches without delay slots; microMIPS has other encodings:
// neither is decoded.
#include "symbols/disasm/backend.h"
#include "symbols/disasm/capstone_text.h"
#include "symbols/disasm/mips_flags.h"
#include "symbols/disasm/word.h"

namespace knowhy::symbols {
namespace {

using Kind = Instruction::Kind;

constexpr Register kSp = 29;
constexpr Register kRa = 31;
constexpr Register kFloat = 32;  // f0
constexpr Register kHi = 64;
constexpr Register kLo = 65;

struct Features {
    bool wide = false;  // 64-bit registers
    bool octeon = false;
};

class Mips {
  public:
    Mips(uint32_t word, uint64_t address, Features features)
        : word_(word), features_(features), in_(address, 4, 0) {}

    Instruction decoded() {
        if (!dispatch()) return undecoded(in_.address(), 4);
        in_.settle_stack(kSp);
        return std::move(in_.out());
    }

  private:
    [[nodiscard]] uint32_t opcode() const { return bits(word_, 31, 26); }
    [[nodiscard]] Register rs() const { return bits(word_, 25, 21); }
    [[nodiscard]] Register rt() const { return bits(word_, 20, 16); }
    [[nodiscard]] Register rd() const { return bits(word_, 15, 11); }
    [[nodiscard]] uint32_t sa() const { return bits(word_, 10, 6); }
    [[nodiscard]] uint32_t function() const { return bits(word_, 5, 0); }
    [[nodiscard]] int64_t immediate() const { return sign_extended(word_ & 0xffff, 16); }
    [[nodiscard]] int64_t upper(uint32_t half) const {
        const uint64_t value = uint64_t{half} << 16;
        return features_.wide ? sign_extended(value, 32) : static_cast<int64_t>(value);
    }
    // Of an operation on 32 bits: a 64-bit processor keeps its result with the sign above.
    [[nodiscard]] bool signs() const { return features_.wide; }

    bool dispatch() {
        switch (opcode()) {
            case 0x00:
                return special();
            case 0x01:
                return register_immediate();
            case 0x02:
            case 0x03:
            case 0x1d:  // jalx
                jump();
                return true;
            case 0x04:
            case 0x05:
            case 0x14:
            case 0x15:
                in_.reads(rt());
                [[fallthrough]];
            case 0x06:
            case 0x07:
            case 0x16:
            case 0x17:
                compare_and_branch();
                return true;
            case 0x10:
                return coprocessor0();
            case 0x11:
                return coprocessor1();
            case 0x12:
                return coprocessor2();
            case 0x1c:
                return special2();
            case 0x1f:
                return special3();
            case 0x32:
            case 0x36:
            case 0x3a:
            case 0x3e:
                return branch_on_bit();
            default:
                return opcode() < 0x20 ? immediate_operation() : access();
        }
    }

    void delayed(Kind kind, int64_t offset) {
        in_.branches(kind, offset);
        in_.out().delayed = true;
    }
    void delayed_through(Kind kind, Register reg) {
        in_.goes_through(kind, reg);
        in_.out().delayed = true;
    }
    [[nodiscard]] int64_t branch_offset() const { return immediate() * 4 + 4; }

    void jump() {
        const uint64_t region = (in_.address() + 4) & ~uint64_t{0x0fffffff};
        const uint64_t target = region | bits(word_, 25, 0) << 2;
        const bool links = opcode() != 0x02;
        delayed(links ? Kind::Call : Kind::Jump, static_cast<int64_t>(target - in_.address()));
        if (links) in_.writes(kRa);
    }

    void compare_and_branch() {
        in_.reads(rs());
        // beq of a register with itself is how `b` is written.
        const bool always = opcode() == 0x04 && rs() == rt();
        delayed(always ? Kind::Jump : Kind::Branch, branch_offset());
        in_.out().likely = opcode() >= 0x14;
    }

    bool branch_on_bit() {
        if (!features_.octeon) return opcode() == 0x32 || opcode() == 0x36 ? false : access();
        in_.reads(rs());
        delayed(Kind::Branch, branch_offset());
        return true;
    }

    bool register_immediate() {
        const uint32_t operation = rt();
        in_.reads(rs());
        if (operation >= 0x08 && operation <= 0x0e)
            return operation != 0x0d;        // traps on a condition
        if (operation == 0x1f) return true;  // synci
        if ((operation & 0x0c) != 0 || operation > 0x13) return false;
        const bool links = operation >= 0x10;
        delayed(links ? Kind::Call : Kind::Branch, branch_offset());
        in_.out().likely = (operation & 2) != 0;
        if (links) in_.writes(kRa);
        return true;
    }

    bool special() {
        const uint32_t f = function();
        if (f <= 0x07) return shift_32();
        if (f == 0x08 || f == 0x09) return jump_register();
        if (f == 0x0a || f == 0x0b) {  // movz, movn: may leave rd as it is
            in_.computes(rd(), rs(), rt());
            in_.reads(rd());
            return true;
        }
        if (f == 0x0c) {
            make_opaque(in_.out());
            return true;
        }
        if (f == 0x0d) {
            in_.out().kind = Kind::Trap;
            return true;
        }
        if (f == 0x0f) return true;  // sync
        if (f >= 0x10 && f <= 0x13) return move_hi_lo();
        if (f == 0x14 || f == 0x16 || f == 0x17) {
            in_.computes(rd(), rt(), rs());
            return features_.wide;
        }
        if (f >= 0x18 && f <= 0x1f) {
            multiplies();
            return true;
        }
        if (f >= 0x20 && f <= 0x2f) return arithmetic();
        if (f >= 0x30 && f <= 0x36) {  // traps on a condition
            in_.reads(rs());
            in_.reads(rt());
            return f != 0x35;
        }
        return shift_64();
    }

    bool shift_32() {
        const uint32_t f = function();
        if (f == 1 || f == 5) {  // movf, movt: on a floating-point condition
            in_.computes(rd(), rs(), kFlags);
            in_.reads(rd());
            return f == 1;
        }
        if (f >= 4) {
            in_.computes(rd(), rt(), rs());
            return true;
        }
        if (f == 0 && rd() == 0) {
            in_.out().kind = Kind::Nop;  // also ssnop, ehb, pause
            return true;
        }
        in_.computes(rd(), rt());
        if (f == 0) in_.becomes_shifted(rd(), rt(), sa(), 32, signs());
        return true;
    }

    bool shift_64() {
        const uint32_t f = function();
        if (!features_.wide || f == 0x37 || f == 0x39 || f == 0x3d) return false;
        in_.computes(rd(), rt());
        if (f == 0x38) in_.becomes_shifted(rd(), rt(), sa(), 64, false);
        if (f == 0x3c) in_.becomes_shifted(rd(), rt(), sa() + 32, 64, false);
        return true;
    }

    bool jump_register() {
        const bool links = function() == 0x09;
        if (!links && rs() == kRa) {
            in_.goes(Kind::Return);
            in_.reads(kRa);
            in_.out().delayed = true;
            return true;
        }
        delayed_through(links ? Kind::Call : Kind::Jump, rs());
        if (links) in_.writes(rd());
        return true;
    }

    bool move_hi_lo() {
        const Register special = function() < 0x12 ? kHi : kLo;
        if (function() % 2 == 0) {
            in_.computes(rd(), special);
            Transfer& transfer = in_.becomes(Transfer::Kind::Copy, rd());
            transfer.from = special;
        } else {
            in_.computes(special, rs());
        }
        return true;
    }

    void multiplies() {
        in_.computes(kHi, rs(), rt());
        in_.writes(kLo);
        in_.reads(kHi);
        in_.reads(kLo);
    }

    bool arithmetic() {
        const uint32_t f = function();
        if (f == 0x28 || f == 0x29 || (f >= 0x2c && !features_.wide)) return false;
        in_.computes(rd(), rs(), rt());
        if (f == 0x20 || f == 0x21) in_.becomes_combined(rd(), rs(), rt(), 0, 32, signs());
        if (f == 0x2c || f == 0x2d) in_.becomes_combined(rd(), rs(), rt(), 0, 64, false);
        // `or` with $0 is how `move` is written.
        const bool moves = f == 0x25 && (rs() == 0 || rt() == 0);
        if (moves) in_.becomes_combined(rd(), rs(), rt(), 0, features_.wide ? 64 : 32, false);
        return true;
    }

    bool immediate_operation() {
        const uint32_t unsigned_immediate = word_ & 0xffff;
        switch (opcode()) {
            case 0x08:
            case 0x09:
                in_.computes(rt(), rs());
                in_.becomes_sum(rt(), rs(), immediate(), 32, signs());
                return true;
            case 0x18:
            case 0x19:
                in_.computes(rt(), rs());
                in_.becomes_sum(rt(), rs(), immediate(), 64, false);
                return features_.wide;
            case 0x0c:
                in_.computes(rt(), rs());
                if (unsigned_immediate == 0xff) in_.becomes_extended(rt(), rs(), 8, false);
                if (unsigned_immediate == 0xffff) in_.becomes_extended(rt(), rs(), 16, false);
                return true;
            case 0x0d:
                in_.computes(rt(), rs());
                if (rs() == 0 || unsigned_immediate == 0) {
                    in_.becomes_sum(rt(), rs(), unsigned_immediate, features_.wide ? 64 : 32,
                                    false);
                }
                return true;
            case 0x0a:
            case 0x0b:
            case 0x0e:
                in_.computes(rt(), rs());
                return true;
            case 0x0f:
                in_.becomes_immediate(rt(), upper(unsigned_immediate));
                return rs() == 0;
            case 0x1a:  // ldl
            case 0x1b:  // ldr
                merge_load();
                return features_.wide;
            default:
                return false;
        }
    }

    // Loads the part of a register that lies in one aligned word.
    void merge_load() {
        in_.accesses(rs(), immediate(), 0, true, false);
        in_.writes(rt());
        in_.reads(rt());
    }

    void load(unsigned bytes, bool sign) {
        in_.accesses(rs(), immediate(), bytes, true, false);
        in_.loads(rt(), bytes, sign && (features_.wide || bytes < 4));
    }

    void store(unsigned bytes) {
        in_.accesses(rs(), immediate(), bytes, false, true);
        in_.stores(rt(), bytes);
    }

    bool merge_store() {
        in_.accesses(rs(), immediate(), 0, false, true);
        in_.reads(rt());
        return true;
    }

    bool linked(unsigned bytes, bool conditional_store) {
        in_.accesses(rs(), immediate(), bytes, !conditional_store, conditional_store);
        if (conditional_store) in_.reads(rt());
        in_.writes(rt());
        in_.out().locked = true;
        return true;
    }

    bool float_access(unsigned bytes, bool is_load) {
        in_.accesses(rs(), immediate(), bytes, is_load, !is_load);
        const Register reg = kFloat + rt();
        if (is_load) {
            in_.writes(reg);
        } else {
            in_.reads(reg);
        }
        return true;
    }

    bool access() {
        switch (opcode()) {
            case 0x20:
                load(1, true);
                return true;
            case 0x21:
                load(2, true);
                return true;
            case 0x23:
                load(4, true);
                return true;
            case 0x24:
                load(1, false);
                return true;
            case 0x25:
                load(2, false);
                return true;
            case 0x27:
                load(4, false);
                return features_.wide;
            case 0x37:
                load(8, false);
                return features_.wide;
            case 0x22:
            case 0x26:
                merge_load();
                return true;
            case 0x28:
                store(1);
                return true;
            case 0x29:
                store(2);
                return true;
            case 0x2b:
                store(4);
                return true;
            case 0x3f:
                store(8);
                return features_.wide;
            case 0x2a:
            case 0x2e:
                return merge_store();
            case 0x2c:
            case 0x2d:
                return features_.wide && merge_store();
            case 0x2f:  // cache
            case 0x33:  // pref
                in_.reads(rs());
                return true;
            case 0x30:
                return linked(4, false);
            case 0x34:
                return features_.wide && linked(8, false);
            case 0x38:
                return linked(4, true);
            case 0x3c:
                return features_.wide && linked(8, true);
            case 0x31:
                return float_access(4, true);
            case 0x35:
                return float_access(8, true);
            case 0x39:
                return float_access(4, false);
            case 0x3d:
                return float_access(8, false);
            default:
                return false;
        }
    }

    bool coprocessor0() {
        const uint32_t operation = rs();
        if (operation >= 0x10) {
            const bool leaves = function() == 0x18 || function() == 0x1f;  // eret, deret
            if (leaves) in_.out().kind = Kind::Return;
            return true;
        }
        switch (operation) {
            case 0x00:
            case 0x01:
            case 0x02:  // mfhc0
            case 0x08:  // mftr
            case 0x0b:  // di, ei
                in_.writes(rt());
                return true;
            case 0x04:
            case 0x05:
            case 0x06:
            case 0x0c:  // mttr
                in_.reads(rt());
                return true;
            case 0x0a:
                in_.writes(rd());
                return true;
            case 0x0e:
                in_.reads(rt());
                return true;
            default:
                return false;
        }
    }

    bool coprocessor1() {
        const uint32_t operation = rs();
        if (operation <= 0x03) {
            in_.computes(rt(), kFloat + rd());
        } else if (operation <= 0x07) {
            in_.computes(kFloat + rd(), rt());
        } else if (operation == 0x08) {
            in_.reads(kFlags);
            delayed(Kind::Branch, branch_offset());
            in_.out().likely = bit(word_, 17);
        } else {
            any_float();
        }
        return true;
    }

    // Arithmetic that no kernel function does: a few registers too many do no harm.
    void any_float() {
        for (unsigned reg = kFloat; reg < kFloat + 32; ++reg) {
            in_.computes(static_cast<Register>(reg), static_cast<Register>(reg));
        }
        in_.writes(kFlags);
    }

    bool coprocessor2() {
        const uint32_t operation = rs();
        if (operation <= 0x03) in_.writes(rt());
        if (operation >= 0x04 && operation <= 0x07) in_.reads(rt());
        return operation <= 0x07;
    }

    bool special2() {
        switch (function()) {
            case 0x00:
            case 0x01:
            case 0x04:
            case 0x05:
                multiplies();
                return true;
            case 0x02:  // mul leaves hi and lo undefined
                in_.computes(rd(), rs(), rt());
                in_.writes(kHi);
                in_.writes(kLo);
                return true;
            case 0x20:
            case 0x21:
            case 0x24:
            case 0x25:
                in_.computes(rd(), rs());
                return true;
            case 0x3f:
                in_.out().kind = Kind::Trap;
                return true;
            default:
                return features_.octeon && octeon();
        }
    }

    bool octeon() {
        switch (function()) {
            case 0x03:  // dmul, which leaves hi and lo undefined
                in_.writes(kHi);
                in_.writes(kLo);
                [[fallthrough]];
            case 0x28:  // baddu
            case 0x2a:  // seq
            case 0x2b:  // sne
                in_.computes(rd(), rs(), rt());
                return true;
            case 0x2c:  // pop
            case 0x2d:  // dpop
                in_.computes(rd(), rs());
                return true;
            case 0x2e:  // seqi
            case 0x2f:  // snei
            case 0x32:  // cins
            case 0x33:
            case 0x3a:  // exts
            case 0x3b:
                in_.computes(rt(), rs());
                return true;
            case 0x18:  // saa, saad: memory[rs] += rt
            case 0x19:
                in_.accesses(rs(), 0, function() == 0x18 ? 4 : 8, true, true);
                in_.reads(rt());
                in_.out().locked = true;
                return true;
            default:
                return false;
        }
    }

    bool special3() {
        switch (function()) {
            case 0x00:
                in_.computes(rt(), rs());
                if (sa() == 0 && rd() < 31) in_.becomes_extended(rt(), rs(), rd() + 1, false);
                return true;
            case 0x01:
            case 0x02:
                in_.computes(rt(), rs());
                return features_.wide;
            case 0x03:
                in_.computes(rt(), rs());
                if (sa() == 0) in_.becomes_extended(rt(), rs(), rd() + 1, false);
                return features_.wide;
            case 0x04:
            case 0x05:
            case 0x06:
            case 0x07:  // ins keeps the bits around
                in_.computes(rt(), rs());
                in_.reads(rt());
                return true;
            case 0x0a:
                return load_indexed();
            case 0x20:
                in_.computes(rd(), rt());
                if (sa() == 0x10) in_.becomes_extended(rd(), rt(), 8, true, signs() ? 64 : 32);
                if (sa() == 0x18) in_.becomes_extended(rd(), rt(), 16, true, signs() ? 64 : 32);
                return sa() == 0x02 || sa() == 0x10 || sa() == 0x18;
            case 0x24:
                in_.computes(rd(), rt());
                return features_.wide;
            case 0x3b:
                in_.writes(rt());
                return true;
            default:
                return false;
        }
    }

    // lwx, ldx and the like: the address is the sum of two registers.
    bool load_indexed() {
        if (!features_.octeon) return false;
        MemoryOperand& operand = in_.accesses(rs(), 0, 0, true, false);
        if (rt() != 0) operand.index = rt();
        in_.reads(rt());
        in_.writes(rd());
        return true;
    }

    uint32_t word_;
    Features features_;
    WordInstruction in_;
};

// capstone prints o32's names also on 64 bits: $t0 to $t3 are $a4 to $a7 there, $t4 to $t7 are $t0
// to $t3.
void rename_for_n64(std::string& text) {
    for (size_t at = text.find("$t"); at != std::string::npos; at = text.find("$t", at + 1)) {
        char& digit = text[at + 2];
        if (digit < '0' || digit > '7') continue;
        if (digit < '4') text[at + 1] = 'a';
        digit = static_cast<char>(digit < '4' ? digit + 4 : digit - 4);
    }
}

class MipsBackend : public Backend {
  public:
    MipsBackend(const Machine& machine, Features features)
        : big_endian_(machine.big_endian),
          features_(features),
          text_(CS_ARCH_MIPS,
                static_cast<cs_mode>(
                    static_cast<unsigned>(features.wide ? CS_MODE_MIPS64 : CS_MODE_MIPS32) |
                    (machine.big_endian ? static_cast<unsigned>(CS_MODE_BIG_ENDIAN) : 0U)),
                false) {}

    [[nodiscard]] Instruction decode(std::span<const uint8_t> code,
                                     uint64_t address) const override {
        if (code.size() < 4) return undecoded(address, static_cast<uint8_t>(code.size()));
        return Mips(load_word<uint32_t>(code, big_endian_), address, features_).decoded();
    }

    [[nodiscard]] std::string text(std::span<const uint8_t> code, uint64_t address) const override {
        if (decode(code, address).kind == Kind::Undecoded) return "";
        std::string text = text_.of(code, address, 4);
        if (features_.wide) rename_for_n64(text);
        return text;
    }

  private:
    bool big_endian_;
    Features features_;
    CapstoneText text_;
};

}  // namespace

std::unique_ptr<Backend> mips_backend(const Machine& machine) {
    if (!has_classic_mips_encoding(machine.elf_flags)) return nullptr;
    const Features features{machine.arch == Arch::Mips64, is_octeon(machine.elf_flags)};
    return std::make_unique<MipsBackend>(machine, features);
}

}  // namespace knowhy::symbols
