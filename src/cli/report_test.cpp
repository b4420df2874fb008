// knowhy report: a recording says what the live run said.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/command_testing.h"
#include "cli/output.h"
#include "cli/present.h"
#include "model/fixture.h"
#include "model/recording.h"
#include "net/decode/decode.h"

namespace knowhy::cli {
namespace {

using ::testing::HasSubstr;

class ReportCommand : public testing::CommandTest {
  protected:
    ReportCommand() {
        observation_ = model::fixture::observation();
        model::DropSample& sample = observation_.groups[0].samples[0];
        sample.decoded = net::decode(sample.packet);
    }

    void record() const {
        auto writer = model::RecordingWriter::create(recording_, observation_).value();
        const model::DropGroup& group = observation_.groups[0];
        model::DropSample other = group.samples[0];
        other.time_ns += 1000;  // looked at, but not kept by its group
        ASSERT_TRUE(writer->add_sample(group, other).has_value());
        ASSERT_TRUE(writer->finish(observation_).has_value());
    }
    std::string live(View view) const {
        Output output = Output::open(file("live")).value();
        EXPECT_TRUE(Presenter(output, view).report(observation_).has_value());
        return contents(file("live"));
    }

    model::Observation observation_;
    std::string recording_ = file("run.knowhy");
};

TEST_F(ReportCommand, PrintsWhatTheLiveRunPrinted) {
    record();
    ASSERT_EQ(run(add_report, {recording_}).value(), kDone);
    EXPECT_EQ(output(), live({}));
    EXPECT_THAT(output(), HasSubstr("ip_rcv_finish_core"));
    ASSERT_EQ(run(add_report, {recording_, "--json"}).value(), kDone);
    EXPECT_EQ(output(), live({.json = true}));
    ASSERT_EQ(run(add_report, {recording_, "--stack", "--harmless"}).value(), kDone);
    EXPECT_EQ(output(), live({.stack = true, .harmless = true}));
}

TEST_F(ReportCommand, PcapHasEveryPacketThatWasLookedAt) {
    record();
    ASSERT_EQ(run(add_report, {recording_, "--pcap", file("lost.pcapng")}).value(), kDone);
    const std::string pcap = contents(file("lost.pcapng"));
    const auto& bytes = observation_.groups[0].samples[0].packet.bytes;
    const std::string packet(bytes.begin(), bytes.end());
    const size_t first = pcap.find(packet);
    ASSERT_NE(first, std::string::npos);
    EXPECT_NE(pcap.find(packet, first + 1), std::string::npos);
}

TEST_F(ReportCommand, ExitStatusTellsWhetherSomethingWasFound) {
    record();
    EXPECT_EQ(run(add_report, {recording_, "--exit-code"}).value(), kFound);
    observation_.groups.clear();
    observation_.accounting = {};
    auto writer = model::RecordingWriter::create(recording_, observation_).value();
    ASSERT_TRUE(writer->finish(observation_).has_value());
    EXPECT_EQ(run(add_report, {recording_, "--exit-code"}).value(), kDone);
}

TEST_F(ReportCommand, WhatIsNoRecordingIsWrongUsage) {
    for (const std::string& path : {file("absent"), file_with("text", "#!/bin/sh\n")}) {
        const auto status = run(add_report, {path});
        ASSERT_FALSE(status.has_value());
        EXPECT_EQ(status.error().kind, ErrorKind::Usage);
        EXPECT_THAT(status.error().message, HasSubstr(path));
    }
}

TEST_F(ReportCommand, AFullDiskUnderThePcapIsOneClearLine) {
    record();
    const auto status = run(add_report, {recording_, "--pcap", "/dev/full"});
    ASSERT_FALSE(status.has_value());
    EXPECT_THAT(status.error().message, HasSubstr("/dev/full"));
    EXPECT_THAT(status.error().message, HasSubstr("No space left"));
}

}  // namespace
}  // namespace knowhy::cli
