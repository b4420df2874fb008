// Locations in tracers' languages.
#include <dwarf.h>
#include <gtest/gtest.h>

#include "symbols/locate/value.h"

namespace knowhy::symbols {
namespace {

constexpr uint64_t kRbx = 3;
constexpr uint64_t kRsp = 7;

Location in_memory(uint64_t base, int64_t offset) {
    return classified({{DW_OP_bregx, base, static_cast<uint64_t>(offset)}});
}

TEST(Tracer, ARegisterAndMemoryThroughIt) {
    const Location reg = classified({{DW_OP_regx, kRbx, 0}});
    EXPECT_EQ(fetch_argument(reg, Arch::X86_64, 8), "%bx:x64");
    EXPECT_EQ(fetch_argument(in_memory(kRbx, 0x38), Arch::X86_64, 4), "+0x38(%bx):x32");
    EXPECT_EQ(fetch_argument(in_memory(kRbx, -8), Arch::X86_64, 8), "-0x8(%bx):x64");
    EXPECT_EQ(bpftrace_expression(in_memory(kRbx, 0x38), Arch::X86_64, 4),
              "*(uint32 *)(reg(\"bx\") + 56)");
}

TEST(Tracer, FromPointerToPointer) {
    // In a slot lies a pointer; what is wanted lies 8 below where it points, and 16 behind that.
    const Location walk = classified({{DW_OP_bregx, kRsp, 0x18},
                                      {DW_OP_deref, 0, 0},
                                      {DW_OP_consts, static_cast<uint64_t>(-8), 0},
                                      {DW_OP_plus, 0, 0},
                                      {DW_OP_deref, 0, 0},
                                      {DW_OP_plus_uconst, 16, 0}});
    EXPECT_EQ(fetch_argument(walk, Arch::X86_64, 8), "+0x10(-0x8(+0x18(%sp))):x64");
    EXPECT_EQ(bpftrace_expression(walk, Arch::X86_64, 8),
              "*(uint64 *)(*(uint64 *)(*(uint64 *)(reg(\"sp\") + 24) - 8) + 16)");
}

TEST(Tracer, WhatHasNoWords) {
    const Location sum = classified({{DW_OP_bregx, kRbx, 8}, {DW_OP_stack_value, 0, 0}});
    EXPECT_EQ(fetch_argument(sum, Arch::X86_64, 8), "");
    const Location product =
        classified({{DW_OP_bregx, kRbx, 0}, {DW_OP_consts, 8, 0}, {DW_OP_mul, 0, 0}});
    EXPECT_EQ(fetch_argument(product, Arch::X86_64, 8), "");
    EXPECT_EQ(bpftrace_expression(product, Arch::X86_64, 8), "");
    EXPECT_EQ(fetch_argument(in_memory(kRbx, 0), Arch::X86_64, 24), "");
}

}  // namespace
}  // namespace knowhy::symbols
