#include "symbols/arch/arch.h"

#include <gtest/gtest.h>

#include <string>

namespace knowhy::symbols {
namespace {

constexpr Arch kAll[] = {Arch::X86_64, Arch::I386,    Arch::Arm64, Arch::Arm,  Arch::Mips,
                         Arch::Mips64, Arch::Riscv64, Arch::Ppc64, Arch::S390x};

// The numbers are those of the documents that arch.h names, written out again here.
TEST(Registers, HaveTheNumbersOfTheirDocuments) {
    EXPECT_EQ(register_name(Arch::X86_64, 0), "rax");
    EXPECT_EQ(register_name(Arch::X86_64, 1), "rdx");
    EXPECT_EQ(register_name(Arch::X86_64, 2), "rcx");
    EXPECT_EQ(register_name(Arch::X86_64, 7), "rsp");
    EXPECT_EQ(register_name(Arch::X86_64, 12), "r12");
    EXPECT_EQ(register_name(Arch::X86_64, 17), "xmm0");
    EXPECT_EQ(register_name(Arch::I386, 1), "ecx");
    EXPECT_EQ(register_name(Arch::I386, 4), "esp");
    EXPECT_EQ(register_name(Arch::Arm64, 30), "x30");
    EXPECT_EQ(register_name(Arch::Arm64, 31), "sp");
    EXPECT_EQ(register_name(Arch::Arm64, 64 + 31), "v31");
    EXPECT_EQ(register_name(Arch::Mips, 8), "t0");
    EXPECT_EQ(register_name(Arch::Mips64, 8), "a4");
    EXPECT_EQ(register_name(Arch::Mips64, 12), "t0");
    EXPECT_EQ(register_name(Arch::Riscv64, 8), "s0");
    EXPECT_EQ(register_name(Arch::Riscv64, 17), "a7");
    EXPECT_EQ(register_name(Arch::Riscv64, 31), "t6");
    EXPECT_EQ(register_name(Arch::X86_64, 90), "r90");
    EXPECT_EQ(register_name(Arch::Arm64, kFlags), "flags");
}

TEST(Registers, AreFoundByNarrowerNamesAndByAliases) {
    EXPECT_EQ(register_number(Arch::X86_64, "%edi"), 5);
    EXPECT_EQ(register_number(Arch::X86_64, "ah"), 0);
    EXPECT_EQ(register_number(Arch::X86_64, "sil"), 4);
    EXPECT_EQ(register_number(Arch::X86_64, "r12d"), 12);
    EXPECT_EQ(register_number(Arch::X86_64, "r9b"), 9);
    EXPECT_EQ(register_number(Arch::Arm64, "w19"), 19);
    EXPECT_EQ(register_number(Arch::Arm64, "lr"), 30);
    EXPECT_EQ(register_number(Arch::Mips, "$4"), 4);
    EXPECT_EQ(register_number(Arch::Mips, "$s8"), 30);
    EXPECT_EQ(register_number(Arch::Riscv64, "fp"), 8);
    EXPECT_EQ(register_number(Arch::Riscv64, "x10"), 10);
}

TEST(Registers, WhatIsNoNameIsNoRegister) {
    for (const char* name : {"", "%", "r", "r08", "r7", "r16", "eaxx", "x31", "r12q"}) {
        EXPECT_FALSE(register_number(Arch::X86_64, name)) << name;
    }
    EXPECT_FALSE(register_number(Arch::Arm64, "x31"));
    EXPECT_FALSE(register_number(Arch::Mips, "32"));
}

TEST(Registers, EveryNameLeadsBackToItsNumber) {
    for (const Arch arch : kAll) {
        for (unsigned number = 0; number < kRegisters; ++number) {
            const std::string name = register_name(arch, static_cast<Register>(number));
            if (name == "r" + std::to_string(number)) continue;
            EXPECT_EQ(register_number(arch, name), number) << name;
        }
    }
}

TEST(Conventions, ArgumentsAreClobberedAndTheStackPointerIsNot) {
    for (const Arch arch : kAll) {
        const Convention* const convention = kernel_convention(arch);
        if (convention == nullptr) continue;
        for (const Register argument : convention->arguments) {
            EXPECT_TRUE(convention->clobbered.test(argument)) << register_name(arch, argument);
        }
        EXPECT_FALSE(convention->clobbered.test(convention->stack_pointer));
        EXPECT_TRUE(convention->clobbered.test(kFlags));
    }
}

TEST(Conventions, KeepWhatTheCallerMayRelyOn) {
    const auto keeps = [](Arch arch, std::string_view name) {
        return !kernel_convention(arch)->clobbered.test(register_number(arch, name).value());
    };
    for (const char* name : {"rbx", "rbp", "r12", "r15"}) EXPECT_TRUE(keeps(Arch::X86_64, name));
    for (const char* name : {"x19", "x28", "x29"}) EXPECT_TRUE(keeps(Arch::Arm64, name));
    for (const char* name : {"s0", "s7", "s8", "gp"}) EXPECT_TRUE(keeps(Arch::Mips64, name));
    for (const char* name : {"s0", "s11", "tp"}) EXPECT_TRUE(keeps(Arch::Riscv64, name));
    EXPECT_FALSE(keeps(Arch::X86_64, "r11"));
    EXPECT_FALSE(keeps(Arch::Arm64, "x30"));
    EXPECT_EQ(kernel_convention(Arch::S390x), nullptr);
}

}  // namespace
}  // namespace knowhy::symbols
