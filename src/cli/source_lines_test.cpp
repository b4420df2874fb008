// Lines of recorded and of live places, from a debug file.
#include "cli/source_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "cli/command_testing.h"
#include "cli/debug_options.h"
#include "model/fixture.h"
#include "model/recording.h"
#include "symbols/debugfile/debugfile.h"
#include "symbols/dwarf/dwarf.h"

namespace knowhy::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

const std::string kImage = KNOWHY_SAMPLES "/functions5";
const std::string kOther = KNOWHY_SAMPLES "/functions4";

std::string build_id_of(const std::string& path) {
    return symbols::build_id_text(*symbols::ElfFile::open(path).value().build_id());
}

symbols::CodeMap code_map() {
    symbols::LocateOptions how;
    how.places.release = "1.2.3-test";
    how.places.vmlinux = kImage;
    how.places.only_named = true;
    return symbols::CodeMap::open(how).value();
}

// outer() and what is inlined into it, straight from the debug information.
class SourceLines : public testing::CommandTest {
  protected:
    SourceLines() : info_(symbols::DebugInfo::open(file_, "").value()) {
        const auto outer =
            std::ranges::find(file_->symbols(), "outer", &symbols::ElfFile::Symbol::name);
        start_ = outer->address;
        while (lines_at(behind_ - 1) == lines_at(behind_) || lines_at(behind_ - 1).size() < 2) {
            ++behind_;
        }
        // A place that is a function's first byte, and one behind a call: what comes right before
        // it is inlined, it itself is another line.
        observation_.host.build_id = build_id_of(kImage);
        model::DropGroup& group = observation_.groups[0];
        group.place = in_outer(behind_);
        group.samples[0].place = in_outer(0);
        group.samples[0].stack = {in_outer(behind_), in_outer(0)};
    }

    std::vector<model::InlineLevel> lines_at(uint64_t offset) {
        std::vector<model::InlineLevel> lines;
        const auto levels = info_.levels(start_ + offset).value();
        for (const symbols::Level& level : levels) {
            lines.push_back({level.function, level.at.file, level.at.line});
        }
        return lines;
    }
    [[nodiscard]] model::Place in_outer(uint64_t offset) const {
        model::Place place = model::fixture::place("outer", offset);
        place.address = 0xffffffff81000000 + start_ + offset;  // KASLR moved it
        return place;
    }
    void expect_lines(const model::DropGroup& group) {
        EXPECT_EQ(group.place.inlined, lines_at(behind_ - 1));
        EXPECT_EQ(group.place.line, lines_at(behind_ - 1).front().line);
        const model::DropSample& sample = group.samples[0];
        EXPECT_EQ(sample.stack[0], group.place);
        EXPECT_EQ(sample.place, sample.stack[1]);
        EXPECT_EQ(sample.place.file, lines_at(0).front().file);
        EXPECT_EQ(sample.place.line, lines_at(0).front().line);
    }
    void record() const {
        auto writer = model::RecordingWriter::create(recording_, observation_).value();
        ASSERT_TRUE(writer->finish(observation_).has_value());
    }

    std::shared_ptr<const symbols::ElfFile> file_ =
        std::make_shared<const symbols::ElfFile>(symbols::ElfFile::open(kImage).value());
    symbols::DebugInfo info_;
    uint64_t start_ = 0;
    uint64_t behind_ = 1;  // an offset whose byte before is inlined
    model::Observation observation_ = model::fixture::observation();
    std::string recording_ = file("run.knowhy");
};

TEST_F(SourceLines, OfAReturnAddressAreThoseOfTheCall) {
    auto code = code_map();
    add_lines(observation_, code);
    expect_lines(observation_.groups[0]);
}

TEST_F(SourceLines, ThatAreKnownStay) {
    auto& place = observation_.groups[0].place;
    place.file = "recorded.c";
    place.line = 7;
    auto code = code_map();
    add_lines(observation_, code);
    EXPECT_EQ(place.file, "recorded.c");
    EXPECT_EQ(place.line, 7U);
    EXPECT_THAT(place.inlined, ::testing::IsEmpty());
}

TEST_F(SourceLines, AreLookedUpBesideALiveRun) {
    LineLookup lookup(code_map());
    model::DropGroup& group = observation_.groups[0];
    lookup.want(group.samples[0]);
    ASSERT_TRUE(lookup.settle(std::chrono::minutes(1)));
    EXPECT_TRUE(lookup.fill(group.samples[0]));
    lookup.fill(group);
    ASSERT_TRUE(lookup.settle(std::chrono::minutes(1)));
    EXPECT_TRUE(lookup.fill(group));
    expect_lines(group);
}

TEST_F(SourceLines, WithoutDebugFilesPlacesStayAsTheyAre) {
    symbols::LocateOptions nowhere;
    nowhere.places.release = "1.2.3-test";
    nowhere.places.only_named = true;
    const model::DropGroup before = observation_.groups[0];
    LineLookup lookup(symbols::CodeMap::open(nowhere).value());
    lookup.fill(observation_.groups[0]);
    ASSERT_TRUE(lookup.settle(std::chrono::minutes(1)));
    EXPECT_TRUE(lookup.fill(observation_.groups[0]));
    EXPECT_EQ(observation_.groups[0].place, before.place);
    EXPECT_EQ(observation_.groups[0].samples[0].stack, before.samples[0].stack);
}

TEST_F(SourceLines, ReportAddsThemToARecording) {
    record();
    ASSERT_EQ(run(add_report, {recording_, "--stack"}).value(), kDone);
    EXPECT_EQ(output().find("functions.c"), std::string::npos);
    ASSERT_EQ(run(add_report, {recording_, "--stack", "--vmlinux", kImage}).value(), kDone);
    const model::InlineLevel call = lines_at(behind_ - 1)[1];
    EXPECT_THAT(output(), HasSubstr("inlined: inner into outer at " + call.file + ":" +
                                    std::to_string(call.line)));
}

TEST_F(SourceLines, ReportRefusesAnotherBuildNamingBothIds) {
    record();
    const auto status = run(add_report, {recording_, "--vmlinux", kOther});
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().kind, ErrorKind::Usage);
    EXPECT_THAT(status.error().message,
                AllOf(HasSubstr(build_id_of(kImage)), HasSubstr(build_id_of(kOther))));
}

TEST_F(SourceLines, ReportGuessesNoKernel) {
    observation_.host.build_id.clear();
    record();
    const auto status = run(add_report, {recording_, "--vmlinux", kImage});
    ASSERT_FALSE(status.has_value());
    EXPECT_THAT(status.error().message, HasSubstr("build-id"));
}

}  // namespace
}  // namespace knowhy::cli
