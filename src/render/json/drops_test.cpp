#include "render/json/drops.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "model/fixture.h"

namespace knowhy::render {
namespace {

using model::fixture::harmless_finding;
using model::fixture::martian_finding;
using model::fixture::martian_group;
using model::fixture::martian_sample;
using model::fixture::observation;
using nlohmann::json;

json one_line(const std::string& text) {
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
    EXPECT_TRUE(text.ends_with('\n'));
    return json::parse(text);
}

TEST(DropsJson, AFindingIsTheModelFieldByField) {
    const json line = one_line(finding_json(martian_finding(), observation().clock));
    EXPECT_EQ(line["type"], "finding");
    EXPECT_EQ(line["cause"], "source-local");
    EXPECT_EQ(line["certainty"], "certain");
    EXPECT_EQ(line["verdict"], "lost");
    EXPECT_EQ(line["count"], 12);
    EXPECT_EQ(line["first_ns"], 1'800'000'000'000'000'000);
    EXPECT_EQ(line["last_ns"], 1'800'000'001'500'000'000);
    EXPECT_EQ(line["boot_ns"], 5'000'000'000);
    EXPECT_EQ(line["where"]["function"], "ip_rcv_finish_core");
    EXPECT_EQ(line["where"]["line"], 424);
    EXPECT_EQ(line["where"]["address"], "0xffffffff81b001ab");
    EXPECT_EQ(line["netns"], (json{{"inum", 4026532741}, {"name", "fw"}}));
    EXPECT_EQ(line["packet"]["destination_port"], 4791);
    EXPECT_EQ(line["packet"]["source"], "10.9.0.1");
    EXPECT_EQ(line["evidence"][0], (json{{"kind", "return"},
                                         {"name", "fib_validate_source"},
                                         {"value", "-EINVAL (-22)"},
                                         {"unit", nullptr},
                                         {"read", "event"}}));
    EXPECT_EQ(line["set_by"][0]["name"], "net.ipv4.conf.v1.accept_local");
    EXPECT_EQ(line["try"][0]["effect"], "lets the packet in");
}

TEST(DropsJson, WhatIsNotKnownIsNull) {
    auto finding = martian_finding();
    finding.where.reset();
    finding.sample.reset();
    finding.reason = {};
    finding.device = finding.netns_name = "";
    finding.first_ns = finding.last_ns = 0;
    const json line = one_line(finding_json(finding, observation().clock));
    for (const char* field :
         {"where", "packet", "reason", "device", "first_ns", "last_ns", "boot_ns"}) {
        EXPECT_TRUE(line[field].is_null()) << field;
    }
    EXPECT_TRUE(line["netns"]["name"].is_null());
}

TEST(DropsJson, APacket) {
    const json line = one_line(
        drop_json(martian_finding(), martian_group(), martian_sample(), observation().clock));
    EXPECT_EQ(line["type"], "drop");
    EXPECT_EQ(line["skb"], "0xffff888012345600");
    EXPECT_EQ(line["context"], "softirq");
    EXPECT_EQ(line["facts"][0]["point"], "fib_validate_source");
    EXPECT_EQ(line["facts"][0]["value"], -22);
    EXPECT_EQ(line["stack"].size(), 5U);
    EXPECT_EQ(line["packet"]["bytes_from"], "mac");
    EXPECT_EQ(line["packet"]["bytes"],
              "02000000000202000000000108004500"
              "0030");
}

TEST(DropsJson, APlaceHasItsInlineChain) {
    auto sample = martian_sample();
    sample.stack[1].inlined = {{"dst_error", "include/net/dst.h", 12}, {"ip_rcv", "", 0}};
    const json line =
        one_line(drop_json(martian_finding(), martian_group(), sample, observation().clock));
    EXPECT_EQ(line["where"]["inlined"], json::array());
    EXPECT_EQ(line["stack"][1]["inlined"],
              json::parse(R"([{"function": "dst_error", "file": "include/net/dst.h", "line": 12},
                              {"function": "ip_rcv", "file": null, "line": null}])"));
}

TEST(DropsJson, TheSummaryCloses) {
    const json line =
        one_line(drops_summary_json({martian_finding(), harmless_finding()}, {}, observation()));
    EXPECT_EQ(line["events"], 36);
    EXPECT_EQ(line["lost"].get<int>() + line["harmless"].get<int>() + line["unknown"].get<int>() +
                  line["other"].get<int>(),
              36);
    EXPECT_EQ(line["missed_probes"], 0);
    EXPECT_EQ(line["points"][1]["why"], "module nf_tables is not loaded");
}

TEST(DropsJson, NotCountedIsNullNotZero) {
    auto seen = observation();
    seen.accounting.missed_probes.reset();
    EXPECT_TRUE(one_line(drops_summary_json({}, {}, seen))["missed_probes"].is_null());
}

TEST(DropsJson, HostileNamesStayInsideTheirString) {
    const std::string hostile = "\x1b[2J\"}\n{\xff\xfe\x7f\xc2\x9b";
    auto finding = martian_finding();
    finding.device = finding.sentence = finding.netns_name = finding.reason.name = hostile;
    finding.evidence[0].value = hostile;
    const std::string text = finding_json(finding, observation().clock);
    EXPECT_TRUE(
        std::all_of(text.begin(), text.end() - 1, [](char c) { return c >= ' ' && c < 0x7f; }));
    const json line = one_line(text);
    EXPECT_EQ(line["device"].get<std::string>().substr(0, 8), "\x1b[2J\"}\n{");
    EXPECT_NE(line["device"].get<std::string>().find("\xef\xbf\xbd"), std::string::npos);
}

TEST(DropsJson, Armed) {
    const json line = one_line(armed_json(28, observation().clock));
    EXPECT_EQ(line["type"], "armed");
    EXPECT_EQ(line["probes"], 28);
}

}  // namespace
}  // namespace knowhy::render
