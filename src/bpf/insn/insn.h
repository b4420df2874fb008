// eBPF instructions as values.
//
// One Insn is one 8-byte slot, as the kernel counts them: jump offsets and program lengths need no
// translation. A 64-bit constant takes two slots (wide()). Field meanings and opcodes are those of
// linux/bpf.h and the kernel's Documentation/bpf/instruction-set.rst.
//
// The printed form (print.h) is the one of LLVM and the kernel's verifier log, and parses back.
#pragma once

#include <linux/bpf.h>

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace knowhy::bpf {

// r0 to r10; r10 is the read-only frame pointer.
struct Register {
    uint8_t number = 0;
    bool operator==(const Register&) const = default;
};

inline constexpr Register r0{0};
inline constexpr Register r1{1};
inline constexpr Register r2{2};
inline constexpr Register r3{3};
inline constexpr Register r4{4};
inline constexpr Register r5{5};
inline constexpr Register r6{6};
inline constexpr Register r7{7};
inline constexpr Register r8{8};
inline constexpr Register r9{9};
inline constexpr Register r10{10};

struct Insn {
    uint8_t code = 0;
    uint8_t dst = 0;  // 4 bits in the encoding
    uint8_t src = 0;  // 4 bits
    int16_t off = 0;
    int32_t imm = 0;

    bool operator==(const Insn&) const = default;
};

// The operand widths. Bits32 operations work on the low half and zero the high one.
enum class Bits { Bits32, Bits64 };

enum class Alu : uint8_t {
    Add = BPF_ADD,
    Sub = BPF_SUB,
    Mul = BPF_MUL,
    Div = BPF_DIV,
    Or = BPF_OR,
    And = BPF_AND,
    Lsh = BPF_LSH,
    Rsh = BPF_RSH,
    Mod = BPF_MOD,
    Xor = BPF_XOR,
    Mov = BPF_MOV,
    Arsh = BPF_ARSH,
};

enum class Cond : uint8_t {
    Eq = BPF_JEQ,
    Ne = BPF_JNE,
    Gt = BPF_JGT,
    Ge = BPF_JGE,
    Lt = BPF_JLT,
    Le = BPF_JLE,
    Set = BPF_JSET,  // any bit of the mask is set
    SGt = BPF_JSGT,
    SGe = BPF_JSGE,
    SLt = BPF_JSLT,
    SLe = BPF_JSLE,
};

enum class Size : uint8_t { U8 = BPF_B, U16 = BPF_H, U32 = BPF_W, U64 = BPF_DW };

// An immediate is sign-extended to 64 bits by Bits64 operations.
Insn alu(Alu op, Bits bits, Register dst, Register src);
Insn alu(Alu op, Bits bits, Register dst, int32_t imm);
Insn negate(Bits bits, Register dst);
// The low 16, 32 or 64 bits of dst, from big endian to the machine's order; zero-extended.
Insn from_big_endian(Register dst, int32_t bits);
// The same on every machine: their bytes in reverse order.
Insn swap_bytes(Register dst, int32_t bits);

// Jumps: off counts slots from the next instruction.
Insn jump(int16_t off);
Insn jump_if(Cond cond, Bits bits, Register dst, Register src, int16_t off);
Insn jump_if(Cond cond, Bits bits, Register dst, int32_t imm, int16_t off);
bool is_jump(const Insn& insn);  // its off is a jump's distance: not so for call and exit

Insn load(Size size, Register dst, Register base, int16_t off);
Insn store(Size size, Register base, int16_t off, Register src);
Insn store(Size size, Register base, int16_t off, int32_t imm);

// *(size *)(base + off) += src, U32 or U64, at once for all CPUs.
Insn atomic_add(Size size, Register base, int16_t off, Register src);

Insn call_helper(int32_t helper);        // one of BPF_FUNC_*
Insn call_subprogram(int32_t distance);  // slots from the next instruction
Insn exit_program();

// r = value, in two slots. pseudo says what value is: 0 a number, BPF_PSEUDO_MAP_FD, ...
std::array<Insn, 2> wide(Register dst, uint64_t value, uint8_t pseudo = 0);
bool is_wide(const Insn& first_slot);

// To and from the kernel's form.
::bpf_insn encode(const Insn& insn);
Insn decode(const ::bpf_insn& insn);
std::vector<::bpf_insn> encode(std::span<const Insn> program);

}  // namespace knowhy::bpf
