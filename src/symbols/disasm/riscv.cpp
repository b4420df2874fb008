// RV64GC, by the opcode map of the unprivileged manual; what the privileged one adds as far as the
// kernel uses it. Vector instructions are not decoded: the kernel keeps them in assembly.
#include "symbols/disasm/backend.h"
#include "symbols/disasm/riscv_expand.h"
#include "symbols/disasm/riscv_text.h"
#include "symbols/disasm/word.h"

namespace knowhy::symbols {
namespace {

using Kind = Instruction::Kind;

constexpr Register kRa = 1;
constexpr Register kSp = 2;
constexpr Register kT0 = 5;
constexpr Register kFloat = 32;  // f0

class Riscv {
  public:
    Riscv(uint32_t word, uint64_t address, uint8_t length) : word_(word), in_(address, length, 0) {}

    Instruction decoded() {
        const bool known = dispatch();
        if (!known) return undecoded(in_.address(), in_.out().length);
        in_.settle_stack(kSp);
        return std::move(in_.out());
    }

  private:
    [[nodiscard]] Register rd() const { return bits(word_, 11, 7); }
    [[nodiscard]] Register rs1() const { return bits(word_, 19, 15); }
    [[nodiscard]] Register rs2() const { return bits(word_, 24, 20); }
    [[nodiscard]] uint32_t f3() const { return bits(word_, 14, 12); }
    [[nodiscard]] uint32_t f7() const { return bits(word_, 31, 25); }
    [[nodiscard]] int64_t immediate() const { return sign_extended(bits(word_, 31, 20), 12); }
    [[nodiscard]] int64_t store_offset() const {
        return sign_extended(bits(word_, 31, 25) << 5 | bits(word_, 11, 7), 12);
    }

    bool dispatch() {
        switch (bits(word_, 6, 0)) {
            case 0x03:
                return load();
            case 0x07:
                return float_access(true);
            case 0x0f:
                return fence();
            case 0x13:
                return arithmetic_immediate();
            case 0x17:
                in_.becomes_immediate(rd(), static_cast<int64_t>(in_.address()) + upper());
                return true;
            case 0x1b:
                return arithmetic_immediate_32();
            case 0x23:
                return store();
            case 0x27:
                return float_access(false);
            case 0x2f:
                return atomic();
            case 0x33:
                return arithmetic();
            case 0x37:
                in_.becomes_immediate(rd(), upper());
                return true;
            case 0x3b:
                return arithmetic_32();
            case 0x43:
            case 0x47:
            case 0x4b:
            case 0x4f:
                float_fused();
                return true;
            case 0x53:
                float_operation();
                return true;
            case 0x63:
                return branch();
            case 0x67:
                return jump_register();
            case 0x6f:
                jump();
                return true;
            case 0x73:
                return system();
            default:
                return false;
        }
    }

    [[nodiscard]] int64_t upper() const { return sign_extended(word_ & 0xfffff000U, 32); }

    bool load() {
        if (f3() == 7) return false;
        const unsigned bytes = 1U << (f3() & 3);
        in_.accesses(rs1(), immediate(), bytes, true, false);
        in_.loads(rd(), bytes, f3() < 4);
        return true;
    }

    bool store() {
        if (f3() > 3) return false;
        const unsigned bytes = 1U << f3();
        in_.accesses(rs1(), store_offset(), bytes, false, true);
        in_.stores(rs2(), bytes);
        return true;
    }

    // Widths other than these are vector instructions.
    bool float_access(bool is_load) {
        if (f3() < 1 || f3() > 4) return false;
        const int64_t offset = is_load ? immediate() : store_offset();
        in_.accesses(rs1(), offset, 1U << f3(), is_load, !is_load);
        if (is_load) {
            in_.writes(kFloat + rd());
        } else {
            in_.reads(kFloat + rs2());
        }
        return true;
    }

    // f3 2: cache-block operations, of which cbo.zero writes.
    bool fence() {
        if (f3() == 2) in_.accesses(rs1(), 0, 0, false, immediate() == 4);
        return f3() <= 2;
    }

    bool arithmetic_immediate() {
        in_.computes(rd(), rs1());
        if (f3() == 0 && rd() == 0 && rs1() == 0) in_.out().kind = Kind::Nop;
        if (f3() == 0) in_.becomes_sum(rd(), rs1(), immediate(), 64, false);
        if (f3() == 1 && bits(word_, 31, 26) == 0) {
            in_.becomes_shifted(rd(), rs1(), bits(word_, 25, 20), 64, false);
        }
        if (f3() == 7 && immediate() == 0xff) in_.becomes_extended(rd(), rs1(), 8, false);
        return true;
    }

    bool arithmetic_immediate_32() {
        if (f3() != 0 && f3() != 1 && f3() != 5) return false;
        in_.computes(rd(), rs1());
        if (f3() == 0) in_.becomes_sum(rd(), rs1(), immediate(), 32, true);
        if (f3() == 1 && f7() == 0) in_.becomes_shifted(rd(), rs1(), rs2(), 32, true);
        return true;
    }

    bool arithmetic() {
        in_.computes(rd(), rs1(), rs2());
        if (f3() == 0 && f7() == 0) in_.becomes_combined(rd(), rs1(), rs2(), 0, 64, false);
        const bool shift_and_add = f7() == 0x10 && f3() != 0 && f3() % 2 == 0;
        if (shift_and_add) in_.becomes_combined(rd(), rs2(), rs1(), f3() / 2, 64, false);
        return true;
    }

    bool arithmetic_32() {
        in_.computes(rd(), rs1(), rs2());
        if (f3() == 0 && f7() == 0) in_.becomes_combined(rd(), rs1(), rs2(), 0, 32, true);
        return true;
    }

    bool atomic() {
        if (f3() > 3) return false;
        const uint32_t operation = bits(word_, 31, 27);
        const bool load_reserved = operation == 2;
        const bool compare_and_swap = operation == 5;
        in_.accesses(rs1(), 0, 1U << f3(), operation != 3, !load_reserved);
        in_.reads(rs2());
        if (compare_and_swap) in_.reads(rd());
        in_.writes(rd());
        in_.out().locked = true;
        return true;
    }

    void float_fused() {
        in_.computes(kFloat + rd(), kFloat + rs1(), kFloat + rs2());
        in_.reads(kFloat + bits(word_, 31, 27));
    }

    void float_operation() {
        const uint32_t operation = bits(word_, 31, 27);
        const bool to_integer = operation == 0x14 || operation == 0x18 || operation == 0x1c;
        const bool from_integer = operation == 0x1a || operation == 0x1e;
        const unsigned destination = to_integer ? rd() : kFloat + rd();
        const unsigned source = from_integer ? rs1() : kFloat + rs1();
        in_.computes(static_cast<Register>(destination), static_cast<Register>(source),
                     kFloat + rs2());
    }

    bool branch() {
        if (f3() == 2 || f3() == 3) return false;
        in_.reads(rs1());
        in_.reads(rs2());
        const uint32_t offset = bits(word_, 31, 31) << 12 | bits(word_, 7, 7) << 11 |
                                bits(word_, 30, 25) << 5 | bits(word_, 11, 8) << 1;
        in_.branches(Kind::Branch, sign_extended(offset, 13));
        return true;
    }

    void jump() {
        const uint32_t offset = bits(word_, 31, 31) << 20 | bits(word_, 19, 12) << 12 |
                                bits(word_, 20, 20) << 11 | bits(word_, 30, 21) << 1;
        in_.branches(rd() == 0 ? Kind::Jump : Kind::Call, sign_extended(offset, 21));
        in_.writes(rd());
    }

    // ra and t0 are the two that hold return addresses.
    bool jump_register() {
        if (f3() != 0) return false;
        if (rd() != 0) {
            in_.goes_through(Kind::Call, rs1());
        } else if ((rs1() == kRa || rs1() == kT0) && immediate() == 0) {
            in_.goes(Kind::Return);
            in_.reads(rs1());
        } else {
            in_.goes_through(Kind::Jump, rs1());
        }
        in_.writes(rd());
        in_.out().target_offset = immediate();
        return true;
    }

    bool system() {
        if (f3() == 4) return false;
        if (f3() != 0) {
            if (f3() < 4) in_.reads(rs1());
            in_.writes(rd());
            return true;
        }
        switch (bits(word_, 31, 20)) {
            case 0x000:  // ecall: what firmware leaves in the registers, it says in no instruction
                make_opaque(in_.out());
                return true;
            case 0x001:
                in_.out().kind = Kind::Trap;
                return true;
            case 0x102:  // sret
            case 0x302:  // mret
                in_.out().kind = Kind::Return;
                return true;
            default:  // wfi, fences of the address translation
                in_.reads(rs1());
                in_.reads(rs2());
                return true;
        }
    }

    uint32_t word_;
    WordInstruction in_;
};

// The word to decode and its length; nullopt when it is cut off or of no known length.
struct Fetched {
    uint32_t word = 0;
    uint8_t length = 0;
};

std::optional<Fetched> fetch(std::span<const uint8_t> code) {
    if (code.size() < 2) return std::nullopt;
    const auto half = load_word<uint16_t>(code, false);
    if ((half & 3) != 3) {
        const auto word = expand_compressed(half);
        if (!word) return std::nullopt;
        return Fetched{*word, 2};
    }
    const bool longer = (half & 0x1c) == 0x1c;
    if (longer || code.size() < 4) return std::nullopt;
    return Fetched{load_word<uint32_t>(code, false), 4};
}

// 16 zero bits, which are defined to be no instruction: a trap.
Instruction unimplemented(uint64_t address) {
    Instruction trap;
    trap.address = address;
    trap.length = 2;
    trap.kind = Kind::Trap;
    return trap;
}

class RiscvBackend : public Backend {
  public:
    [[nodiscard]] Instruction decode(std::span<const uint8_t> code,
                                     uint64_t address) const override {
        if (code.size() >= 2 && code[0] == 0 && code[1] == 0) return unimplemented(address);
        const auto fetched = fetch(code);
        if (fetched) return Riscv(fetched->word, address, fetched->length).decoded();
        return undecoded(address, code.size() < 2 ? 1 : 2);
    }
    [[nodiscard]] std::string text(std::span<const uint8_t> code, uint64_t address) const override {
        const auto fetched = fetch(code);
        return fetched ? riscv_text(fetched->word, decode(code, address)) : "";
    }
};

}  // namespace

std::unique_ptr<Backend> riscv_backend() {
    return std::make_unique<RiscvBackend>();
}

}  // namespace knowhy::symbols
