#include "render/text/checkup.h"

#include <gtest/gtest.h>

namespace knowhy::render {
namespace {

model::Checkup checkup() {
    model::Checkup checkup;
    checkup.kernel_release = "6.1.0-test";
    checkup.machine = "x86_64";
    checkup.max_cpu_percent = 10;
    checkup.groups = {{"Privileges",
                       {{"CAP_BPF", "held", true, "unused", "unused"},
                        {"fexit", "EPERM", false, "causes are likely", "another kernel"},
                        {"kptr_restrict", "0", {}, "", ""}}}};
    checkup.points = {{"ip_rcv", model::Fact::Kind::Before, "fexit", "", {}},
                      {"nft_do_chain", model::Fact::Kind::Before, "", "no nf_tables", {}}};
    return checkup;
}

TEST(CheckupText, WhatIsMissingHasItsCostAndItsRemedy) {
    EXPECT_EQ(checkup_text(checkup(), {}), R"(knowhy doctor                6.1.0-test on x86_64

Privileges
  CAP_BPF                    yes held
  fexit                      no  EPERM
                             costs: causes are likely
                             to get it: another kernel
  kptr_restrict              0

Deciding points of `knowhy drops`: 1 of 2 can be armed
  fexit                      ip_rcv
  off                        no nf_tables:
                             nft_do_chain
                             costs: causes that rest on these points are worked out from the packet
                             and the host's state, and are "likely" unless the kernel's own reason
                             names them

A live command sheds details above 10 % of one CPU (--max-cpu)
)");
}

TEST(CheckupText, PointsThatCouldNotBeTriedSayWhy) {
    auto without = checkup();
    without.points.clear();
    without.points_problem = "no BTF";
    EXPECT_NE(checkup_text(without, {}).find("could not be tried: no BTF"), std::string::npos);
}

TEST(CheckupText, HostileStringsAreEscaped) {
    auto hostile = checkup();
    hostile.groups[0].checks[1].found = hostile.points[1].why = "\x1b[2J";
    EXPECT_EQ(checkup_text(hostile, {}).find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace knowhy::render
