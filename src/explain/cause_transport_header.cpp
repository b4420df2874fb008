// Checksums and lengths of UDP, TCP and ICMP.
#include <fmt/format.h>

#include "explain/causes.h"
#include "explain/nd_message.h"

namespace knowhy::explain {
namespace {

const Names kUdpInput = {"__udp4_lib_rcv", "__udp6_lib_rcv"};
const Names kTcpInput = {"tcp_v4_rcv", "tcp_v6_rcv"};
const Names kIcmpInput = {"icmp_rcv", "icmpv6_rcv"};

constexpr uint32_t kUdpHeader = 8;
constexpr uint32_t kTcpHeader = 20;
constexpr uint32_t kIcmpHeader = 8;

// Bytes behind the IP header, as the IP header has it.
std::optional<uint32_t> payload_of(const Context& context) {
    const model::Ip* ip = context.ip();
    if (ip == nullptr || ip->total_length < ip->header_length) return std::nullopt;
    return ip->total_length - ip->header_length;
}

bool shorter_than(const Context& context, uint32_t header) {
    const auto payload = payload_of(context);
    return payload && *payload < header;
}

// The checksum is proven bad, so what is left to say is who may have made it so.
Conclusion bad_checksum(const Context& context, bool proven, std::string_view protocol) {
    Conclusion found =
        when(proven, Verdict::Lost, fmt::format("the {} checksum is wrong", protocol));
    if (!context.device().empty()) {
        found.attempt(context.here("ethtool -k " + shell_word(context.device())),
                      "shows which checksums are left to the device");
    }
    return found;
}

// A datagram over IPv6 must have a checksum (RFC 8200, 8.1).
bool lacks_checksum(const Context& context) {
    const model::Transport* transport = context.transport();
    return context.ip6() != nullptr && context.at({"__udp6_lib_rcv"}) && transport != nullptr &&
           transport->udp_checksum == 0 && context.kernel_says({"UDP_CSUM", "NO_SOCKET"});
}

// A long datagram is verified only while the program copies it out.
bool found_bad_when_read(const Context& context, const std::string& counter) {
    return context.at({"udp_recvmsg", "udpv6_recvmsg"}) && context.says_nothing() &&
           context.counted(counter).value_or(0) > 0;
}

std::optional<Conclusion> bad_udp_checksum(const Context& context) {
    const bool six = context.ip6() != nullptr || context.at({"__udp6_lib_rcv", "udpv6_recvmsg"});
    const std::string counter = six ? "snmp6.Udp6InCsumErrors" : "snmp.Udp.InCsumErrors";
    const bool lacking = lacks_checksum(context);
    const bool named = context.kernel_says({"UDP_CSUM"});
    if (!named && !lacking && !found_bad_when_read(context, counter)) return std::nullopt;
    Conclusion found = bad_checksum(context, named || lacking, "UDP");
    if (lacking) {
        found.sentence = "the UDP checksum is 0, which IPv6 forbids";
        found.with(packet_evidence("UDP checksum", "0"));
    }
    found.with(context.counter(counter));
    return found;
}

std::optional<Conclusion> bad_tcp_checksum(const Context& context) {
    if (!context.kernel_says({"TCP_CSUM"})) return std::nullopt;
    Conclusion found = bad_checksum(context, true, "TCP");
    found.with(context.counter("snmp.Tcp.InCsumErrors"));
    return found;
}

std::optional<Conclusion> bad_icmp_checksum(const Context& context) {
    if (!context.kernel_says({"ICMP_CSUM"}) || shorter_than(context, kIcmpHeader)) {
        return std::nullopt;
    }
    // Without the packet it may as well have been too short: that bears the same name.
    Conclusion found = bad_checksum(context, payload_of(context).has_value(), "ICMP");
    found.with(context.counter(context.at({"icmpv6_rcv"}) ? "snmp6.Icmp6InCsumErrors"
                                                          : "snmp.Icmp.InCsumErrors"));
    return found;
}

struct Header {
    Names places;
    std::string_view name;
    uint32_t length;
    const char* counter;
    const char* counter6;
    bool is_icmp = false;
};
const Header kHeaders[] = {
    {kUdpInput, "UDP", kUdpHeader, "snmp.Udp.InErrors", "snmp6.Udp6InErrors"},
    {kTcpInput, "TCP", kTcpHeader, "snmp.Tcp.InErrs", "snmp.Tcp.InErrs"},
    {kIcmpInput, "ICMP", kIcmpHeader, "snmp.Icmp.InErrors", "snmp6.Icmp6InErrors", true},
};

// The length that a header claims for itself, when it does not fit.
std::string length_text(const Context& context, const Header& header) {
    const auto payload = payload_of(context);
    const model::Transport* transport = context.transport();
    if (payload && *payload < header.length) {
        return fmt::format("{} bytes are less than the header of {}", *payload, header.name);
    }
    if (header.is_icmp) return "the ICMP message is cut short";
    if (!payload) return fmt::format("a length in the {} header does not fit", header.name);
    if (transport != nullptr && transport->udp_length) {
        return fmt::format("the UDP header says {} bytes, and there are {}", *transport->udp_length,
                           *payload);
    }
    if (const model::TcpHeader* tcp = context.tcp()) {
        return fmt::format("the TCP header claims to be {} bytes long, of {} in all",
                           tcp->header_length, *payload);
    }
    return fmt::format("a length in the {} header does not fit", header.name);
}

std::optional<Conclusion> malformed(const Context& context, const Header& header) {
    if (header.is_icmp && is_nd_message(context)) return std::nullopt;  // told as that
    const bool unknown_type =
        header.is_icmp && context.kernel_says({"UNHANDLED_PROTO", "INVALID_PROTO"});
    const bool named = context.kernel_says({"PKT_TOO_SMALL"});
    const bool cut = shorter_than(context, header.length) &&
                     (context.says_nothing() || context.kernel_says({"ICMP_CSUM"}));
    if (!unknown_type && !named && !cut) return std::nullopt;
    std::string sentence = length_text(context, header);
    if (unknown_type) {
        const model::IcmpHeader* type = context.icmp();
        sentence = type != nullptr ? fmt::format("ICMP type {} is not known here", type->type)
                                   : std::string("an ICMP type that is not known here");
    }
    Conclusion found = certain(Verdict::Lost, std::move(sentence));
    if (const auto payload = payload_of(context)) {
        found.with(packet_evidence("bytes behind the IP header", fmt::format("{}", *payload)));
    }
    const bool six = context.ip6() != nullptr;
    found.with(context.counter(six ? header.counter6 : header.counter));
    return found;
}

std::optional<Conclusion> malformed_l4(const Context& context) {
    for (const Header& header : kHeaders) {
        if (context.at(header.places)) return malformed(context, header);
    }
    return std::nullopt;
}

}  // namespace

std::vector<Cause> transport_header_causes() {
    return {
        {.id = "bad-udp-checksum",
         .title = "Wrong UDP checksum",
         .facts = "the kernel's UDP_CSUM; for IPv6 a checksum of 0 on the way to a socket; freed "
                  "in udp_recvmsg while InCsumErrors moves",
         .certainty = "certain by name or packet; likely in udp_recvmsg",
         .reasons = {"UDP_CSUM"},
         .places = {"__udp6_lib_rcv", "udp_recvmsg", "udpv6_recvmsg"},
         .match = bad_udp_checksum},
        {.id = "bad-tcp-checksum",
         .title = "Wrong TCP checksum",
         .facts = "the kernel's TCP_CSUM",
         .certainty = "certain",
         .reasons = {"TCP_CSUM"},
         .match = bad_tcp_checksum},
        {.id = "bad-icmp-checksum",
         .title = "Wrong ICMP checksum",
         .facts = "the kernel's ICMP_CSUM, and at least 8 bytes behind the IP header",
         .certainty = "certain with the packet; likely without, because a message that is too "
                      "short bears the same name",
         .reasons = {"ICMP_CSUM"},
         .match = bad_icmp_checksum},
        {.id = "malformed-l4",
         .title = "A UDP, TCP or ICMP header that makes no sense",
         .facts = "the kernel's PKT_TOO_SMALL, or fewer bytes behind the IP header than the "
                  "protocol's header has; for ICMP a type that is not handled",
         .certainty = "certain",
         .places = {"__udp4_lib_rcv", "__udp6_lib_rcv", "tcp_v4_rcv", "tcp_v6_rcv", "icmp_rcv",
                    "icmpv6_rcv"},
         .match = malformed_l4},
    };
}

}  // namespace knowhy::explain
