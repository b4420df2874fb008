// Calls and a script's words in a recording: in their order, within bounds, in several files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <random>

#include "model/codec_testing.h"
#include "model/fixture_trace.h"
#include "model/recording_testing.h"

namespace knowhy::model {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

using RecordedStreams = RecordingTest;

struct Shared {
    Observation start;
    Observation end;
};

Shared with_calls() {
    Shared both{small_observation(), small_observation()};
    both.start.trace = fixture::trace();
    both.start.trace.calls.clear();
    both.end.trace = both.start.trace;
    both.end.host.earlier.push_back(both.start.host.namespaces[7]);
    both.end.host.earlier[0].sysctls["net.core.somaxconn"] = "4096";
    both.start.groups.clear();
    both.end.groups.clear();
    both.end.accounting.events = 0;
    return both;
}

TEST_F(RecordedStreams, CallsComeBackInTheOrderOfTime) {
    const Shared run = with_calls();
    auto writer = RecordingWriter::create(path_, run.start).value();
    auto calls = fixture::trace().calls;
    std::swap(calls[1], calls[2]);
    for (const TracedCall& call : calls) ASSERT_TRUE(writer->add_call(call).has_value());
    ASSERT_TRUE(writer->finish(run.end).has_value());
    const auto back = read_recording(path_);
    ASSERT_TRUE(back.has_value()) << back.error().message;
    Observation expected = run.end;
    expected.trace.calls = fixture::trace().calls;
    EXPECT_EQ(testing::difference(expected, *back), "");

    RecordingVisitor visitor;
    size_t visited = 0;
    visitor.call = [&](const Trace& trace, const TracedCall& call) {
        EXPECT_EQ(trace.functions.size(), 3U);
        EXPECT_EQ(call.time_ns, calls[visited++].time_ns);
    };
    EXPECT_TRUE(read_recording(path_, visitor).value().trace.calls.empty());
    EXPECT_EQ(visited, calls.size());
}

TEST_F(RecordedStreams, WhatAScriptSaidComesBack) {
    Observation run = small_observation();
    run.groups.clear();
    run.accounting.events = 0;
    run.script = testing::RandomModel(4).make<ScriptRun>();
    run.script->cut = 0;
    auto writer = RecordingWriter::create(path_, run).value();
    testing::RandomModel random(9);
    for (int i = 0; i < 50; ++i) {
        run.script->events.push_back(random.make<ScriptEvent>());
        ASSERT_TRUE(writer->add_event(run.script->events.back()).has_value());
    }
    ASSERT_TRUE(writer->finish(run).has_value());
    const auto back = read_recording(path_);
    ASSERT_TRUE(back.has_value()) << back.error().message;
    EXPECT_EQ(testing::difference(run, *back), "");
}

TEST_F(RecordedStreams, WithoutItsEndCallsAreThere) {
    const Shared run = with_calls();
    {
        auto writer = RecordingWriter::create(path_, run.start).value();
        TracedCall call = fixture::trace().calls[0];
        for (int i = 0; i < 200'000; ++i) {
            ++call.time_ns;
            call.skb = static_cast<uint64_t>(i);
            ASSERT_TRUE(writer->add_call(call).has_value());
        }
    }  // never finished
    const auto back = read_recording(path_).value();
    EXPECT_GT(back.trace.calls.size(), 100'000U);
    EXPECT_THAT(back.accounting.notes, ::testing::Contains(HasSubstr("ends early")));
    EXPECT_EQ(back.trace.scenario, run.start.trace.scenario);
}

// Calls of which each takes its room.
Status write_calls(RecordingWriter& writer, int count) {
    TracedCall call = fixture::trace().calls[0];
    std::mt19937_64 random(3);
    for (int i = 0; i < count; ++i) {
        ++call.time_ns;
        call.skb = random();
        KW_CHECK_OK(writer.add_call(call));
    }
    return {};
}

TEST_F(RecordedStreams, AFullFileKeepsTheBeginningAndCountsTheRest) {
    const Shared run = with_calls();
    constexpr int kCalls = 200'000;
    auto writer = RecordingWriter::create(path_, run.start, {500'000, 1}).value();
    ASSERT_TRUE(write_calls(*writer, kCalls).has_value());
    ASSERT_TRUE(writer->finish(run.end).has_value());
    EXPECT_LT(bytes().size(), 900'000U);
    const auto back = read_recording(path_).value();
    EXPECT_GT(writer->cut(), 0U);
    EXPECT_EQ(back.trace.cut, writer->cut());
    EXPECT_EQ(back.trace.calls.size() + back.trace.cut, static_cast<size_t>(kCalls));
    EXPECT_EQ(back.trace.calls.front().time_ns, fixture::trace().calls[0].time_ns + 1);
}

TEST_F(RecordedStreams, SeveralFilesKeepTheEndAndAreReadAsOne) {
    const Shared run = with_calls();
    constexpr int kCalls = 300'000;
    auto writer = RecordingWriter::create(path_, run.start, {1'500'000, 3}).value();
    ASSERT_TRUE(write_calls(*writer, kCalls).has_value());
    ASSERT_TRUE(writer->finish(run.end).has_value());
    const auto back = read_recording(path_).value();
    EXPECT_GT(back.trace.cut, 0U);
    EXPECT_EQ(back.trace.calls.size() + back.trace.cut, static_cast<size_t>(kCalls));
    EXPECT_EQ(back.trace.calls.back().time_ns, fixture::trace().calls[0].time_ns + kCalls);
    EXPECT_THAT(back.accounting.notes, IsEmpty());

    const auto part = read_recording(path_ + ".1").value();
    EXPECT_THAT(part.accounting.notes, ::testing::Contains(HasSubstr("part of a recording")));
    EXPECT_LT(part.trace.calls.size(), back.trace.calls.size());
    // A file of another run that lies there is none of its parts.
    const auto other = RecordingWriter::create(path_ + ".1", small_observation()).value();
    EXPECT_LT(read_recording(path_).value().trace.calls.size(), back.trace.calls.size());
    EXPECT_EQ(::access((path_ + ".3").c_str(), F_OK), -1) << "more files than were allowed";
    for (const char* age : {".1", ".2"}) ::unlink((path_ + age).c_str());
}

TEST_F(RecordedStreams, OfDamagedCallsTheOthersAreRead) {
    const Shared run = with_calls();
    auto writer = RecordingWriter::create(path_, run.start).value();
    ASSERT_TRUE(write_calls(*writer, 100'000).has_value());
    ASSERT_TRUE(writer->finish(run.end).has_value());
    const std::string contents = bytes();
    for (const size_t at : {contents.size() / 4, contents.size() / 2, contents.size() * 3 / 4}) {
        std::string damaged = contents;
        damaged[at] ^= 0x10;
        put(damaged);
        const auto back = read_recording(path_).value();
        EXPECT_LT(back.trace.calls.size(), 100'000U);
        EXPECT_GT(back.trace.calls.size(), 10'000U);
        EXPECT_THAT(back.accounting.notes, ::testing::Contains(HasSubstr("damaged at offset")));
    }
    for (size_t length = 0; length < contents.size(); length += 40'009) {
        put(contents.substr(0, length));
        const auto cut = read_recording(path_);
        EXPECT_TRUE(cut || length < 1000) << length;
    }
}

}  // namespace
}  // namespace knowhy::model
