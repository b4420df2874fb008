#include "render/text/drops.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <ctime>

#include "base/text.h"
#include "model/fixture.h"
#include "render/text/layout.h"

namespace knowhy::render {
namespace {

using model::fixture::harmless_finding;
using model::fixture::martian_finding;
using model::fixture::martian_group;
using model::fixture::martian_sample;
using model::fixture::observation;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class DropsText : public testing::Test {
  protected:
    void SetUp() override {
        setenv("TZ", "UTC", 1);
        tzset();
    }
};

TEST_F(DropsText, AFindingReadsCauseEvidenceSetByWhereTry) {
    EXPECT_EQ(
        finding_text(martian_finding(), observation(), {}),
        R"(LOST        10.9.0.1:1111 > 10.9.0.2:4791 udp  in v1(3)  netns fw  x12  08:00:00.000 to 08:00:01.500
  cause     the source 10.9.0.1 is one of this host's own addresses (dev v0); v1 has accept_local=0
            [certain; the kernel's own reason is NOT_SPECIFIED, which says nothing]
  evidence  fib_validate_source returned -EINVAL (-22)
            net.ipv4.conf.v1.accept_local = 0  (now)
            rt_cache.in_martian_src +12 packets  (snapshot)
  set by    sysctl net.ipv4.conf.v1.accept_local = 0
            address 10.9.0.1/24 on v0
  where     ip_rcv_finish_core+0x1ab  net/ipv4/ip_input.c:424  <- ip_rcv
            <- __netif_receive_skb_one_core <- process_backlog <- net_rx_action
  try       sysctl -w net.ipv4.conf.v1.accept_local=1  # lets the packet in
)");
}

TEST_F(DropsText, TheStackIsListedOnRequest) {
    TextOptions options;
    options.stack = true;
    EXPECT_THAT(finding_text(martian_finding(), observation(), options),
                HasSubstr("  where     ip_rcv_finish_core+0x1ab  net/ipv4/ip_input.c:424\n"
                          "            ip_rcv+0x85\n"));
}

TEST_F(DropsText, WhatIsInlinedIsToldOfEachPlace) {
    auto finding = martian_finding();
    const std::vector<model::InlineLevel> chain = {
        {"dst_error", "include/net/dst.h", 12}, {"ip_rcv_finish_core", "net/ipv4/ip_input.c", 424}};
    finding.where->inlined = finding.sample->stack[0].inlined = chain;
    EXPECT_THAT(finding_text(finding, observation(), {}),
                HasSubstr("ip_rcv_finish_core+0x1ab  net/ipv4/ip_input.c:424 (inlined: dst_error)"
                          "  <- ip_rcv\n"));
    TextOptions options;
    options.stack = true;
    const char* step =
        "    inlined: dst_error into ip_rcv_finish_core at net/ipv4/ip_input.c:424\n";
    EXPECT_THAT(finding_text(finding, observation(), options),
                AllOf(HasSubstr(step), HasSubstr("            ip_rcv+0x85\n")));
    EXPECT_THAT(drop_line(finding, martian_group(), *finding.sample, observation().clock, options),
                HasSubstr(step));
}

TEST_F(DropsText, CausesThatOnlySomeSamplesShareSayHowMany) {
    auto finding = martian_finding();
    finding.certainty = model::Certainty::Likely;
    finding.samples_agreeing = 7;
    EXPECT_THAT(finding_text(finding, observation(), {}), HasSubstr("[likely, 7 of 12 sampled;"));
}

TEST_F(DropsText, NoLinePassesTheWidth) {
    for (const unsigned width : {50U, 80U, 100U}) {
        TextOptions options;
        options.width = width;
        const std::string report =
            drops_report({martian_finding(), harmless_finding()}, {}, observation(), options);
        for (const auto line : split(report, '\n')) {
            if (line.find("sysctl -w") != std::string_view::npos) continue;  // never broken
            EXPECT_LE(columns(line), width) << line;
        }
    }
}

TEST_F(DropsText, HostileNamesCannotDriveTheTerminal) {
    auto finding = martian_finding();
    const std::string hostile = "\x1b]0;owned\x07\x1b[2J\xff\r";
    finding.device = finding.netns_name = finding.sentence = hostile;
    finding.evidence[0].value = finding.set_by[0].name = finding.try_next[0].command = hostile;
    finding.where->symbol = finding.where->file = hostile;
    finding.reason.name = hostile;
    auto seen = observation();
    seen.filter = hostile;
    seen.accounting.notes = {hostile};
    seen.accounting.points[1].why = hostile;
    auto group = martian_group();
    group.device = hostile;
    group.reason.name = hostile;
    const model::UnexplainedCounter counter{"link." + hostile, hostile, hostile, 3, 0};
    TextOptions options;
    options.stack = options.harmless = true;
    const std::string all = drops_report({finding}, {counter}, seen, options) +
                            drops_table({finding}, seen, options, 24) +
                            drop_line(finding, group, martian_sample(), seen.clock, options);
    EXPECT_EQ(all.find('\x1b'), std::string::npos);
    EXPECT_EQ(all.find('\x07'), std::string::npos);
    EXPECT_EQ(all.find('\r'), std::string::npos);
    EXPECT_EQ(all.find('\xff'), std::string::npos);
    EXPECT_THAT(all, HasSubstr("\\x1b]0;owned\\x07"));
}

TEST_F(DropsText, ColourOnlyWhenAsked) {
    TextOptions options;
    EXPECT_THAT(finding_text(martian_finding(), observation(), options), Not(HasSubstr("\x1b[")));
    options.colour = true;
    EXPECT_THAT(finding_text(martian_finding(), observation(), options),
                HasSubstr("\x1b[1;31mLOST\x1b[0m"));
}

TEST_F(DropsText, TheBooksClose) {
    EXPECT_EQ(drops_summary({martian_finding(), harmless_finding()}, {}, observation(), {}),
              R"(SUMMARY     36 events = 12 lost + 24 harmless + 0 unknown + 0 other  in 10.0 s
  harmless  24 socket-closed; --harmless lists them
  looked at 12 of 36 packets; 0 lost (buffer full), 0 shed (over the budget)
  missed    0 drops that the kernel did not hand to the probe (tp_btf)
  points    1 of 2 deciding functions watched; not: nft_do_chain (module nf_tables is not loaded)
)");
}

TEST_F(DropsText, BooksThatDoNotCloseAreNotHidden) {
    EXPECT_THAT(drops_summary({martian_finding()}, {}, observation(), {}),
                HasSubstr("+ 24 in no finding"));
}

TEST_F(DropsText, ACounterAloneIsNoEvent) {
    auto counted_only = martian_finding();
    counted_only.where.reset();
    EXPECT_THAT(
        drops_summary({martian_finding(), harmless_finding(), counted_only}, {}, observation(), {}),
        HasSubstr("36 events = 12 lost + 24 harmless"));
}

TEST_F(DropsText, WhatTheKernelDoesNotCountIsNotZero) {
    auto seen = observation();
    seen.accounting.missed_probes.reset();
    EXPECT_THAT(drops_summary({}, {}, seen, {}), HasSubstr("missed    not counted by this kernel"));
}

TEST_F(DropsText, CountersThatNothingExplains) {
    const model::UnexplainedCounter counter{"link.eth1.rx_missed_errors", "netns 4026531840",
                                            "eth1", 840, 12};
    EXPECT_THAT(
        drops_summary({martian_finding(), harmless_finding()}, {counter}, observation(), {}),
        HasSubstr("UNEXPLAINED counters that moved, and what no finding accounts for\n"
                  "            link.eth1.rx_missed_errors +840, 12 explained  "
                  "(netns 4026531840)\n"));
}

TEST_F(DropsText, HarmlessOnesAreCountedApartAndListedOnRequest) {
    const std::vector<model::Finding> findings = {martian_finding(), harmless_finding()};
    EXPECT_THAT(drops_report(findings, {}, observation(), {}), Not(HasSubstr("HARMLESS")));
    TextOptions options;
    options.harmless = true;
    EXPECT_THAT(drops_report(findings, {}, observation(), options),
                HasSubstr("HARMLESS    no device"));
}

TEST_F(DropsText, NothingLostIsSaid) {
    EXPECT_THAT(drops_report({harmless_finding()}, {}, observation(), {}),
                testing::StartsWith("No packet was lost.\n"));
}

TEST_F(DropsText, OnePacketOnOneLine) {
    EXPECT_EQ(
        drop_line(martian_finding(), martian_group(), martian_sample(), observation().clock, {}),
        "08:00:00.000  10.9.0.1:1111 > 10.9.0.2:4791 udp  in v1(3)  source-local  "
        "ip_rcv_finish_core NOT_SPECIFIED\n");
}

TEST_F(DropsText, TheLiveTableKeepsToItsRowsAndColumns) {
    TextOptions options;
    options.width = 60;
    const std::vector<model::Finding> many(50, martian_finding());
    const auto table = drops_table(many, observation(), options, 10);
    const auto lines = split(table, '\n');
    EXPECT_LE(lines.size(), 10U);
    EXPECT_THAT(table, HasSubstr("43  more"));
    for (const auto line : lines) EXPECT_LE(columns(line), 60U) << line;
}

}  // namespace
}  // namespace knowhy::render
