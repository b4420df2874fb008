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
constexpr Case kWords[] = {
    {"80000537", "other; ; a0; ; a0 = value -2147483648; "},  // lui a0,0x80000
    {"00001517", "other; ; a0; ; a0 = value 8192; "},  // auipc a0,0x1
    {"010000ef", "call 0x1010; ; ra; ; ; "},  // jal ra,0x1010
    {"ffdff06f", "jump 0xffc; ; ; ; ; "},  // j 0xffc
    {"008300e7", "call indirect; t1; ra; ; ; "},  // jalr ra,8(t1)
    {"00078067", "jump indirect; a5; ; ; ; "},  // jalr zero,0(a5)
    {"00008067", "return; ra; ; ; ; "},  // ret
    {"00b50463", "branch 0x1008; a0 a1; ; ; ; "},  // beq a0,a1,0x1008
    {"fff58503", "other; a1; a0; r1[a1-1]; a0 = load.8s; "},  // lb a0,-1(a1)
    {"0025d503", "other; a1; a0; r2[a1+2]; a0 = load.16; "},  // lhu a0,2(a1)
    {"00412503", "other; sp; a0; r4[sp+4]; a0 = load.32s; "},  // lw a0,4(sp)
    {"00416503", "other; sp; a0; r4[sp+4]; a0 = load.32; "},  // lwu a0,4(sp)
    {"00013403", "other; sp; s0; r8[sp]; s0 = load; "},  // ld s0,0(sp)
    {"00113423", "other; ra sp; ; w8[sp+8]; store ra; "},  // sd ra,8(sp)
    {"00052023", "other; a0; ; w4[a0]; store.32; "},  // sw zero,0(a0)
    {"fe010113", "other; sp; sp; ; sp = add sp -32; -32"},  // addi sp,sp,-32
    {"00500513", "other; ; a0; ; a0 = value 5; "},  // li a0,5
    {"00058513", "other; a1; a0; ; a0 = copy a1; "},  // mv a0,a1
    {"00000013", "nop; ; ; ; ; "},  // nop
    {"0ff57513", "other; a0; a0; ; a0 = extend a0.8; "},  // andi a0,a0,255
    {"00351513", "other; a0; a0; ; a0 = shift a0 3; "},  // slli a0,a0,3
    {"40155513", "other; a0; a0; ; ; "},  // srai a0,a0,1
    {"fff5c513", "other; a1; a0; ; ; "},  // xori a0,a1,-1
    {"0015851b", "other; a1; a0; ; a0 = add a1 1.32s; "},  // addiw a0,a1,1
    {"0005851b", "other; a1; a0; ; a0 = copy a1.32s; "},  // sext.w a0,a1
    {"0025151b", "other; a0; a0; ; a0 = shift a0 2.32s; "},  // slliw a0,a0,2
    {"00c58533", "other; a1 a2; a0; ; a0 = combine a1 a2; "},  // add a0,a1,a2
    {"00c00533", "other; a2; a0; ; a0 = copy a2; "},  // add a0,zero,a2
    {"40c58533", "other; a1 a2; a0; ; ; "},  // sub a0,a1,a2
    {"00c5853b", "other; a1 a2; a0; ; a0 = combine a1 a2.32s; "},  // addw a0,a1,a2
    {"02c58533", "other; a1 a2; a0; ; ; "},  // mul a0,a1,a2
    {"02c5d533", "other; a1 a2; a0; ; ; "},  // divu a0,a1,a2
    {"00b03533", "other; a1; a0; ; ; "},  // sltu a0,zero,a1
    {"1005a52f", "other locked; a1; a0; r4[a1]; ; "},  // lr.w a0,(a1)
    {"18c5b52f", "other locked; a1 a2; a0; w8[a1]; ; "},  // sc.d a0,a2,(a1)
    {"00c5b52f", "other locked; a1 a2; a0; rw8[a1]; ; "},  // amoadd.d a0,a2,(a1)
    {"0ff0000f", "other; ; ; ; ; "},  // fence
    {"00000073", "other; all; all; ; ; ?"},  // ecall
    {"00100073", "trap; ; ; ; ; "},  // ebreak
    {"10200073", "return; ; ; ; ; "},  // sret
    {"10002573", "other; ; a0; ; ; "},  // csrrs a0,0x100,zero
    {"14059573", "other; a1; a0; ; ; "},  // csrrw a0,0x140,a1
    {"10017573", "other; ; a0; ; ; "},  // csrrci a0,0x100,2
    {"00053507", "other; a0; fa0; r8[a0]; ; "},
    {"00a53427", "other; a0 fa0; ; w8[a0+8]; ; "},
    {"02c5f553", "other; fa1 fa2; fa0; ; ; "},
    {"e2050553", "other; ft0 fa0; a0; ; ; "},
    {"f2050553", "other; a0 ft0; fa0; ; ; "},
    {"a2b52553", "other; fa0 fa1; a0; ; ; "},
    {"6ac5f543", "other; fa1 fa2 fa3; fa0; ; ; "},
    {"12050073", "other; a0; ; ; ; "},  // sfence.vma a0,zero
};

constexpr Case kHalves[] = {
    {"0808", "other; sp; a0; ; a0 = add sp 16; "},  // addi a0,sp,16
    {"41c8", "other; a1; a0; r4[a1+4]; a0 = load.32s; "},  // lw a0,4(a1)
    {"6588", "other; a1; a0; r8[a1+8]; a0 = load; "},  // ld a0,8(a1)
    {"2588", "other; a1; fa0; r8[a1+8]; ; "},
    {"c1c8", "other; a0 a1; ; w4[a1+4]; store a0.32; "},  // sw a0,4(a1)
    {"fde8", "other; a0 a1; ; w8[a1+248]; store a0; "},  // sd a0,248(a1)
    {"0001", "nop; ; ; ; ; "},  // nop
    {"157d", "other; a0; a0; ; a0 = add a0 -1; "},  // addi a0,a0,-1
    {"250d", "other; a0; a0; ; a0 = add a0 3.32s; "},  // addiw a0,a0,3
    {"5565", "other; ; a0; ; a0 = value -7; "},  // li a0,-7
    {"7141", "other; sp; sp; ; sp = add sp -496; -496"},  // addi sp,sp,-496
    {"7505", "other; ; a0; ; a0 = value -126976; "},  // lui a0,0xfffe1
    {"9105", "other; a0; a0; ; ; "},  // srli a0,a0,33
    {"850d", "other; a0; a0; ; ; "},  // srai a0,a0,3
    {"9979", "other; a0; a0; ; ; "},  // andi a0,a0,-2
    {"8d0d", "other; a0 a1; a0; ; ; "},  // sub a0,a0,a1
    {"8d2d", "other; a0 a1; a0; ; ; "},  // xor a0,a0,a1
    {"8d4d", "other; a0 a1; a0; ; ; "},  // or a0,a0,a1
    {"8d6d", "other; a0 a1; a0; ; ; "},  // and a0,a0,a1
    {"9d0d", "other; a0 a1; a0; ; ; "},  // subw a0,a0,a1
    {"9d2d", "other; a0 a1; a0; ; a0 = combine a0 a1.32s; "},  // addw a0,a0,a1
    {"affd", "jump 0x17fe; ; ; ; ; "},  // j 0x17fe
    {"d101", "branch 0xf00; a0; ; ; ; "},  // beq a0,zero,0xf00
    {"ed7d", "branch 0x10fe; a0; ; ; ; "},  // bne a0,zero,0x10fe
    {"157e", "other; a0; a0; ; a0 = shift a0 63; "},  // slli a0,a0,63
    {"557e", "other; sp; a0; r4[sp+252]; a0 = load.32s; "},  // lw a0,252(sp)
    {"70fe", "other; sp; ra; r8[sp+504]; ra = load; "},  // ld ra,504(sp)
    {"357e", "other; sp; fa0; r8[sp+504]; ; "},
    {"8502", "jump indirect; a0; ; ; ; "},  // jalr zero,0(a0)
    {"8082", "return; ra; ; ; ; "},  // ret
    {"8526", "other; s1; a0; ; a0 = copy s1; "},  // add a0,zero,s1
    {"9002", "trap; ; ; ; ; "},  // ebreak
    {"9782", "call indirect; a5; ra; ; ; "},  // jalr ra,0(a5)
    {"9532", "other; a0 a2; a0; ; a0 = combine a0 a2; "},  // add a0,a0,a2
    {"dfaa", "other; sp a0; ; w4[sp+252]; store a0.32; "},  // sw a0,252(sp)
    {"ff86", "other; ra sp; ; w8[sp+504]; store ra; "},  // sd ra,504(sp)
    {"a42a", "other; sp fa0; ; w8[sp+8]; ; "},
    {"0000", "trap; ; ; ; ; "},
    {"8002", "undecoded; all; all; ; ; ?"},
    {"9c61", "undecoded; all; all; ; ; ?"},
};
// clang-format on

const Decoder& decoder() {
    static const Decoder opened = Decoder::open({Arch::Riscv64, false, 0}).value();
    return opened;
}

Instruction decoded(const char* digits, size_t length) {
    std::vector<uint8_t> bytes =
        testing::from_word(static_cast<uint32_t>(std::stoul(digits, nullptr, 16)));
    bytes.resize(length);
    return decoder().decode(bytes, 0x1000);
}

TEST(Riscv, InstructionsDoWhatTheManualSays) {
    for (const Case& c : kWords) {
        const Instruction found = decoded(c.word, 4);
        EXPECT_EQ(testing::line(Arch::Riscv64, found), c.meaning) << c.word;
        EXPECT_EQ(found.length, 4U);
    }
}

TEST(Riscv, CompressedOnesDoWhatTheyStandFor) {
    for (const Case& c : kHalves) {
        const Instruction found = decoded(c.word, 2);
        EXPECT_EQ(testing::line(Arch::Riscv64, found), c.meaning) << c.word;
        EXPECT_EQ(found.length, 2U);
    }
}

TEST(Riscv, LongerOnesAndOnesCutOffAreOpaque) {
    const std::vector<uint8_t> cut = {0x13, 0x05};
    EXPECT_EQ(decoder().decode(cut, 0).kind, Instruction::Kind::Undecoded);
    EXPECT_EQ(decoder().decode(cut, 0).length, 2U);
    const std::vector<uint8_t> one = {0x13};
    EXPECT_EQ(decoder().decode(one, 0).length, 1U);
    EXPECT_EQ(decoded("ffffffff", 4).kind, Instruction::Kind::Undecoded);
}

TEST(Riscv, TextIsTheAssemblers) {
    const auto text = [](uint32_t word) {
        return decoder().text(testing::from_word(word), 0x1000, nullptr);
    };
    EXPECT_EQ(text(0x00813403), "ld s0,8(sp)");
    EXPECT_EQ(text(0x00b50463), "beq a0,a1,0x1008");
    EXPECT_EQ(text(0x02c5d533), "divu a0,a1,a2");
    EXPECT_EQ(text(0x00008067), "ret");
    EXPECT_EQ(text(0xfff5c513), "xori a0,a1,-1");
}

}  // namespace
}  // namespace knowhy::symbols
