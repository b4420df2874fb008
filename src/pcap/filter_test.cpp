#include "pcap/filter.h"

#include <gmock/gmock.h>
#include <rapidcheck.h>

#include <algorithm>

#include "ir/interp.h"
#include "ir/print.h"
#include "pcap/expression_gen.h"
#include "pcap/packet_gen.h"
#include "pcap/reference.h"

namespace knowhy::pcap {
namespace {

using ::testing::HasSubstr;

std::string error_of(const std::string& expression, Link link = Link::Ethernet) {
    const auto program = compile(expression, link);
    return program ? "compiled" : program.error().message;
}

TEST(Filter, BecomesReadableIr) {
    const auto program = compile("ip", Link::Ethernet);
    ASSERT_TRUE(program.has_value());
    EXPECT_EQ(ir::to_text(*program), R"(returns u32
b0:
    %0:u32 = packet u16 at 12; then b1, past end b2, past copy b4
b1:
    if %0 == 0x800 then b3 else b2
b2:
    return 0x0
b3:
    return 0x1
b4:
    return 0x2
)");
}

TEST(Filter, AnErrorIsLibpcapsAndNamesTheExpression) {
    EXPECT_EQ(error_of("tcp prot 80"),
              "filter 'tcp prot 80': can't parse filter expression: "
              "syntax error");
    EXPECT_EQ(compile("tcp prot 80", Link::Ethernet).error().kind, ErrorKind::Usage);
    EXPECT_THAT(error_of("host \x1b[31m"), HasSubstr("'host \\x1b[31m'"));
    EXPECT_THAT(error_of(std::string("tcp\0 or", 7)), HasSubstr("zero byte"));
    EXPECT_THAT(error_of("ip broadcast"), HasSubstr("netmask not known"));
}

TEST(Filter, WhatOursCannotDoIsRefused) {
    EXPECT_THAT(error_of("inbound"), HasSubstr("not in the packet's bytes"));
    EXPECT_THAT(error_of("ip6 protochain 6"), HasSubstr("loop"));
    // A bug of libpcap 1.10.3, whose answer depends on what its stack held before.
    EXPECT_THAT(error_of("not geneve and not ip"), HasSubstr("memory it has not written"));
}

std::string ports(int count) {
    std::string expression = "port 1";
    for (int i = 2; i <= count; ++i) expression += fmt::format(" or {}", i);
    return expression;
}

TEST(Filter, HostileExpressionsEndInAnError) {
    EXPECT_THAT(error_of(std::string(20000, '(')), HasSubstr("longer than 16384 bytes"));
    EXPECT_THAT(error_of(std::string(16000, '(')), HasSubstr("filter '((((("));
    EXPECT_THAT(error_of(ports(257)), HasSubstr("257 terms, 256 is the limit"));
    EXPECT_THAT(error_of(ports(256)), HasSubstr("12000 is the limit"));
    EXPECT_THAT(error_of("tcp&&udp||" + ports(256)), HasSubstr("258 terms"));
    std::string nots;
    for (int i = 0; i < 4000; ++i) nots += "not ";
    EXPECT_NE(error_of(nots + "tcp"), "");
}

TEST(Filter, WithoutAMacHeaderTheVersionNibbleDecides) {
    const auto program = compile("ip", Link::RawIp);
    ASSERT_TRUE(program.has_value());
    const std::vector<uint8_t> v4(20, 0x45);
    const std::vector<uint8_t> v6(40, 0x60);
    EXPECT_EQ(ir::run(*program, {v4, 20}).value(), ir::kMatch);
    EXPECT_EQ(ir::run(*program, {v6, 40}).value(), ir::kNoMatch);
}

TEST(Filter, QuestionsAboutTheMacHeaderNeedOne) {
    const auto both = compile_both("ether host 02:00:00:00:00:01");
    ASSERT_TRUE(both.has_value());
    EXPECT_THAT(both->needs_mac, HasSubstr("ethernet addresses supported only on ethernet"));
    const std::vector<uint8_t> packet(64, 0x45);
    EXPECT_EQ(ir::run(both->raw_ip, {packet, 64}).value(), ir::kNoMatch);

    EXPECT_THAT(compile_both("tcp or ether [12:2] = 0x800")->needs_mac, HasSubstr("link layer"));
    EXPECT_THAT(compile_both("tcp or vlan")->needs_mac, HasSubstr("no VLAN support for Raw IP"));

    EXPECT_EQ(compile_both("udp port 53")->needs_mac, "");
    EXPECT_EQ(compile_both("arp or ether proto 0x8809 or udp[8] = 1")->needs_mac, "");
    EXPECT_FALSE(compile_both("udp prot 53").has_value());
}

TEST(Filter, BeyondTheCopyIsNotBeyondThePacket) {
    const auto program = compile("ether[100] = 7", Link::Ethernet);
    ASSERT_TRUE(program.has_value());
    std::vector<uint8_t> packet(120);
    packet[100] = 7;
    const std::span<const uint8_t> all(packet);
    EXPECT_EQ(ir::run(*program, {all, 120}).value(), ir::kMatch);
    EXPECT_EQ(ir::run(*program, {all.first(101), 120}).value(), ir::kMatch);
    EXPECT_EQ(ir::run(*program, {all.first(100), 120}).value(), ir::kBeyondCopy);
    EXPECT_EQ(ir::run(*program, {all.first(100), 100}).value(), ir::kNoMatch);
}

TEST(Filter, AgreesWithLibpcapPacketByPacket) {
    const auto property = [] {
        const Link link = *rc::gen::element(Link::Ethernet, Link::RawIp);
        const std::string text = *expression(2);
        const auto reference = Reference::compile(text, link);
        const auto program = compile(text, link);
        RC_CLASSIFY(!reference.has_value(), "refused");
        const bool libpcap_bug = !program && program.error().message.ends_with("not written");
        RC_ASSERT(program.has_value() == (reference.has_value() && !libpcap_bug));
        if (!program) return;
        PacketGen packets(*rc::gen::arbitrary<uint64_t>());
        for (int i = 0; i < 20; ++i) {
            const std::vector<uint8_t> packet = packets.packet(link);
            const auto length = static_cast<uint32_t>(packet.size());
            const std::span<const uint8_t> all(packet);
            const auto copy = all.first(std::min<size_t>(packets.below(200), length));
            const bool expected = reference->matches(all, length);
            RC_ASSERT(ir::run(*program, {all, length}).value() ==
                      (expected ? ir::kMatch : ir::kNoMatch));
            const uint64_t seen = ir::run(*program, {copy, length}).value();
            if (seen == ir::kBeyondCopy)
                RC_ASSERT(!reference->matches(copy, length));
            else
                RC_ASSERT(seen == (expected ? ir::kMatch : ir::kNoMatch));
        }
    };
    setenv("RC_PARAMS", "max_success=1000", 0);
    EXPECT_TRUE(rc::check("libpcap and the interpreter agree", property));
}

}  // namespace
}  // namespace knowhy::pcap
