#include "symbols/locate/place.h"

#include <gtest/gtest.h>

namespace knowhy::symbols {
namespace {

using Kind = PlaceName::Kind;

PlaceName parsed(std::string_view text) {
    const auto place = parse_place(text);
    EXPECT_TRUE(place.has_value()) << text;
    return place.value_or(PlaceName{});
}

TEST(Place, AFunctionAloneOrInAModule) {
    EXPECT_EQ(parsed("tcp_v4_rcv").kind, Kind::Function);
    EXPECT_EQ(parsed("tcp_v4_rcv").function, "tcp_v4_rcv");
    EXPECT_EQ(parsed("tcp_v4_rcv").module, "");
    EXPECT_EQ(parsed("bonding:ad_tx_machine").module, "bonding");
    EXPECT_EQ(parsed("bonding:ad_tx_machine").function, "ad_tx_machine");
    EXPECT_EQ(parsed("foo.constprop.0").function, "foo.constprop.0");
    EXPECT_EQ(parsed("tcp_*").function, "tcp_*");
}

TEST(Place, AnOffsetIsDecimalOrHexadecimal) {
    const PlaceName hexadecimal = parsed("ip_rcv+0x1b");
    EXPECT_EQ(hexadecimal.kind, Kind::Offset);
    EXPECT_EQ(hexadecimal.function, "ip_rcv");
    EXPECT_EQ(hexadecimal.value, 0x1bU);
    EXPECT_EQ(parsed("bonding:f+27").value, 27U);
    EXPECT_EQ(parsed("bonding:f+27").module, "bonding");
}

TEST(Place, ALineOfAFile) {
    const PlaceName line = parsed("net/ipv4/ip_input.c:540");
    EXPECT_EQ(line.kind, Kind::Line);
    EXPECT_EQ(line.file, "net/ipv4/ip_input.c");
    EXPECT_EQ(line.line, 540U);
    EXPECT_EQ(parsed("../../net/./x.c:7").file, "net/./x.c");
    EXPECT_EQ(parsed("./x.c:7").file, "x.c");
    EXPECT_EQ(parsed("ip_input.c:*").line, 0U);
    const PlaceName in_module = parsed("bonding:bond_3ad.c:1379");
    EXPECT_EQ(in_module.module, "bonding");
    EXPECT_EQ(in_module.file, "bond_3ad.c");
    EXPECT_EQ(in_module.line, 1379U);
}

TEST(Place, AnAddress) {
    EXPECT_EQ(parsed("0xffffffff81459d10").kind, Kind::Address);
    EXPECT_EQ(parsed("0xffffffff81459d10").value, 0xffffffff81459d10U);
    const PlaceName in_module = parsed("bonding:0x1040");
    EXPECT_EQ(in_module.kind, Kind::Address);
    EXPECT_EQ(in_module.module, "bonding");
    EXPECT_EQ(in_module.value, 0x1040U);
}

TEST(Place, AsTheKernelPrintsItsStacks) {
    const PlaceName place = parsed("bond_enslave+0x1b/0xc3 [bonding]");
    EXPECT_EQ(place.kind, Kind::Offset);
    EXPECT_EQ(place.module, "bonding");
    EXPECT_EQ(place.function, "bond_enslave");
    EXPECT_EQ(place.value, 0x1bU);
    EXPECT_EQ(parsed("ip_rcv+0x1b/0xc3"), parsed("ip_rcv+0x1b"));
    EXPECT_EQ(parsed("f [m]"), parsed("m:f"));
    EXPECT_EQ(parsed("f+0x1/0x2 [m 8ed6cb05e7]"), parsed("m:f+1"));
    EXPECT_EQ(parsed("tcp_v[46]_rcv").function, "tcp_v[46]_rcv");
    EXPECT_EQ(parsed("tcp_v[46]").function, "tcp_v[46]");
    EXPECT_EQ(parsed("ffffffff81459d10"), parsed("0xffffffff81459d10"));
    EXPECT_EQ(parsed("deadbeef").kind, Kind::Function);
}

TEST(Place, AFileAloneIsToldHowToGoOn) {
    for (const std::string_view text :
         {"tcp.c", "net/ipv4/tcp.c", "net/ipv4", "tcp.h", "m:entry.S"}) {
        const auto place = parse_place(text);
        ASSERT_FALSE(place.has_value()) << text;
        EXPECT_NE(place.error().message.find(":LINE"), std::string::npos) << text;
    }
}

TEST(Place, WhatIsNoneIsRefused) {
    for (const std::string_view text : {"",        ":",         "f+",
                                        "f+x",     "+0x1",      "a:b:c",
                                        "a:b:c:1", "x.c:0",     "x.c:4294967296",
                                        ":x.c:1",  "f:",        ":f",
                                        "a b",     "0x",        "0xfffffffffffffffff",
                                        "a/b:f",   "f+0x1+0x2", "f\x1b[1m",
                                        "f+0x1/",  "f+0x1/x",   "f+/0x2",
                                        " [m]",    "f []",      "f [m",
                                        "f [a/b]"}) {
        const auto place = parse_place(text);
        ASSERT_FALSE(place.has_value()) << text;
        EXPECT_EQ(place.error().kind, ErrorKind::Usage);
        EXPECT_EQ(place.error().message.find('\x1b'), std::string::npos);
    }
}

}  // namespace
}  // namespace knowhy::symbols
