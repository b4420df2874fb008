#include "bpf/insn/insn.h"

#include <bit>

namespace knowhy::bpf {
namespace {

template <typename Field>
constexpr uint8_t bits_of(Field field) {
    return static_cast<uint8_t>(field);
}

uint8_t alu_class(Bits bits) {
    return bits == Bits::Bits32 ? BPF_ALU : BPF_ALU64;
}
uint8_t jump_class(Bits bits) {
    return bits == Bits::Bits32 ? BPF_JMP32 : BPF_JMP;
}

uint8_t code_of(unsigned parts) {
    return static_cast<uint8_t>(parts);
}

}  // namespace

Insn alu(Alu op, Bits bits, Register dst, Register src) {
    return {code_of(alu_class(bits) | BPF_X | bits_of(op)), dst.number, src.number, 0, 0};
}

Insn alu(Alu op, Bits bits, Register dst, int32_t imm) {
    return {code_of(alu_class(bits) | BPF_K | bits_of(op)), dst.number, 0, 0, imm};
}

Insn negate(Bits bits, Register dst) {
    return {code_of(alu_class(bits) | BPF_NEG), dst.number, 0, 0, 0};
}

Insn from_big_endian(Register dst, int32_t bits) {
    return {code_of(BPF_ALU | BPF_END | BPF_TO_BE), dst.number, 0, 0, bits};
}

Insn swap_bytes(Register dst, int32_t bits) {
    const unsigned direction = std::endian::native == std::endian::little ? BPF_TO_BE : BPF_TO_LE;
    return {code_of(BPF_ALU | BPF_END | direction), dst.number, 0, 0, bits};
}

Insn jump(int16_t off) {
    return {code_of(BPF_JMP | BPF_JA), 0, 0, off, 0};
}

Insn jump_if(Cond cond, Bits bits, Register dst, Register src, int16_t off) {
    return {code_of(jump_class(bits) | BPF_X | bits_of(cond)), dst.number, src.number, off, 0};
}

Insn jump_if(Cond cond, Bits bits, Register dst, int32_t imm, int16_t off) {
    return {code_of(jump_class(bits) | BPF_K | bits_of(cond)), dst.number, 0, off, imm};
}

bool is_jump(const Insn& insn) {
    const unsigned cls = BPF_CLASS(insn.code);
    const unsigned op = BPF_OP(insn.code);
    return (cls == BPF_JMP || cls == BPF_JMP32) && op != BPF_CALL && op != BPF_EXIT;
}

Insn load(Size size, Register dst, Register base, int16_t off) {
    return {code_of(BPF_LDX | BPF_MEM | bits_of(size)), dst.number, base.number, off, 0};
}

Insn store(Size size, Register base, int16_t off, Register src) {
    return {code_of(BPF_STX | BPF_MEM | bits_of(size)), base.number, src.number, off, 0};
}

Insn store(Size size, Register base, int16_t off, int32_t imm) {
    return {code_of(BPF_ST | BPF_MEM | bits_of(size)), base.number, 0, off, imm};
}

Insn atomic_add(Size size, Register base, int16_t off, Register src) {
    return {code_of(BPF_STX | BPF_ATOMIC | bits_of(size)), base.number, src.number, off, BPF_ADD};
}

Insn call_helper(int32_t helper) {
    return {code_of(BPF_JMP | BPF_CALL), 0, 0, 0, helper};
}

Insn call_subprogram(int32_t distance) {
    return {code_of(BPF_JMP | BPF_CALL), 0, BPF_PSEUDO_CALL, 0, distance};
}

Insn exit_program() {
    return {code_of(BPF_JMP | BPF_EXIT), 0, 0, 0, 0};
}

std::array<Insn, 2> wide(Register dst, uint64_t value, uint8_t pseudo) {
    const auto low = static_cast<int32_t>(value & UINT32_MAX);
    const auto high = static_cast<int32_t>(value >> 32U);
    return {Insn{code_of(BPF_LD | BPF_IMM | BPF_DW), dst.number, pseudo, 0, low},
            Insn{0, 0, 0, 0, high}};
}

bool is_wide(const Insn& first_slot) {
    return first_slot.code == (BPF_LD | BPF_IMM | BPF_DW);
}

::bpf_insn encode(const Insn& insn) {
    ::bpf_insn raw{};
    raw.code = insn.code;
    raw.dst_reg = insn.dst & 0xfU;
    raw.src_reg = insn.src & 0xfU;
    raw.off = insn.off;
    raw.imm = insn.imm;
    return raw;
}

Insn decode(const ::bpf_insn& insn) {
    return {insn.code, static_cast<uint8_t>(insn.dst_reg), static_cast<uint8_t>(insn.src_reg),
            insn.off, insn.imm};
}

std::vector<::bpf_insn> encode(std::span<const Insn> program) {
    std::vector<::bpf_insn> raw;
    raw.reserve(program.size());
    for (const Insn& insn : program) raw.push_back(encode(insn));
    return raw;
}

}  // namespace knowhy::bpf
