#include "explain/fixture.h"

namespace knowhy::explain::testing {
namespace {

Drop reply(Drop drop) {
    return drop.at("icmp_rcv").dev("v1").ip("10.1.0.2", "10.1.0.1", 1).icmp(0).reason("NO_SOCKET");
}

Drop reply6(Drop drop) {
    return drop.at("icmpv6_rcv")
        .dev("v1")
        .ip("fd00::2", "fd00::1", 58)
        .icmp(129)
        .reason("NO_SOCKET");
}

std::vector<Fixture> replies() {
    return {
        reply(Drop::on_6_1("echo reply, raw socket"))
            .fact("raw_local_deliver", 1)
            .harmless("echo-reply", {"reason", "fact:raw_local_deliver", "packet", "sample"}),
        reply6(Drop::on_6_1("echo reply, IPv6"))
            .fact("raw6_local_deliver", 1)
            .harmless("echo-reply", {"reason", "fact:raw6_local_deliver", "packet"}),
        reply(Drop::on_6_1("echo reply, no raw socket")).unknown(),
        reply(Drop::on_6_18("echo reply, requests sent from here"))
            .counter("snmp.Icmp.OutEchos", 3)
            .likely_harmless("echo-reply"),
        reply(Drop::on_6_18("echo reply, nobody asked"))
            .counter("snmp.Icmp.OutEchos", 0)
            .gives("echo-reply", model::Certainty::Likely, model::Verdict::Unknown,
                   "whether a raw socket got it is not known"),
        reply(Drop::on_6_1("not an echo reply")).icmp(3).fact("raw_local_deliver", 1).unknown(),
    };
}

Drop group_packet(Drop drop) {
    return drop.at("ip6_mc_input").dev("v1").ip("fe80::1", "ff02::fb");
}

Drop joined(Drop drop, const std::string& group) {
    drop.state().multicast_groups["v1"] = {*model::IpAddress::parse(group)};
    return drop;
}

Drop to_many(Drop drop, const std::string& destination) {
    return drop.at("__udp4_lib_rcv").dev("v1").ip("10.1.0.1", destination).udp(9);
}

std::vector<Fixture> many() {
    return {
        to_many(Drop::on_6_1("subnet broadcast"), "10.1.0.255")
            .route("broadcast", "10.1.0.255", "v1", 255)
            .counter("snmp.Udp.IgnoredMulti", 3)
            .harmless("multicast-unwanted", {"packet", "route", "sample"}),
        to_many(Drop::on_6_1("broadcast frame"), "10.1.0.255")
            .packet_type(1)
            .harmless("multicast-unwanted", {"packet"}),
        to_many(Drop::on_6_18("multicast"), "224.0.0.251")
            .harmless("multicast-unwanted", {"packet", "place"}),
        to_many(Drop::on_6_1("unicast without a reason"), "10.1.0.2").unknown(),
        joined(group_packet(Drop::on_6_1("IPv6 group not joined")), "ff02::1")
            .harmless("multicast-unwanted", {"packet", "groups", "state"}),
        joined(group_packet(Drop::on_6_1("IPv6 group joined")), "ff02::fb").unknown(),
        group_packet(Drop::on_6_18("IPv6 group, groups not known"))
            .likely_harmless("multicast-unwanted"),
    };
}

std::vector<Fixture> members() {
    return {
        Drop::on_6_1("member of a datagram that was read")
            .at("skb_release_data")
            .under({"__consume_stateless_skb", "udp_recvmsg"})
            .harmless("fragment-member", {"place"}),
        Drop::on_6_1("member of a datagram to a closed port")
            .at("skb_release_data")
            .under({"kfree_skb_reason", "__udp4_lib_rcv"})
            .harmless("fragment-member", {"place"}),
        // Newer kernels hand the packet's own reason to its members.
        Drop::on_6_18("member of a datagram to a closed port")
            .at("skb_release_data")
            .ip("10.1.0.1", "10.1.0.2")
            .reason("NO_SOCKET")
            .harmless("fragment-member", {"place"}),
    };
}

Drop discovery(Drop drop, uint8_t type) {
    Drop made = drop.at("icmpv6_rcv").dev("v1").ip("fe80::1", "fd00::2", 58).icmp(type).ttl(255);
    made.sample().decoded.ip->total_length = 72;
    return made;
}

Drop error(Drop drop, uint32_t total_length) {
    Drop made = discovery(std::move(drop), 1).ttl(60);
    made.sample().decoded.ip->total_length = total_length;
    return made;
}

// A neighbour solicitation with one option of so many times 8 bytes, of which `copied` are there.
Drop solicitation(Drop drop, uint8_t option_length, size_t copied = 72, uint8_t target = 0xfd) {
    Drop made = discovery(std::move(drop), 135);
    std::vector<uint8_t> bytes(72);
    bytes[40] = 135;
    bytes[48] = target;
    bytes[64] = 1;  // source link-layer address
    bytes[65] = option_length;
    bytes.resize(copied);
    return made.raw_header(bytes);
}

std::vector<Fixture> consumed() {
    return {
        solicitation(Drop::on_6_1("neighbour solicitation"), 1).harmless("nd-consumed", {"packet"}),
        solicitation(Drop::on_6_1("neighbour solicitation, not all copied"), 1, 65)
            .likely_harmless("nd-consumed"),
        solicitation(Drop::on_6_1("an option without length"), 0)
            .lost("nd-filtered", "an option of it is malformed", {"packet"}),
        solicitation(Drop::on_6_1("a multicast target"), 1, 72, 0xff)
            .lost("nd-filtered", "its target is no single address", {"packet"}),
        discovery(Drop::on_6_18("neighbour solicitation for another host"), 135)
            .reason("IPV6_NDISC_NS_OTHERHOST")
            .harmless("nd-consumed", {"reason"}),
        // What is understood has a better end on such a kernel.
        solicitation(Drop::on_6_18("refused without a name"), 1).unknown(),
        solicitation(Drop::on_6_1("an option longer than the message"), 2)
            .lost("nd-filtered", "an option of it is malformed", {"packet"}),
        error(Drop::on_6_1("ICMPv6 error"), 100).harmless("nd-consumed", {"packet"}),
        error(Drop::on_6_1("ICMPv6 error without the packet it is about"), 60).unknown(),
        discovery(Drop::on_6_1("advertisement, nothing copied"), 134)
            .likely_harmless("nd-consumed"),
        discovery(Drop::on_6_1("solicitation from one hop away"), 135)
            .ttl(254)
            .lost("nd-filtered", "its hop limit is 254", {"packet"}),
    };
}

}  // namespace

std::vector<Fixture> harmless_receive_fixtures() {
    return join({replies, many, members, consumed});
}

}  // namespace knowhy::explain::testing
