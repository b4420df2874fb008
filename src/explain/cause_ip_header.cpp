// A header that is wrong, cut off, or asks for what is not allowed; a protocol nobody speaks.
#include <fmt/format.h>

#include <cerrno>

#include "base/text.h"
#include "explain/causes.h"
#include "explain/ip_options.h"
#include "explain/ipv4_input.h"
#include "explain/setting.h"

namespace knowhy::explain {
namespace {

bool in_header_checks(const Context& context) {
    return context.at({"ip_rcv_core", "ip6_rcv_core"});
}

// "from 10.1.0.1 ", or nothing: which sender to look at.
std::string from_text(const Context& context) {
    const model::Ip* ip = context.ip();
    return ip != nullptr ? " from " + ip->source.text() : "";
}

std::optional<Conclusion> bad_ip_checksum(const Context& context) {
    if (!context.kernel_says({"IP_CSUM"})) return std::nullopt;
    Conclusion found = certain(
        Verdict::Lost, fmt::format("the IP header{} has a wrong checksum", from_text(context)));
    found.with(context.counter("netstat.IpExt.InCsumErrors"));
    return found;
}

// What about the header is wrong, as far as the copy shows it.
std::string header_problem(const Context& context) {
    const model::Ip* ip = context.ip();
    const model::Decoded* packet = context.packet();
    if (packet != nullptr && !packet->problem.empty()) return packet->problem;
    if (ip == nullptr) return "its fields contradict each other";
    if (ip->version != 4 && ip->version != 6) return fmt::format("version {}", ip->version);
    if (ip->version == 4 && ip->header_length < 20) {
        return fmt::format("a header length of {} bytes", ip->header_length);
    }
    if (ip->version == 4 && ip->total_length < ip->header_length) {
        return fmt::format("a total length of {} bytes", ip->total_length);
    }
    return "its fields contradict each other";
}

std::optional<Conclusion> malformed_ip(const Context& context) {
    const model::Ip* ip = context.ip();
    const bool multicast_source = ip != nullptr && ip->source.is_multicast();
    const bool header =
        in_header_checks(context) && context.kernel_says({"IP_INHDR"}) && !multicast_source;
    // IPv6 gives this for a version other than 6.
    const bool version = context.at({"ip6_rcv_core"}) && context.kernel_says({"UNHANDLED_PROTO"});
    const bool extension = context.kernel_says({"IPV6_BAD_EXTHDR"});
    if (!header && !version && !extension) return std::nullopt;
    // IPv6 says the same of a source that is multicast: only the packet tells them apart.
    const bool maybe_source = header && context.at({"ip6_rcv_core"}) && ip == nullptr;
    Conclusion found =
        when(!maybe_source, Verdict::Lost,
             fmt::format("the IP header{} is malformed: {}", from_text(context),
                         extension ? "a bad extension header" : header_problem(context)));
    found.with(packet_evidence("header", header_problem(context)));
    found.with(context.counter(context.at({"ip_rcv_core"}) ? "snmp.Ip.InHdrErrors"
                                                           : "snmp6.Ip6InHdrErrors"));
    return found;
}

std::optional<Conclusion> truncated(const Context& context) {
    if (!in_header_checks(context) || !context.kernel_says({"PKT_TOO_SMALL"})) {
        return std::nullopt;
    }
    const model::Ip* ip = context.ip();
    std::string sentence = "the packet is shorter than its IP header says";
    if (ip != nullptr) {
        sentence = fmt::format("the packet{} is shorter than the {} bytes its IP header tells",
                               from_text(context), ip->total_length);
    }
    Conclusion found = certain(Verdict::Lost, std::move(sentence));
    if (ip != nullptr) {
        found.with(packet_evidence("total length", fmt::format("{}", ip->total_length)));
        found.with(packet_evidence("bytes present", fmt::format("{}", context.sample->length)));
    }
    found.with(context.counter(context.at({"ip_rcv_core"}) ? "netstat.IpExt.InTruncatedPkts"
                                                           : "snmp6.Ip6InTruncatedPkts"));
    return found;
}

// The lookup and the check of the source are over when options are looked at.
bool routing_failed(const Context& context) {
    return context.returned("ip_route_input_noref") || context.returned("ip_route_input_slow") ||
           context.returned("fib_validate_source");
}

std::optional<Conclusion> ip_options(const Context& context) {
    const auto compiled = context.returned("ip_options_compile");
    const model::Ip* ip = context.ip4();
    const bool expected = context.says_nothing() || context.kernel_says({"IP_INHDR"});
    if (!expected || !context.at({"ip_rcv_finish_core", "ip_rcv_finish"})) return std::nullopt;
    const bool proven = compiled.has_value() && *compiled < 0;
    // Without the return value only the kernel's word that the header is bad points here.
    const bool hinted = context.kernel_says({"IP_INHDR"}) && ip != nullptr && ip->has_options;
    if (!proven && !hinted) return std::nullopt;
    Conclusion found = when(proven, Verdict::Lost,
                            fmt::format("the IP options{} are malformed", from_text(context)));
    found.with(context.return_of("ip_options_compile"));
    if (ip != nullptr) {
        found.with(packet_evidence("header length", fmt::format("{}", ip->header_length)));
    }
    found.with(context.counter("snmp.Ip.InHdrErrors"));
    return found;
}

std::optional<Conclusion> source_route(const Context& context) {
    if (!context.says_nothing() || !asks_for_source_route(context.sample)) return std::nullopt;
    if (context.returned("ip_options_compile") || routing_failed(context)) return std::nullopt;
    const auto setting = device_setting(context, "ipv4", "accept_source_route", Combine::And);
    if (!setting.is(0)) return std::nullopt;
    // Nothing else may have gone wrong in the function that frees for a dozen reasons.
    const bool proven =
        context.silent("ip_options_compile") && context.silent("ip_route_input_noref");
    Conclusion found =
        when(proven, Verdict::Lost,
             fmt::format("the packet{} asks for a source route; accept_source_route is 0",
                         from_text(context)));
    found.with(packet_evidence("IP option", "source route"));
    setting.tell(context, found);
    if (!context.device().empty()) {
        found.attempt(context.here("sysctl -w " + shell_word(setting.all_name + "=1") + " " +
                                   shell_word(setting.device_name + "=1")),
                      "obeys source routes (hardly ever wanted)");
    }
    return found;
}

std::optional<Conclusion> no_ip_protocol(const Context& context) {
    if (!context.kernel_says({"IP_NOPROTO"})) return std::nullopt;
    const model::Ip* ip = context.ip();
    std::string what = "the IP protocol";
    if (ip != nullptr) what = fmt::format("IP protocol {}", ip->protocol);
    Conclusion found =
        certain(Verdict::Lost, fmt::format("nothing here handles {}{}", what, from_text(context)));
    if (ip != nullptr) found.with(packet_evidence("protocol", fmt::format("{}", ip->protocol)));
    const bool six = context.at({"ip6_input_finish", "ip6_protocol_deliver_rcu"});
    found.with(context.counter(six ? "snmp6.Ip6InUnknownProtos" : "snmp.Ip.InUnknownProtos"));
    return found;
}

}  // namespace

std::vector<Cause> ip_header_causes() {
    return {
        {.id = "bad-ip-checksum",
         .title = "Wrong IP header checksum",
         .facts = "the kernel's IP_CSUM",
         .certainty = "certain",
         .reasons = {"IP_CSUM"},
         .match = bad_ip_checksum},
        {.id = "malformed-ip",
         .title = "Malformed IP header",
         .facts = "freed in ip_rcv_core or ip6_rcv_core for IP_INHDR, in ip6_rcv_core for "
                  "UNHANDLED_PROTO (the version), or IPV6_BAD_EXTHDR",
         .certainty = "certain; likely for an IPv6 packet that was not seen",
         .reasons = {"IPV6_BAD_EXTHDR"},
         .places = {"ip_rcv_core", "ip6_rcv_core"},
         .match = malformed_ip},
        {.id = "truncated",
         .title = "Shorter than its IP header says",
         .facts = "freed in ip_rcv_core or ip6_rcv_core for PKT_TOO_SMALL",
         .certainty = "certain",
         .places = {"ip_rcv_core", "ip6_rcv_core"},
         .match = truncated},
        {.id = "ip-options",
         .title = "Malformed IP options",
         .facts = "ip_options_compile < 0",
         .certainty = "certain with it; likely for a header with options that the kernel calls "
                      "IP_INHDR",
         .places = kIpv4InputPlaces,
         .match = ip_options},
        {.id = "source-route",
         .title = "A source route that is not accepted",
         .facts = "a source route option in the packet; accept_source_route of the device and "
                  "`all`; neither the route lookup nor ip_options_compile failed",
         .certainty = "certain when both were watched and did not fail; else likely",
         .places = kIpv4InputPlaces,
         .sysctls = {"net.ipv4.conf.{dev}.accept_source_route"},
         .match = source_route},
        {.id = "no-ip-protocol",
         .title = "No handler for the IP protocol",
         .facts = "the kernel's IP_NOPROTO",
         .certainty = "certain",
         .reasons = {"IP_NOPROTO"},
         .match = no_ip_protocol},
    };
}

}  // namespace knowhy::explain
