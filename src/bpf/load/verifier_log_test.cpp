#include "bpf/load/verifier_log.h"

#include <gtest/gtest.h>

namespace knowhy::bpf {
namespace {

TEST(VerifierLog, TheLastComplaintCountsAndTheInstructionBeforeIt) {
    const Verdict verdict = read_verifier_log(R"(0: R1=ctx(off=0,imm=0) R10=fp0
0: (b7) r1 = 8                        ; R1_w=8
1: (85) call bpf_map_lookup_elem#1
R1 type=scalar expected=map_ptr
processed 2 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0
)");
    EXPECT_EQ(verdict.slot, 1U);
    EXPECT_EQ(verdict.reason, "R1 type=scalar expected=map_ptr");
}

TEST(VerifierLog, WhatIsKnownIsSaidInPlainWords) {
    EXPECT_EQ(read_verifier_log("7: (79) r0 = *(u64 *)(r1 +512)\n"
                                "invalid bpf_context access off=512 size=8\n")
                  .reason,
              "what calls the program does not pass such a field");
    const Verdict edge = read_verifier_log("back-edge from insn 9 to 3\nprocessed 0 insns\n");
    EXPECT_EQ(edge.reason, "the kernel cannot see that a loop ends");
    EXPECT_EQ(edge.slot, 9U);
}

TEST(VerifierLog, NothingSaidIsNoReason) {
    EXPECT_EQ(read_verifier_log("").reason, "");
    EXPECT_EQ(read_verifier_log("processed 0 insns\n").slot, std::nullopt);
}

TEST(VerifierLog, WhatItQuotesIsEscaped) {
    EXPECT_EQ(read_verifier_log("odd \x1b[31m name\n").reason.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace knowhy::bpf
