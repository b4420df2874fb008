#include "model/trace_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/codec_testing.h"
#include "model/fixture_trace.h"

namespace knowhy::model {
namespace {

std::vector<TracedCall> unpacked(std::span<const uint8_t> payload, size_t functions) {
    std::vector<TracedCall> calls;
    const Status done = unpack_calls(payload, functions, [&](TracedCall&& call) -> Status {
        calls.push_back(std::move(call));
        return {};
    });
    EXPECT_TRUE(done.has_value()) << done.error().message;
    return calls;
}

std::vector<TracedCall> random_calls(uint32_t seed) {
    std::vector<TracedCall> calls;
    for (uint32_t i = 0; i < 20; ++i) {
        auto call = testing::RandomModel(100 * seed + i).make<TracedCall>();
        call.function %= 7;
        if (call.packet && call.packet->start == RawPacket::Start::None) call.packet.reset();
        calls.push_back(std::move(call));
    }
    return calls;
}

TEST(TraceCodec, AnyCallsComeBackEqual) {
    for (uint32_t seed = 0; seed < 100; ++seed) {
        const auto calls = random_calls(seed);
        CallPacker packer;
        for (const TracedCall& call : calls) packer.add(call);
        EXPECT_EQ(packer.calls(), calls.size());
        EXPECT_EQ(testing::difference(calls, unpacked(packer.payload(), 7)), "") << seed;
    }
}

TEST(TraceCodec, WhatComesAgainTakesFewBytes) {
    CallPacker packer;
    constexpr uint64_t kRounds = 1000;
    const Trace trace = fixture::trace();
    for (uint64_t i = 0; i < kRounds; ++i) {
        for (TracedCall call : trace.calls) {
            call.time_ns += i * 10'000;
            packer.add(call);
        }
    }
    EXPECT_LT(packer.payload().size(), kRounds * trace.calls.size() * 12);
}

TEST(TraceCodec, ValuesBeyondTheBoundsAreLeftOut) {
    TracedCall call;
    call.values.resize(2 * kMaxCallValues);
    TracedValue deep;
    for (size_t i = 0; i < 2 * kMaxValueDepth; ++i) {
        TracedValue outer;
        outer.members.push_back(std::move(deep));
        deep = std::move(outer);
    }
    call.values.front() = deep;
    CallPacker packer;
    packer.add(call);
    const auto back = unpacked(packer.payload(), 1);
    ASSERT_EQ(back.size(), 1U);
    EXPECT_EQ(back[0].values.size(), kMaxCallValues - kMaxValueDepth + 1);
}

TEST(TraceCodec, AnythingShorterIsRefused) {
    CallPacker packer;
    for (const TracedCall& call : fixture::trace().calls) packer.add(call);
    const std::vector<uint8_t> whole = packer.payload();
    const auto take = [](TracedCall&&) -> Status { return {}; };
    for (size_t size = 0; size < whole.size(); ++size)
        EXPECT_FALSE(unpack_calls(std::span(whole).first(size), 3, take)) << size;
    EXPECT_TRUE(unpack_calls(whole, 3, take));
    EXPECT_FALSE(unpack_calls(whole, 2, take)) << "a function that is not there";
}

TEST(TraceCodec, AnyByteMayBeWrong) {
    CallPacker packer;
    for (const TracedCall& call : random_calls(3)) packer.add(call);
    const std::vector<uint8_t> whole = packer.payload();
    for (size_t at = 0; at < whole.size(); ++at) {
        for (const uint8_t flip : {0x01, 0x40, 0xff}) {
            std::vector<uint8_t> bytes = whole;
            bytes[at] ^= flip;
            size_t calls = 0;
            const Status done = unpack_calls(bytes, 7, [&](TracedCall&&) -> Status {
                ++calls;
                return {};
            });
            EXPECT_TRUE(done || !done.error().message.empty());
            EXPECT_LE(calls, bytes.size());
        }
    }
}

}  // namespace
}  // namespace knowhy::model
