#include "model/packet.h"

#include <gtest/gtest.h>

namespace knowhy::model {
namespace {

TEST(PacketNames, ProtocolsAndEthertypes) {
    EXPECT_EQ(ip_protocol_name(17), "UDP");
    EXPECT_EQ(ip_protocol_name(253), "proto 253");
    EXPECT_EQ(ethertype_name(0x0800), "IPv4");
    EXPECT_EQ(ethertype_name(0x8809), "LACP");
    EXPECT_EQ(ethertype_name(0x88b5), "0x88b5");
    EXPECT_EQ(ethertype_name(0x0004), "0x0004");
}

TEST(TcpHeader, FlagsAsTcpdumpPrintsThem) {
    TcpHeader header;
    EXPECT_EQ(header.flags(), "none");
    header.syn = true;
    EXPECT_EQ(header.flags(), "S");
    header.ack = true;
    EXPECT_EQ(header.flags(), "S.");
    header.syn = false;
    header.psh = true;
    header.fin = true;
    EXPECT_EQ(header.flags(), "FP.");
}

Decoded udp_packet() {
    Decoded packet;
    packet.ip.emplace();
    packet.ip->version = 4;
    packet.ip->source = *IpAddress::parse("10.9.0.1");
    packet.ip->destination = *IpAddress::parse("10.9.0.2");
    packet.ip->protocol = 17;
    packet.transport.emplace();
    packet.transport->protocol = 17;
    packet.transport->source_port = 1111;
    packet.transport->destination_port = 4791;
    return packet;
}

TEST(PacketSummary, RoceOpcodesHaveNames) {
    Decoded packet = udp_packet();
    packet.roce = Roce{0x64, 3, 9};
    EXPECT_EQ(packet.summary(), "10.9.0.1:1111 > 10.9.0.2:4791 roce UD SEND_ONLY qp 3 psn 9");
    packet.roce->opcode = 0x81;
    EXPECT_EQ(packet.summary(), "10.9.0.1:1111 > 10.9.0.2:4791 roce CNP qp 3 psn 9");
    packet.roce->opcode = 0x1f;
    EXPECT_EQ(packet.summary(), "10.9.0.1:1111 > 10.9.0.2:4791 roce opcode 0x1f qp 3 psn 9");
}

TEST(PacketSummary, WhatIsWrongStandsAtTheEnd) {
    Decoded packet = udp_packet();
    packet.malformed = true;
    packet.problem = "UDP length 7, less than 8";
    EXPECT_EQ(packet.summary(),
              "10.9.0.1:1111 > 10.9.0.2:4791 udp (malformed: UDP length 7, less than 8)");
}

TEST(PacketSummary, ArpOfOtherOperations) {
    Decoded packet;
    packet.arp.emplace();
    packet.arp->operation = 9;
    EXPECT_EQ(packet.summary(), "ARP operation 9");
    packet.arp->sender = *IpAddress::parse("10.1.0.1");
    packet.arp->target = *IpAddress::parse("10.1.0.2");
    EXPECT_EQ(packet.summary(), "ARP operation 9 from 10.1.0.1 about 10.1.0.2");
}

}  // namespace
}  // namespace knowhy::model
