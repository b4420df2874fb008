#include "bpf/insn/insn.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <bit>

#include "bpf/insn/print.h"

namespace knowhy::bpf {
namespace {

TEST(Insn, ReadsLikeTheVerifiersLog) {
    const std::vector<Insn> program = {
        alu(Alu::Mov, Bits::Bits64, r0, 1),
        alu(Alu::Add, Bits::Bits32, r5, r6),
        alu(Alu::Arsh, Bits::Bits64, r5, 63),
        negate(Bits::Bits32, r4),
        from_big_endian(r0, 16),
        load(Size::U16, r0, r1, 12),
        store(Size::U64, r10, -8, r9),
        store(Size::U32, r10, -4, -1),
        atomic_add(Size::U64, r6, 16, r2),
        jump_if(Cond::Eq, Bits::Bits32, r0, 0x800, 3),
        jump_if(Cond::SGt, Bits::Bits64, r0, r1, -2),
        jump(-1),
        wide(r1, 0x700000005, BPF_PSEUDO_MAP_FD)[0],
        wide(r1, 0x700000005, BPF_PSEUDO_MAP_FD)[1],
        call_helper(BPF_FUNC_map_lookup_elem),
        call_subprogram(4),
        exit_program(),
    };
    EXPECT_EQ(to_text(program), R"(0: r0 = 1
1: w5 += w6
2: r5 s>>= 63
3: w4 = -w4
4: r0 = be16 r0
5: r0 = *(u16 *)(r1 + 12)
6: *(u64 *)(r10 - 8) = r9
7: *(u32 *)(r10 - 4) = -1
8: lock *(u64 *)(r6 + 16) += r2
9: if w0 == 2048 goto +3
10: if r0 s> r1 goto -2
11: goto -1
12: r1 = 5 ll pseudo 1
13: .slot 0x0000000700000000
14: call 1
15: call pc+4
16: exit
)");
}

TEST(Insn, EveryTextOfTheLogParsesBack) {
    for (int code = 0; code < 256; ++code) {
        for (const uint8_t src : {0, 1, 7}) {
            for (const int16_t off : {0, 1, -32768}) {
                for (const int32_t imm : {0, 16, -1}) {
                    const Insn insn{static_cast<uint8_t>(code), 3, src, off, imm};
                    const auto parsed = parse_insn(to_text(insn));
                    ASSERT_TRUE(parsed.has_value()) << to_text(insn);
                    ASSERT_EQ(*parsed, insn) << to_text(insn);
                }
            }
        }
    }
}

TEST(Insn, EverySlotSurvivesTextAndEncoding) {
    EXPECT_TRUE(rc::check("text and encoding lose nothing", [](uint64_t bits) {
        const Insn insn = decode(std::bit_cast<::bpf_insn>(bits));
        RC_ASSERT(std::bit_cast<uint64_t>(encode(insn)) == bits);
        const auto parsed = parse_insn(to_text(insn));
        RC_ASSERT(parsed.has_value());
        RC_ASSERT(*parsed == insn);
    }));
}

TEST(Insn, OtherTextIsRefused) {
    for (const char* text : {"", "r1", "r1 = ", "r1 = r99999", "r01 = 2", "r1  = 2", "w1 = r2",
                             "if r1 = 2 goto +1", "goto 40000", "*(u9 *)(r1 + 0) = 1", "exit ",
                             "r1 = be16 r2", ".slot 0x0000000000000095", "call pc", "r1 = 5 ll x"})
        EXPECT_FALSE(parse_insn(text).has_value()) << text;
}

TEST(Insn, OnlyJumpsAreJumps) {
    EXPECT_TRUE(is_jump(jump(1)));
    EXPECT_TRUE(is_jump(jump_if(Cond::Set, Bits::Bits32, r1, 1, 1)));
    EXPECT_FALSE(is_jump(call_helper(1)));
    EXPECT_FALSE(is_jump(exit_program()));
    EXPECT_FALSE(is_jump(load(Size::U8, r0, r1, 1)));
}

}  // namespace
}  // namespace knowhy::bpf
