#include "collect/drops/sample.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

#include "collect/drops/points.h"

namespace knowhy::collect {
namespace {

using model::Fact;

// Functions of 0x100 bytes each.
const symbols::SymbolTable& symbol_table() {
    static const auto table = symbols::SymbolTable::parse(
        "ffffffff81000000 T nf_hook_slow\n"
        "ffffffff81000100 T ip_rcv\n"
        "ffffffff81000200 T tcp_v4_do_rcv\n"
        "ffffffff81000300 T ip_route_input_slow\n"
        "ffffffff81000400 T bpf_trace_run3\n"
        "ffffffff81000500 T _etext\n"
        "ffffffffc0000000 t bpf_prog_6deef7357e7b4530_kw_free [bpf]\n"
        "ffffffffc0000100 t bpf_trampoline_6442 [bpf]\n",
        "test");
    return *table;
}

constexpr uint64_t kNfHookSlow = 0xffffffff81000000;
constexpr uint64_t kIpRcv = 0xffffffff81000100;

kw_sample wire_sample() {
    kw_sample wire{};
    wire.key.location = kNfHookSlow + 0x20;
    wire.key.reason = 7;
    wire.key.netns = 4026531840;
    wire.key.ifindex = 2;
    wire.level = 1;
    std::strcpy(wire.comm, "sender");
    std::strcpy(wire.device, "vb");
    return wire;
}

void set_stack(kw_sample& wire, std::initializer_list<uint64_t> frames) {
    size_t at = 0;
    for (const uint64_t frame : frames) wire.stack[at++] = frame;
    wire.stack_bytes = static_cast<int32_t>(at * sizeof(uint64_t));
}

void add_fact(kw_sample& wire, kw_point point, uint16_t order, int64_t value) {
    kw_fact& fact = wire.facts[wire.facts_count++];
    fact.point = point;
    fact.order = order;
    fact.value = value;
}

// As the programs send it: cut after the last part it has.
std::span<const std::byte> sent(const kw_sample& wire) {
    size_t size = offsetof(kw_sample, stack);
    if (wire.facts_count > 0)
        size = sizeof(wire);
    else if (wire.stack_bytes > 0)
        size = offsetof(kw_sample, facts);
    return {reinterpret_cast<const std::byte*>(&wire), size};
}

model::DropSample read(const kw_sample& wire) {
    auto result = read_sample(sent(wire), &symbol_table());
    EXPECT_TRUE(result.has_value());
    return result ? result->sample : model::DropSample{};
}

TEST(Sample, KeyAndPlaceOfTheFree) {
    kw_sample wire = wire_sample();
    wire.key.point = KW_P_fib_validate_source;
    wire.key.point_value = -22;
    const auto result = read_sample(sent(wire), &symbol_table());
    ASSERT_TRUE(result);
    EXPECT_EQ(result->key.location, kNfHookSlow + 0x20);
    EXPECT_EQ(result->key.point_value, -22);
    EXPECT_EQ(result->key.source, model::DropSource::Free);
    EXPECT_EQ(result->sample.place.function, "nf_hook_slow");
    EXPECT_EQ(result->sample.comm, "sender");
    EXPECT_EQ(result->sample.device, "vb");
    EXPECT_EQ(result->sample.context, model::DropSample::Context::Softirq);
}

TEST(Sample, AFunctionThatNamesItselfIsThePlace) {
    // Incident 5: a tool that steps back one byte blames the function before it.
    kw_sample wire = wire_sample();
    wire.key.location = kIpRcv;
    const auto read = read_sample(sent(wire), &symbol_table());
    ASSERT_TRUE(read);
    EXPECT_EQ(read->sample.place.text(), "ip_rcv");
}

TEST(Sample, ARefusalIsAtTheFunctionThatStartsThere) {
    kw_sample wire = wire_sample();
    wire.key.source = KW_SOURCE_REFUSAL;
    wire.key.location = kIpRcv;
    EXPECT_EQ(read(wire).place.function, "ip_rcv");
}

TEST(Sample, TheStackBeginsWithTheCallerOfTheFree) {
    kw_sample wire = wire_sample();
    set_stack(wire, {0xffffffffc0000000, 0xffffffffc0000100, kNfHookSlow + 0x20, kIpRcv + 8});
    const auto sample = read(wire);
    ASSERT_EQ(sample.stack.size(), 2U);
    EXPECT_EQ(sample.stack[0].function, "nf_hook_slow");
    EXPECT_EQ(sample.stack[1].function, "ip_rcv");
}

TEST(Sample, TheStackIsThePacketsWayWithoutWhoWatches) {
    constexpr uint64_t kProgram = 0xffffffffc0000010;
    constexpr uint64_t kTrampoline = 0xffffffffc0000150;
    kw_sample wire = wire_sample();
    set_stack(wire, {kProgram, kNfHookSlow + 0x20, kTrampoline, kNfHookSlow + 5, kIpRcv + 0x40});
    const auto read = read_sample(sent(wire), &symbol_table());
    ASSERT_TRUE(read);
    std::vector<std::string> functions;
    for (const auto& frame : read->sample.stack) functions.push_back(frame.text());
    EXPECT_EQ(functions, (std::vector<std::string>{"nf_hook_slow+0x20", "ip_rcv+0x40"}));
}

// The free names a function instead of its caller, so nothing tells where the probe's frames end.
TEST(Sample, TheStackBeginsAfterTheProbeWhereNoFrameIsThePlace) {
    constexpr uint64_t kProgram = 0xffffffffc0000010;
    constexpr uint64_t kTraceRun = 0xffffffff81000420;
    kw_sample wire = wire_sample();
    wire.key.location = kNfHookSlow;
    set_stack(wire, {kProgram, kTraceRun, kNfHookSlow + 0x20, kIpRcv + 0x40});
    const auto sample = read(wire);
    ASSERT_EQ(sample.stack.size(), 2U);
    EXPECT_EQ(sample.stack[0].text(), "nf_hook_slow+0x20");
}

TEST(Sample, AFunctionThatCallsItselfStaysTwice) {
    kw_sample wire = wire_sample();
    set_stack(wire, {kNfHookSlow + 0x20, kNfHookSlow + 0x30, kIpRcv + 0x40});
    const auto read = read_sample(sent(wire), &symbol_table());
    ASSERT_TRUE(read);
    EXPECT_EQ(read->sample.stack.size(), 3U);
}

TEST(Sample, FactsComeInTheOrderTheyHappened) {
    kw_sample wire = wire_sample();
    add_fact(wire, KW_P_ip_route_input_noref, 3, -22);
    add_fact(wire, KW_P_fib_validate_source, 1, -22);
    const auto sample = read(wire);
    ASSERT_EQ(sample.facts.size(), 2U);
    EXPECT_EQ(sample.facts[0].point, "fib_validate_source");
    EXPECT_EQ(sample.facts[0].value, -22);
    EXPECT_EQ(sample.facts[1].point, "ip_route_input_noref");
}

TEST(Sample, AFunctionAroundTheFreeIsBelievedOnlyOnTheStack) {
    kw_sample wire = wire_sample();
    add_fact(wire, KW_P_nf_hook_slow, 1, 0);
    add_fact(wire, KW_P_tcp_v4_do_rcv, 2, 0);
    set_stack(wire, {kNfHookSlow + 0x20, kIpRcv + 8});
    wire.facts[0].words[0] = 1;
    const auto sample = read(wire);
    ASSERT_EQ(sample.facts.size(), 1U);
    EXPECT_EQ(sample.facts[0].point, "nf_hook_slow");
    EXPECT_EQ(sample.facts[0].kind, Fact::Kind::Around);
    EXPECT_EQ(sample.facts[0].value, std::nullopt);
    EXPECT_EQ(sample.facts[0].number("hook"), 1);
}

TEST(Sample, ASocketFromAroundGoesWithItsFunction) {
    kw_sample wire = wire_sample();
    wire.socket.address = 0xffff888000000000;
    wire.socket.family = AF_INET;
    wire.socket.around = 1;
    add_fact(wire, KW_P_tcp_v4_do_rcv, 1, 0);
    set_stack(wire, {kNfHookSlow + 0x20});
    EXPECT_FALSE(read(wire).socket);
    wire.socket.around = 0;
    ASSERT_TRUE(read(wire).socket);
    EXPECT_EQ(read(wire).socket->family, AF_INET);
}

TEST(Sample, TcpFieldsOnlyOfATcpSocket) {
    kw_sample wire = wire_sample();
    wire.socket.address = 0xffff888000000000;
    wire.socket.rcv_nxt = 0xfffffff0;
    EXPECT_EQ(read(wire).socket->field("rcv_nxt"), std::nullopt);
    wire.socket.is_tcp = 1;
    EXPECT_EQ(read(wire).socket->field("rcv_nxt"), 0xfffffff0);
}

TEST(Sample, RouteErrorsAreNegativeWhicheverFamilyKeepsThem) {
    kw_sample wire = wire_sample();
    EXPECT_EQ(read(wire).dst_error, std::nullopt);
    wire.has_dst = 1;
    wire.dst_error = 113;
    EXPECT_EQ(read(wire).dst_error, -113);
    wire.dst_error = -101;
    EXPECT_EQ(read(wire).dst_error, -101);
}

TEST(Sample, PacketBytesEndWithThePacket) {
    kw_sample wire = wire_sample();
    wire.start = KW_START_NETWORK;
    wire.captured = 60;
    wire.wire_length = 28;
    EXPECT_EQ(read(wire).packet.bytes.size(), 28U);
    wire.captured = 65535;
    wire.wire_length = 9000;
    EXPECT_EQ(read(wire).packet.bytes.size(), static_cast<size_t>(KW_PACKET_SNAP));
    wire.start = KW_START_NONE;
    EXPECT_TRUE(read(wire).packet.bytes.empty());
}

TEST(Sample, WhatIsCutShortIsNoSample) {
    kw_sample wire = wire_sample();
    set_stack(wire, {kNfHookSlow + 0x20});
    const auto whole = sent(wire);
    EXPECT_FALSE(read_sample(whole.first(offsetof(kw_sample, stack) - 1), nullptr));
    EXPECT_FALSE(read_sample(whole.first(offsetof(kw_sample, stack)), nullptr));
    EXPECT_TRUE(read_sample(whole, nullptr));
}

TEST(Sample, WithoutSymbolsPlacesAreAddresses) {
    const auto result = read_sample(sent(wire_sample()), nullptr);
    ASSERT_TRUE(result);
    EXPECT_EQ(result->sample.place.address, kNfHookSlow + 0x20);
    EXPECT_EQ(result->sample.place.function, "");
}

}  // namespace
}  // namespace knowhy::collect
