#include "model/address.h"

#include <gtest/gtest.h>

namespace knowhy::model {
namespace {

IpAddress ip(std::string_view text) {
    return IpAddress::parse(text).value();
}

TEST(IpAddress, ParsesAndPrints) {
    EXPECT_EQ(ip("10.9.0.1").text(), "10.9.0.1");
    EXPECT_EQ(ip("10.9.0.1").v4_host(), 0x0a090001U);
    EXPECT_EQ(ip("2001:DB8:0:0::1").text(), "2001:db8::1");
    EXPECT_FALSE(IpAddress::parse("10.9.0"));
    EXPECT_EQ(IpAddress().text(), "");
}

TEST(IpAddress, KnowsItsKind) {
    EXPECT_TRUE(ip("224.1.2.3").is_multicast());
    EXPECT_TRUE(ip("ff02::1").is_multicast());
    EXPECT_TRUE(ip("127.0.0.5").is_loopback());
    EXPECT_TRUE(ip("::1").is_loopback());
    EXPECT_FALSE(ip("::2").is_loopback());
    EXPECT_TRUE(ip("0.0.0.0").is_unspecified());
    EXPECT_FALSE(IpAddress().is_unspecified());
    EXPECT_TRUE(ip("fe80::1").is_link_local());
    EXPECT_TRUE(ip("255.255.255.255").is_limited_broadcast());
}

TEST(Prefix, ContainsByBits) {
    const Prefix net = Prefix::parse("10.9.0.0/23").value();
    EXPECT_TRUE(net.contains(ip("10.9.1.255")));
    EXPECT_FALSE(net.contains(ip("10.9.2.0")));
    EXPECT_FALSE(net.contains(ip("::1")));
    EXPECT_TRUE(Prefix::parse("0.0.0.0/0")->contains(ip("8.8.8.8")));
    EXPECT_EQ(Prefix::parse("10.9.0.1")->text(), "10.9.0.1/32");
    EXPECT_FALSE(Prefix::parse("10.9.0.1/33"));
}

TEST(MacAddress, ParsesAndPrints) {
    EXPECT_EQ(MacAddress::parse("02:11:22:33:44:5f")->text(), "02:11:22:33:44:5f");
    EXPECT_TRUE(MacAddress::parse("01:80:c2:00:00:00")->is_multicast());
    EXPECT_FALSE(MacAddress::parse("02:11:22:33:44"));
    EXPECT_FALSE(MacAddress::parse("02:11:22:33:44:zz"));
}

}  // namespace
}  // namespace knowhy::model
