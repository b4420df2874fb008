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
constexpr Case kMips64[] = {
    {"3c048000", "other; ; a0; ; a0 = value -2147483648; "},  // lui $a0, 0x8000
    {"27bdffe0", "other; sp; sp; ; sp = add sp -32.32s; -32"},  // addiu $sp, $sp, -0x20
    {"67bdffd0", "other; sp; sp; ; sp = add sp -48; -48"},  // daddiu $sp, $sp, -0x30
    {"24020005", "other; ; v0; ; v0 = value 5; "},  // addiu $v0, $zero, 5
    {"34028000", "other; ; v0; ; v0 = value 32768; "},  // ori $v0, $zero, 0x8000
    {"34420001", "other; v0; v0; ; ; "},  // ori $v0, $v0, 1
    {"02002025", "other; s0; a0; ; a0 = copy s0; "},  // move $a0, $s0
    {"02002021", "other; s0; a0; ; a0 = copy s0.32s; "},  // move $a0, $s0
    {"0211202d", "other; s0 s1; a0; ; a0 = combine s0 s1; "},  // daddu $a0, $s0, $s1
    {"02112021", "other; s0 s1; a0; ; a0 = combine s0 s1.32s; "},  // addu $a0, $s0, $s1
    {"02112023", "other; s0 s1; a0; ; ; "},  // subu $a0, $s0, $s1
    {"00052080", "other; a1; a0; ; a0 = shift a1 2.32s; "},  // sll $a0, $a1, 2
    {"00052000", "other; a1; a0; ; a0 = copy a1.32s; "},  // sll $a0, $a1, 0
    {"000520f8", "other; a1; a0; ; a0 = shift a1 3; "},  // dsll $a0, $a1, 3
    {"0005203c", "other; a1; a0; ; a0 = shift a1 32; "},  // dsll32 $a0, $a1, 0
    {"00052082", "other; a1; a0; ; ; "},  // srl $a0, $a1, 2
    {"00000000", "nop; ; ; ; ; "},  // nop
    {"30a400ff", "other; a1; a0; ; a0 = extend a1.8; "},  // andi $a0, $a1, 0xff
    {"30a4ffff", "other; a1; a0; ; a0 = extend a1.16; "},  // andi $a0, $a1, 0xffff
    {"3004ffff", "other; ; a0; ; a0 = value; "},  // andi $a0, $zero, 0xffff
    {"30a40007", "other; a1; a0; ; ; "},  // andi $a0, $a1, 7
    {"92230018", "other; s1; v1; r1[s1+24]; v1 = load.8; "},  // lbu $v1, 0x18($s1)
    {"8fa20004", "other; sp; v0; r4[sp+4]; v0 = load.32s; "},  // lw $v0, 4($sp)
    {"9fa20004", "other; sp; v0; r4[sp+4]; v0 = load.32; "},  // lwu $v0, 4($sp)
    {"dfbf0028", "other; sp; ra; r8[sp+40]; ra = load; "},  // ld $ra, 0x28($sp)
    {"ffbf0028", "other; sp ra; ; w8[sp+40]; store ra; "},  // sd $ra, 0x28($sp)
    {"ac800000", "other; a0; ; w4[a0]; store.32; "},  // sw $zero, ($a0)
    {"a0850001", "other; a0 a1; ; w1[a0+1]; store a1.8; "},  // sb $a1, 1($a0)
    {"88820000", "other; v0 a0; v0; r0[a0]; ; "},  // lwl $v0, ($a0)
    {"b8820003", "other; v0 a0; ; w0[a0+3]; ; "},  // swr $v0, 3($a0)
    {"c0820000", "other locked; a0; v0; r4[a0]; ; "},  // ll $v0, ($a0)
    {"e0820000", "other locked; v0 a0; v0; w4[a0]; ; "},  // sc $v0, ($a0)
    {"10850002", "branch delayed 0x100c; a0 a1; ; ; ; "},  // beq $a0, $a1, 0x100c
    {"10000003", "jump delayed 0x1010; ; ; ; ; "},  // b 0x1010
    {"54400001", "branch delayed likely 0x1008; v0; ; ; ; "},  // bnel $v0, $zero, 0x1008
    {"04400001", "branch delayed 0x1008; v0; ; ; ; "},  // bltz $v0, 0x1008
    {"04110003", "call delayed 0x1010; ; ra; ; ; "},  // bal 0x1010
    {"08040010", "jump delayed 0x100040; ; ; ; ; "},  // j 0x100040
    {"0c040010", "call delayed 0x100040; ; ra; ; ; "},  // jal 0x100040
    {"03e00008", "return delayed; ra; ; ; ; "},  // jr $ra
    {"03200008", "jump indirect delayed; t9; ; ; ; "},  // jr $t9
    {"0320f809", "call indirect delayed; t9; ra; ; ; "},  // jalr $t9
    {"0085100a", "other; v0 a0 a1; v0; ; ; "},  // movz $v0, $a0, $a1
    {"00850018", "other; a0 a1 hi lo; hi lo; ; ; "},  // mult $a0, $a1
    {"00001010", "other; hi; v0; ; v0 = copy hi; "},  // mfhi $v0
    {"00400013", "other; v0; lo; ; ; "},  // mtlo $v0
    {"0085001d", "other; a0 a1 hi lo; hi lo; ; ; "},  // dmultu $a0, $a1
    {"70851002", "other; a0 a1; v0 hi lo; ; ; "},  // mul $v0, $a0, $a1
    {"008001f4", "other; a0; ; ; ; "},  // teq $a0, $zero, 7
    {"0000000d", "trap; ; ; ; ; "},  // break
    {"0000000c", "other; all; all; ; ; ?"},  // syscall
    {"0000000f", "other; ; ; ; ; "},  // sync
    {"40026000", "other; ; v0; ; ; "},  // mfc0 $v0, $t4, 0
    {"40826000", "other; v0; ; ; ; "},  // mtc0 $v0, $t4, 0
    {"42000018", "return; ; ; ; ; "},  // eret
    {"7c821800", "other; a0; v0; ; v0 = extend a0.4; "},  // ext $v0, $a0, 0, 4
    {"7c8218c0", "other; a0; v0; ; ; "},  // ext $v0, $a0, 3, 4
    {"7c82f803", "other; a0; v0; ; v0 = extend a0.32; "},  // dext $v0, $a0, 0, 0x20
    {"7c8230c4", "other; v0 a0; v0; ; ; "},  // ins $v0, $a0, 3, 4
    {"7c041420", "other; a0; v0; ; v0 = extend a0.8s; "},  // seb $v0, $a0
    {"7c041620", "other; a0; v0; ; v0 = extend a0.16s; "},  // seh $v0, $a0
    {"7c0410a0", "other; a0; v0; ; ; "},  // wsbh $v0, $a0
    {"7c03e83b", "other; ; v1; ; ; "},  // rdhwr $v1, $29
    {"bc810000", "other; a0; ; ; ; "},  // cache 1, ($a0)
    {"cc800000", "other; a0; ; ; ; "},  // pref 0, ($a0)
    {"0085102a", "other; a0 a1; v0; ; ; "},  // slt $v0, $a0, $a1
    {"00851026", "other; a0 a1; v0; ; ; "},  // xor $v0, $a0, $a1
};

constexpr Case kOcteon[] = {
    {"c8830001", "branch delayed 0x1008; a0; ; ; ; "},  // bbit0 $a0, 3, 0x1008
    {"f8830001", "branch delayed 0x1008; a0; ; ; ; "},  // bbit132 $a0, 3, 0x1008
    {"70851028", "other; a0 a1; v0; ; ; "},  // baddu $v0, $a0, $a1
    {"70820018", "other locked; v0 a0; ; rw4[a0]; ; "},
    {"7082006e", "other; a0; v0; ; ; "},  // seqi $v0, $a0, 1
    {"70821072", "other; a0; v0; ; ; "},  // cins $v0, $a0, 1, 2
    {"70851003", "other; a0 a1; v0 hi lo; ; ; "},  // dmul $v0, $a0, $a1
    {"7c85100a", "other; a0 a1; v0; r0[a0+a1*1]; ; "},  // lwx $v0, $a1($a0)
    {"7c80100a", "other; a0; v0; r0[a0]; ; "},  // lwx $v0, $zero($a0)
};

constexpr Case kMips32[] = {
    {"8fbf001c", "other; sp; ra; r4[sp+28]; ra = load.32; "},  // lw $ra, 0x1c($sp)
    {"27bdffe0", "other; sp; sp; ; sp = add sp -32.32; -32"},  // addiu $sp, $sp, -0x20
    {"00801021", "other; a0; v0; ; v0 = copy a0.32; "},  // move $v0, $a0
    {"03e00008", "return delayed; ra; ; ; ; "},  // jr $ra
    {"3c048000", "other; ; a0; ; a0 = value 2147483648; "},  // lui $a0, 0x8000
    {"dfbf0028", "undecoded; all; all; ; ; ?"},
};
// clang-format on

constexpr uint32_t kOcteon2Flags = 0x808d0000;
constexpr uint32_t kR6Flags = 0xa0000000;

void expect_meaning(const Machine& machine, const Case& c) {
    const Decoder decoder = Decoder::open(machine).value();
    const auto word = static_cast<uint32_t>(std::stoul(c.word, nullptr, 16));
    const auto bytes = testing::from_word(word, machine.big_endian);
    EXPECT_EQ(testing::line(machine.arch, decoder.decode(bytes, 0x1000)), c.meaning) << c.word;
}

TEST(Mips, InstructionsDoWhatTheManualSays) {
    for (const Case& c : kMips64) {
        expect_meaning({Arch::Mips64, true, 0}, c);
        expect_meaning({Arch::Mips64, false, 0}, c);
    }
    for (const Case& c : kMips32) expect_meaning({Arch::Mips, true, 0}, c);
}

TEST(Mips, OcteonsOwnAreKnownOnlyToOcteon) {
    for (const Case& c : kOcteon) {
        expect_meaning({Arch::Mips64, true, kOcteon2Flags}, c);
        expect_meaning({Arch::Mips64, true, 0}, {c.word, "undecoded; all; all; ; ; ?"});
    }
}

TEST(Mips, RegistersArePrintedByTheNamesOfTheirAbi) {
    const auto text = [](Arch arch) {
        const auto bytes = testing::from_word(0x010c7821, true);  // addu $15,$8,$12
        return Decoder::open({arch, true, 0})->text(bytes, 0, nullptr);
    };
    EXPECT_EQ(text(Arch::Mips), "addu $t7, $t0, $t4");
    EXPECT_EQ(text(Arch::Mips64), "addu $t3, $a4, $t0");
}

TEST(Mips, ATargetInTheKernelIsNoNegativeNumber) {
    const auto bytes = testing::from_word(0x10600007, true);
    const Decoder decoder = Decoder::open({Arch::Mips64, true, 0}).value();
    EXPECT_EQ(decoder.text(bytes, 0xffffffffc0445a14, nullptr), "beqz $v1, 0xffffffffc0445a34");
    EXPECT_EQ(decoder.text(bytes, 0x1000, nullptr), "beqz $v1, 0x1020");
}

TEST(Mips, Release6IsRefusedRatherThanMisread) {
    const auto refused = Decoder::open({Arch::Mips64, true, kR6Flags});
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().kind, ErrorKind::Unsupported);
}

}  // namespace
}  // namespace knowhy::symbols
