// What stands in the tables is what the manuals say that the instructions do: kind; registers
// read; written; memory; transfer; change of the stack pointer (testing.h).
#include "symbols/disasm/disasm.h"

#include <gtest/gtest.h>

#include "symbols/disasm/testing.h"

namespace knowhy::symbols {
namespace {

struct Case {
    const char* word;
    const char* meaning;
};

// clang-format off
constexpr Case kCases[] = {
    {"aa0203e1", "other; x2; x1; ; x1 = copy x2; "},  // mov x1, x2
    {"2a0203e1", "other; x2; x1; ; x1 = copy x2.32; "},  // mov w1, w2
    {"910003e1", "other; sp; x1; ; x1 = copy sp; "},  // mov x1, sp
    {"d28000a1", "other; ; x1; ; x1 = value 5; "},  // movz x1, #0x5
    {"12800001", "other; ; x1; ; x1 = value 4294967295; "},  // movn w1, #0
    {"f2a00021", "other; x1; x1; ; ; "},  // movk x1, #0x1, lsl #16
    {"eb02003f", "other; x1 x2; flags; ; ; "},  // cmp x1, x2
    {"7100103f", "other; x1; flags; ; ; "},  // cmp w1, #4
    {"b100103f", "other; x1; flags; ; ; "},  // cmn x1, #4
    {"f2401c3f", "other; x1; flags; ; ; "},  // tst x1, #0xff
    {"12001c20", "other; x1; x0; ; x0 = extend x1.8; "},  // and w0, w1, #0xff
    {"91002020", "other; x1; x0; ; x0 = add x1 8; "},  // add x0, x1, #8
    {"d10083ff", "other; sp; sp; ; sp = add sp -32; -32"},  // sub sp, sp, #0x20
    {"8b020c20", "other; x1 x2; x0; ; x0 = combine x1 x2<<3; "},  // add x0, x1, x2, lsl #3
    {"8b2243e0", "other; x2 sp; x0; ; ; "},  // add x0, sp, w2, uxtw
    {"eb020020", "other; x1 x2; x0 flags; ; ; "},  // subs x0, x1, x2
    {"d37cec20", "other; x1; x0; ; x0 = shift x1 4; "},  // lsl x0, x1, #4
    {"53047c20", "other; x1; x0; ; ; "},  // lsr w0, w1, #4
    {"53001c20", "other; x1; x0; ; x0 = extend x1.8; "},  // uxtb w0, w1
    {"93407c20", "other; x1; x0; ; x0 = extend x1.32s; "},  // sxtw x0, w1
    {"b37d0c20", "other; x0 x1; x0; ; ; "},  // bfi x0, x1, #3, #4
    {"90000000", "other; ; x0; ; x0 = value 4096; "},  // adrp x0, #0x1000
    {"10000080", "other; ; x0; ; x0 = value 4112; "},  // adr x0, #0x1010
    {"9a820020", "other; x1 x2 flags; x0; ; ; "},  // csel x0, x1, x2, eq
    {"1a9f07e0", "other; flags; x0; ; ; "},  // cset w0, ne
    {"fa440800", "other; x0 flags; flags; ; ; "},  // ccmp x0, #4, #0, eq
    {"9b020c20", "other; x1 x2 x3; x0; ; ; "},  // madd x0, x1, x2, x3
    {"9b027c20", "other; x1 x2; x0; ; ; "},  // mul x0, x1, x2
    {"9ac20820", "other; x1 x2; x0; ; ; "},  // udiv x0, x1, x2
    {"dac00c20", "other; x1; x0; ; ; "},  // rev x0, x1
    {"f9400820", "other; x1; x0; r8[x1+16]; x0 = load; "},  // ldr x0, [x1, #0x10]
    {"b8627820", "other; x1 x2; x0; r4[x1+x2*4]; x0 = load.32; "},  // ldr w0, [x1, x2, lsl #2]
    {"f862d820", "other; x1 x2; x0; r8[x1+x2*8(sxtw)]; x0 = load; "},  // ldr x0, [x1, w2, sxtw #3]
    {"39400020", "other; x1; x0; r1[x1]; x0 = load.8; "},  // ldrb w0, [x1]
    {"79c00420", "other; x1; x0; r2[x1+2]; x0 = load.16s->32; "},  // ldrsh w0, [x1, #2]
    {"b9800420", "other; x1; x0; r4[x1+4]; x0 = load.32s; "},  // ldrsw x0, [x1, #4]
    {"f85f8020", "other; x1; x0; r8[x1-8]; x0 = load; "},  // ldur x0, [x1, #-8]
    {"f8408420", "other; x1; x0 x1; r8[x1]; x0 = load; "},  // ldr x0, [x1], #8
    {"f81f8c20", "other; x0 x1; x1; w8[x1-8]; store x0; "},  // str x0, [x1, #-8]!
    {"b900041f", "other; x0; ; w4[x0+4]; store.32; "},  // str wzr, [x0, #4]
    {"39000001", "other; x0 x1; ; w1[x0]; store x1.8; "},  // strb w1, [x0]
    {"a9be7bfd", "other; x29 x30 sp; sp; w8[sp-32] w8[sp-24]; ; -32"},  // stp x29, x30, [sp, #-0x20]!
    {"a8c27bfd", "other; sp; x29 x30 sp; r8[sp] r8[sp+8]; ; +32"},  // ldp x29, x30, [sp], #0x20
    {"29410440", "other; x2; x0 x1; r4[x2+8] r4[x2+12]; ; "},  // ldp w0, w1, [x2, #8]
    {"58000100", "other; ; x0; r8[pc+4128]; x0 = load; "},  // ldr x0, #0x1020
    {"f9800000", "other; x0; ; -8[x0]; ; "},  // prfm pldl1keep, [x0]
    {"885f7c20", "other locked; x1; x0; r4[x1]; ; "},  // ldxr w0, [x1]
    {"88027c20", "other locked; x0 x1; x2; w4[x1]; ; "},  // stxr w2, w0, [x1]
    {"c802fc20", "other locked; x0 x1; x2; w8[x1]; ; "},  // stlxr w2, x0, [x1]
    {"c8dffc20", "other; x1; x0; r8[x1]; x0 = load; "},  // ldar x0, [x1]
    {"c89ffc20", "other; x0 x1; ; w8[x1]; store x0; "},  // stlr x0, [x1]
    {"f8200041", "other locked; x0 x2; x1; rw8[x2]; ; "},
    {"f820005f", "other locked; x0 x2; ; rw8[x2]; ; "},
    {"c8a07c41", "other locked; x0 x1 x2; x0; rw8[x2]; ; "},
    {"48207c82", "other locked; x0 x1 x2 x3 x4; x0 x1; rw16[x4]; ; "},
    {"b8e08041", "other locked; x0 x2; x1; rw4[x2]; ; "},
    {"f8bfc020", "other; x1; x0; r8[x1]; x0 = load; "},
    {"14000002", "jump 0x1008; ; ; ; ; "},  // b #0x1008
    {"94000004", "call 0x1010; ; x30; ; ; "},  // bl #0x1010
    {"54000040", "branch 0x1008; flags; ; ; ; "},  // b.eq #0x1008
    {"b4000040", "branch 0x1008; x0; ; ; ; "},  // cbz x0, #0x1008
    {"37180040", "branch 0x1008; x0; ; ; ; "},  // tbnz w0, #3, #0x1008
    {"d61f0200", "jump indirect; x16; ; ; ; "},  // br x16
    {"d63f0100", "call indirect; x8; x30; ; ; "},  // blr x8
    {"d65f03c0", "return; x30; ; ; ; "},  // ret
    {"d65f0bff", "return; x30 sp; ; ; ; "},
    {"d69f03e0", "return; ; ; ; ; "},  // eret
    {"d4210000", "trap; ; ; ; ; "},  // brk #0x800
    {"d4000001", "other; all; all; ; ; ?"},  // svc #0
    {"d503201f", "nop; ; ; ; ; "},  // nop
    {"d503233f", "other; x30 sp; x30; ; ; "},  // hint #0x19
    {"d50323bf", "other; x30 sp; x30; ; ; "},  // hint #0x1d
    {"d503245f", "nop; ; ; ; ; "},  // hint #0x22
    {"d5384100", "other; flags; x0; ; ; "},  // mrs x0, sp_el0
    {"d5184100", "other; x0; flags; ; ; "},  // msr sp_el0, x0
    {"d50b7420", "other; x0; ; w0[x0]; ; "},  // dc zva, x0
    {"d5033bbf", "other; ; ; ; ; "},  // dmb ish
    {"d5033fdf", "other; ; ; ; ; "},  // isb
    {"3dc00020", "other; x1; v0; r16[x1]; ; "},  // ldr q0, [x1]
    {"d9200820", "other; x0 x1; ; w0[x1]; ; "},  // stg x0, [x1]
    {"d9600000", "other; x0; x0; r0[x0]; ; "},  // ldg x0, [x0]
    {"0d40c820", "undecoded; all; all; ; ; ?"},  // ld1r {v0.4h}, [x1]
    {"9adf1020", "other; x1; x0; ; ; "},
    {"00000000", "trap; ; ; ; ; "},
};
// clang-format on

const Decoder& decoder() {
    static const Decoder opened = Decoder::open({Arch::Arm64, false, 0}).value();
    return opened;
}

Instruction decoded(uint32_t word) {
    return decoder().decode(testing::from_word(word), 0x1000);
}

TEST(Arm64, InstructionsDoWhatTheManualSays) {
    for (const Case& c : kCases) {
        const auto word = static_cast<uint32_t>(std::stoul(c.word, nullptr, 16));
        EXPECT_EQ(testing::line(Arch::Arm64, decoded(word)), c.meaning) << c.word;
    }
}

// fmov x0, d0: which vector registers it touches is not told apart.
TEST(Arm64, VectorInstructionsAreOpaqueToVectorsAndSpareTheOtherRegisters) {
    const Instruction found = decoded(0x9e660000);
    EXPECT_TRUE(found.writes.test(0));
    EXPECT_TRUE(found.writes.test(64));
    EXPECT_FALSE(found.writes.test(1));
    EXPECT_FALSE(found.may_write_memory());
}

TEST(Arm64, WhatIsCutOffIsOpaque) {
    const std::vector<uint8_t> cut = {0x1f, 0x20, 0x03};
    const Instruction found = decoder().decode(cut, 0x1000);
    EXPECT_EQ(found.kind, Instruction::Kind::Undecoded);
    EXPECT_EQ(found.length, 3U);
    EXPECT_TRUE(found.writes.all());
}

}  // namespace
}  // namespace knowhy::symbols
