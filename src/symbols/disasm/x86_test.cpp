// What stands in the tables is what the manuals say that the instructions do: kind; registers
// read; written; memory; transfer; change of the stack pointer (testing.h).
#include "symbols/disasm/disasm.h"

#include <gtest/gtest.h>

#include "symbols/disasm/testing.h"

namespace knowhy::symbols {
namespace {

struct Case {
    const char* bytes;
    const char* meaning;
};

// clang-format off
constexpr Case kCases[] = {
    {"53", "other; rbx rsp; rsp; w8[rsp-8]; store rbx; -8"},  // pushq %rbx
    {"5b", "other; rsp; rbx rsp; r8[rsp]; rbx = load; +8"},  // popq %rbx
    {"e800000000", "call 0x1005; rsp; rsp; w8[rsp-8]; ; "},  // callq 0x1005
    {"c3", "return; rsp; rsp; r8[rsp]; ; ?"},  // retq
    {"f348ab", "other; rax rcx rdi flags; rcx rdi; w0[rdi]; ; "},  // rep stosq %rax, (%rdi)
    {"4831c0", "other; ; rax flags; ; rax = value; "},  // xorq %rax, %rax
    {"480f44c1", "other; rax rcx flags; rax; ; ; "},  // cmoveq %rcx, %rax
    {"6690", "nop; ; ; ; ; "},  // nop
    {"0f1f440000", "nop; ; ; ; ; "},  // nopl (%rax, %rax)
    {"f30f1efa", "nop; ; ; ; ; "},  // endbr64
    {"f00fb10f", "other locked; rax rcx rdi; rax flags; rw4[rdi]; ; "},  // lock cmpxchgl %ecx, (%rdi)
    {"c9", "other; rbp rsp; rbp rsp; r8[rbp]; rbp = load; ?"},  // leave
    {"ff30", "other; rax rsp; rsp; r8[rax] w8[rsp-8]; ; -8"},  // pushq (%rax)
    {"48d1e0", "other; rax; rax flags; ; rax = shift rax 1; "},  // shlq $1, %rax
    {"48ffc0", "other; rax; rax flags; ; rax = add rax 1; "},  // incq %rax
    {"4887c8", "other; rax rcx; rax rcx; ; ; "},  // xchgq %rcx, %rax
    {"0fb6c4", "other; rax; rax; ; ; "},  // movzbl %ah, %eax
    {"65488b042500000000", "other; ; rax; r8[gs:]; rax = load; "},  // movq %gs:0, %rax
    {"c1e003", "other; rax; rax flags; ; rax = shift rax 3.32; "},  // shll $3, %eax
    {"b8ffffffff", "other; ; rax; ; rax = value 4294967295.32; "},  // movl $0xffffffff, %eax
    {"48c7c0ffffffff", "other; ; rax; ; rax = value -1; "},  // movq $-1, %rax
    {"0f05", "other; all; all; ; ; ?"},  // syscall
    {"cc", "trap; flags; flags; ; ; "},  // int3
    {"0f0b", "trap; ; ; ; ; "},  // ud2
    {"48a5", "other; rsi rdi flags; rsi rdi; w8[rdi] r8[rsi]; ; "},  // movsq (%rsi), (%rdi)
    {"f2ae", "other; rax rcx rdi flags; rcx rdi flags; r0[rdi]; ; "},  // repne scasb (%rdi), %al
    {"4883c8ff", "other; rax; rax flags; ; rax = value -1; "},  // orq $0xffffffffffffffff, %rax
    {"678b00", "other; all; all; r4[rax]; ; ?"},  // movl (%eax), %eax
    {"89f8", "other; rdi; rax; ; rax = copy rdi.32; "},  // movl %edi, %eax
    {"88c8", "other; rax rcx; rax; ; ; "},  // movb %cl, %al
    {"6689c8", "other; rax rcx; rax; ; ; "},  // movw %cx, %ax
    {"0fb607", "other; rdi; rax; r1[rdi]; rax = load.8; "},  // movzbl (%rdi), %eax
    {"0fbec0", "other; rax; rax; ; rax = extend rax.8s->32; "},  // movsbl %al, %eax
    {"480fbec0", "other; rax; rax; ; rax = extend rax.8s; "},  // movsbq %al, %rax
    {"488d4708", "other; rdi; rax; -0[rdi+8]; rax = add rdi 8; "},  // leaq 8(%rdi), %rax
    {"488d0477", "other; rsi rdi; rax; -0[rdi+rsi*2]; rax = combine rdi rsi<<1; "},  // leaq (%rdi, %rsi, 2), %rax
    {"488d04fd00000000", "other; rdi; rax; -0[+rdi*8]; rax = shift rdi 3; "},  // leaq (, %rdi, 8), %rax
    {"488d05f0ffffff", "other; ; rax; -0[pc+4087]; rax = address; "},  // leaq -0x10(%rip), %rax
    {"4883ec18", "other; rsp; rsp flags; ; rsp = add rsp -24; -24"},  // subq $0x18, %rsp
    {"4883e4f0", "other; rsp; rsp flags; ; rsp = align rsp -16; ?"},  // andq $0xfffffffffffffff0, %rsp
    {"4883e0f1", "other; rax; rax flags; ; ; "},  // andq $0xfffffffffffffff1, %rax
    {"4801c8", "other; rax rcx; rax flags; ; rax = combine rax rcx; "},  // addq %rcx, %rax
    {"c644240c01", "other; rsp; ; w1[rsp+12]; store 1.8; "},  // movb $1, 0xc(%rsp)
    {"4889442408", "other; rax rsp; ; w8[rsp+8]; store rax; "},  // movq %rax, 8(%rsp)
    {"ff2485c0000000", "jump indirect; rax; ; r8[+rax*4+192]; ; "},  // jmpq *0xc0(, %rax, 4)
    {"ffe0", "jump indirect; rax; ; ; ; "},  // jmpq *%rax
    {"ff6010", "jump indirect; rax; ; r8[rax+16]; ; "},  // jmpq *0x10(%rax)
    {"ff10", "call indirect; rax rsp; rsp; r8[rax] w8[rsp-8]; ; "},  // callq *(%rax)
    {"7405", "branch 0x1007; flags; ; ; ; "},  // je 0x1007
    {"eb10", "jump 0x1012; ; ; ; ; "},  // jmp 0x1012
    {"e310", "branch 0x1012; rcx; ; ; ; "},  // jrcxz 0x1012
    {"4898", "other; rax; rax; ; rax = extend rax.32s; "},  // cltq
    {"486bc018", "other; rax; rax flags; ; rax = multiply rax 24; "},  // imulq $0x18, %rax, %rax
    {"0fb6d1", "other; rcx; rdx; ; rdx = extend rcx.8; "},  // movzbl %cl, %edx
    {"66b80500", "other; rax; rax; ; ; "},  // movw $5, %ax
    {"870f", "other locked; rcx rdi; rcx; rw4[rdi]; ; "},  // xchgl %ecx, (%rdi)
    {"6a05", "other; rsp; rsp; w8[rsp-8]; store 5; -8"},  // pushq $5
    {"8f00", "other; rax rsp; rsp; w8[rax] r8[rsp]; ; +8"},  // popq (%rax)
    {"8f442408", "other; rsp; rsp; w8[rsp+16] r8[rsp]; ; +8"},  // popq 8(%rsp)
    {"5c", "other; rsp; rsp; r8[rsp]; rsp = load; ?"},  // popq %rsp
    {"f04883442400ff", "other locked; rsp; flags; rw8[rsp]; ; "},  // lock addq $-1, (%rsp)
    {"0fa2", "other; rax rcx; rax rdx rcx rbx; ; ; "},  // cpuid
    {"f0480fab07", "other locked; rax rdi; flags; rw0[rdi]; ; "},  // lock btsq %rax, (%rdi)
    {"480fba2f05", "other; rdi; flags; rw8[rdi]; ; "},  // btsq $5, (%rdi)
    {"0fbcc1", "other; rax rcx flags; rax flags; ; ; "},  // bsfl %ecx, %eax
    {"06", "undecoded; all; all; ; ; ?"},
};
// clang-format on

const Decoder& decoder() {
    static const Decoder opened = Decoder::open({Arch::X86_64, false, 0}).value();
    return opened;
}

TEST(X86, InstructionsDoWhatTheManualSays) {
    for (const Case& c : kCases) {
        const Instruction found = decoder().decode(testing::from_hex(c.bytes), 0x1000);
        EXPECT_EQ(testing::line(Arch::X86_64, found), c.meaning) << c.bytes;
    }
}

TEST(X86, WhatIsCutOffOrUnknownIsOneOpaqueByte) {
    for (const char* bytes :
         {"48", "e80000", "0f", "62", "06", "66666666666666666666666666666690"}) {
        const Instruction found = decoder().decode(testing::from_hex(bytes), 0x1000);
        EXPECT_EQ(found.kind, Instruction::Kind::Undecoded) << bytes;
        EXPECT_EQ(found.length, 1U) << bytes;
        EXPECT_TRUE(found.writes.all());
        EXPECT_TRUE(found.may_write_memory());
    }
}

TEST(X86, TextIsATAndTWithTheNameOfWhatIsReferredTo) {
    const auto name_of = [](uint64_t address) {
        return address == 0x1005 ? std::string("ip_rcv") : std::string();
    };
    const auto text = [&](const char* bytes) {
        return decoder().text(testing::from_hex(bytes), 0x1000, name_of);
    };
    EXPECT_EQ(text("e800000000"), "callq 0x1005 <ip_rcv>");
    EXPECT_EQ(text("488b4710"), "movq 0x10(%rdi), %rax");
    EXPECT_EQ(text("06"), ".byte 0x06");
    EXPECT_EQ(text("0f01e8"), "serialize");  // capstone does not know it
    EXPECT_EQ(text("488b05feffffff"), "movq -2(%rip), %rax <ip_rcv>");
}

}  // namespace
}  // namespace knowhy::symbols
