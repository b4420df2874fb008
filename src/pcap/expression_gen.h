// Filter expressions for property tests: pcap-filter's grammar over the small world of PacketGen.
#pragma once

#include <rapidcheck.h>

#include <string>

namespace knowhy::pcap {

inline rc::Gen<std::string> joined(const rc::Gen<std::string>& left, const std::string& middle,
                                   const rc::Gen<std::string>& right) {
    return rc::gen::apply(
        [middle](const std::string& a, const std::string& b) { return a + middle + b; }, left,
        right);
}

inline rc::Gen<std::string> direction() {
    return rc::gen::element<std::string>("", "src ", "dst ", "src or dst ", "src and dst ");
}

inline rc::Gen<std::string> number(uint32_t limit) {
    return rc::gen::map(rc::gen::inRange<uint32_t>(0, limit),
                        [](uint32_t n) { return std::to_string(n); });
}

inline rc::Gen<std::string> address_primitive() {
    const auto target = rc::gen::element<std::string>(
        "host 10.0.0.1", "host 10.0.1.2", "net 10.0.1.0/24", "net 10.0.0.0/8", "host fd00::1",
        "net fd00::/8", "host 127.0.0.1", "net 224.0.0.0/4");
    return joined(direction(), "", target);
}

inline rc::Gen<std::string> port_primitive() {
    const auto proto = rc::gen::element<std::string>("", "tcp ", "udp ", "sctp ");
    const auto port = rc::gen::element<std::string>("port 22", "port 53", "port 80", "port 4791",
                                                    "portrange 50-100", "portrange 80-80");
    return joined(proto, "", joined(direction(), "", port));
}

inline rc::Gen<std::string> fixed_primitive() {
    return rc::gen::element<std::string>(
        "ip", "ip6", "arp", "tcp", "udp", "icmp", "icmp6", "sctp", "igmp", "ip proto 47",
        "ip6 proto 17", "proto 132", "ip multicast", "ip6 multicast", "ether proto 0x8809",
        "ether host 02:00:00:00:00:01", "ether dst 02:00:00:00:00:02", "ether broadcast",
        "ether multicast", "vlan", "vlan 100", "vlan and vlan 200", "mpls", "pppoes", "rarp",
        "tcp[tcpflags] & tcp-syn != 0", "tcp[tcpflags] == tcp-syn|tcp-ack",
        "icmp[icmptype] == icmp-echo", "ip[6:2] & 0x1fff = 0", "llc", "stp", "atalk", "ah", "esp",
        "pim", "vrrp", "ip6[6] == 44", "geneve", "lldp or arp");
}

// A value to compute with: bytes of a header, the length, a number, or two of these.
inline rc::Gen<std::string> arithmetic(int depth) {
    const auto header = rc::gen::element<std::string>("ether", "ip", "ip6", "tcp", "udp", "icmp");
    const auto width = rc::gen::element<std::string>("", ":1", ":2", ":4");
    const auto index =
        depth > 0 && depth % 2 == 0
            ? joined(joined(header, "[", rc::gen::lazy([depth] { return arithmetic(depth - 2); })),
                     " & 31", rc::gen::just<std::string>(""))
            : joined(header, "[", number(180));
    const auto bytes = joined(index, "", joined(width, "]", rc::gen::just<std::string>("")));
    if (depth <= 0) return rc::gen::oneOf(bytes, number(40), rc::gen::just<std::string>("len"));
    const auto op =
        rc::gen::element<std::string>("+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>");
    const auto operand = [depth] {
        return rc::gen::lazy([depth] { return arithmetic(depth - 1); });
    };
    const auto pair = rc::gen::apply(
        [](const std::string& left, const std::string& sign, const std::string& right) {
            return "(" + left + " " + sign + " " + right + ")";
        },
        operand(), op, operand());
    return rc::gen::oneOf(bytes, pair, pair);
}

inline rc::Gen<std::string> comparison() {
    const auto sign = rc::gen::element<std::string>(" > ", " >= ", " = ", " != ", " < ", " <= ");
    return rc::gen::mapcat(sign, [](const std::string& chosen) {
        return joined(arithmetic(3), chosen, arithmetic(1));
    });
}

inline rc::Gen<std::string> length_primitive() {
    return joined(rc::gen::element<std::string>("greater ", "less ", "len > "), "", number(300));
}

inline rc::Gen<std::string> expression(int depth) {
    auto primitive = rc::gen::oneOf(address_primitive(), port_primitive(), fixed_primitive(),
                                    fixed_primitive(), comparison(), length_primitive());
    if (depth <= 0) return primitive;
    const auto smaller = [depth] {
        return rc::gen::lazy([depth] { return expression(depth - 1); });
    };
    const auto negated =
        rc::gen::map(smaller(), [](const std::string& inner) { return "not (" + inner + ")"; });
    const auto pair = rc::gen::mapcat(
        rc::gen::element<std::string>(") and (", ") or ("), [smaller](const std::string& word) {
            return rc::gen::map(joined(smaller(), word, smaller()),
                                [](const std::string& both) { return "(" + both + ")"; });
        });
    return rc::gen::oneOf(primitive, negated, pair, pair);
}

}  // namespace knowhy::pcap
