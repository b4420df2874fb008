#include "explain/accounts.h"

#include <algorithm>

namespace knowhy::explain {
namespace {

// Kernel functions of IPv6 carry a 6 where IPv4's have a 4 or nothing.
bool is_family(const model::Finding& finding, int family) {
    if (family == 0 || !finding.where) return true;
    const std::string& function = finding.where->function;
    const bool six = function.find('6') != std::string::npos;
    return six == (family == 6);
}

bool starts_with(std::string_view text, std::string_view prefix) {
    return text.substr(0, prefix.size()) == prefix;
}

bool ends_with(std::string_view text, std::string_view suffix) {
    return text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

// "link.*.rx_dropped" against "link.v0.1.rx_dropped": a device name may contain dots.
bool matches(std::string_view pattern, std::string_view counter, std::string& device) {
    const size_t star = pattern.find('*');
    if (star == std::string_view::npos) return pattern == counter;
    const std::string_view prefix = pattern.substr(0, star);
    const std::string_view suffix = pattern.substr(star + 1);
    if (counter.size() <= prefix.size() + suffix.size()) return false;
    if (!starts_with(counter, prefix) || !ends_with(counter, suffix)) return false;
    device = counter.substr(prefix.size(), counter.size() - prefix.size() - suffix.size());
    return true;
}

}  // namespace

// Long lines would hide the table: one counter a line, with what moves it.
const std::vector<Account>& accounts() {
    static const std::vector<Account> table = {
        {"snmp.Udp.NoPorts", {"no-socket-udp"}, 4},
        {"snmp.Udp.RcvbufErrors", {"udp-rcvbuf"}, 4},
        {"snmp.Udp.MemErrors", {"udp-mem"}, 4},
        {"snmp.Udp.InCsumErrors", {"bad-udp-checksum"}, 4},
        {"snmp6.Udp6NoPorts", {"no-socket-udp"}, 6},
        {"snmp6.Udp6RcvbufErrors", {"udp-rcvbuf"}, 6},
        {"snmp6.Udp6InCsumErrors", {"bad-udp-checksum"}, 6},
        {"snmp.Tcp.InCsumErrors", {"bad-tcp-checksum"}},
        {"snmp.Icmp.InCsumErrors", {"bad-icmp-checksum"}, 4},
        {"snmp.Ip.InHdrErrors",
         {"malformed-ip", "bad-ip-checksum", "ttl-exceeded", "ip-options"},
         4},
        {"snmp.Ip.InAddrErrors", {"forwarding-off"}},
        {"snmp.Ip.InUnknownProtos", {"no-ip-protocol"}, 4},
        {"snmp.Ip.OutDiscards", {"qdisc-limit", "tc-egress", "neighbour-create-failed"}},
        {"snmp.Ip.FragFails", {"too-big"}},
        {"snmp.Ip.ReasmFails",
         {"frag-timeout", "frag-memory", "frag-overlap", "frag-too-far", "fragment-member"},
         4},
        {"netstat.IpExt.InNoRoutes", {"no-route", "rule-unreachable"}, 4},
        {"netstat.IpExt.InTruncatedPkts", {"truncated"}, 4},
        {"netstat.TcpExt.IPReversePathFilter", {"rp-filter"}},
        {"netstat.TcpExt.ListenOverflows", {"listen-queue"}},
        {"netstat.TcpExt.TCPReqQFullDrop", {"syn-backlog"}},
        {"netstat.TcpExt.TCPBacklogDrop", {"tcp-socket-backlog"}},
        {"netstat.TcpExt.TCPRcvQDrop", {"tcp-memory"}},
        {"netstat.TcpExt.TCPMinTTLDrop", {"tcp-min-ttl"}},
        {"netstat.TcpExt.TCPZeroWindowDrop", {"tcp-zero-window"}},
        {"snmp6.Ip6InNoRoutes", {"ipv6-no-route", "route-unreachable", "route-prohibit"}, 6},
        {"snmp6.Ip6InAddrErrors", {"ipv6-forwarding-off", "ipv6-tentative"}},
        {"snmp6.Ip6InHdrErrors", {"malformed-ip", "source-martian", "ipv6-hop-limit"}, 6},
        {"snmp6.Ip6InTooBigErrors", {"ipv6-too-big"}},
        {"snmp6.Ip6InTruncatedPkts", {"truncated"}, 6},
        {"snmp6.Ip6InUnknownProtos", {"no-ip-protocol"}, 6},
        {"snmp6.Ip6InDiscards", {"ipv6-disabled"}},
        {"link.*.rx_dropped", {"no-protocol-handler", "cpu-backlog"}},
        {"link.*.rx_nohandler", {"bond-inactive"}},
        {"link.*.rx_otherhost_dropped", {"not-our-mac", "vlan-unknown"}},
        {"link.*.tx_dropped", {"veth-queue-full", "tun-queue-full"}},
        {"link.*.rx_missed_errors", {}},
        {"link.*.rx_fifo_errors", {}},
        {"link.*.rx_over_errors", {}},
        {"link.*.rx_crc_errors", {}},
        {"link.*.rx_frame_errors", {}},
        {"link.*.rx_length_errors", {}},
        {"link.*.tx_fifo_errors", {}},
        {"link.*.tx_carrier_errors", {}},
        {"link.*.tx_aborted_errors", {}},
        {"qdisc.*.drops", {"qdisc-limit", "qdisc-filter", "netem-loss"}},
        {"conntrack.drop", {"conntrack-full"}},
        {"conntrack.insert_failed", {}},
        {"softnet.dropped", {"cpu-backlog"}},
    };
    return table;
}

const Account* account_of(const std::string& counter, std::string& device) {
    device.clear();
    const auto& table = accounts();
    const auto found = std::find_if(table.begin(), table.end(), [&](const Account& account) {
        return matches(account.counter, counter, device);
    });
    return found != table.end() ? &*found : nullptr;
}

uint64_t covered(const Account& account, const std::vector<model::Finding>& findings,
                 uint32_t netns, const std::string& device) {
    uint64_t sum = 0;
    for (const model::Finding& finding : findings) {
        const auto& causes = account.causes;
        if (std::find(causes.begin(), causes.end(), finding.cause) == causes.end()) continue;
        const bool here = netns == 0 || finding.netns == netns;
        const bool on_device = device.empty() || finding.device == device;
        if (here && on_device && is_family(finding, account.family)) sum += finding.count;
    }
    return sum;
}

}  // namespace knowhy::explain
