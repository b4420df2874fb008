#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "explain/compare/facts.h"
#include "explain/context.h"

namespace knowhy::explain {
namespace {

// The kernel sets these by how much memory there is.
constexpr std::array<std::string_view, 9> kByMemory = {
    "net.ipv4.tcp_mem",
    "net.ipv4.udp_mem",
    "net.ipv4.tcp_max_orphans",
    "net.ipv4.tcp_max_syn_backlog",
    "net.ipv4.tcp_max_tw_buckets",
    "net.netfilter.nf_conntrack_max",
    "net.netfilter.nf_conntrack_buckets",
    "net.netfilter.nf_conntrack_expect_max",
    "net.nf_conntrack_max",
};
// And these can only be read.
constexpr std::array<std::string_view, 7> kTold = {
    "net.core.netdev_rss_key",        "net.ipv4.tcp_available_congestion_control",
    "net.ipv4.tcp_available_ulp",     "net.ipv4.tcp_ehash_entries",
    "net.ipv4.udp_hash_entries",      "net.mptcp.available_path_managers",
    "net.mptcp.available_schedulers",
};
constexpr std::array<std::string_view, 1> kCounters = {"net.netfilter.nf_conntrack_count"};
// Two names of one variable.
constexpr const char* kForward = "net.ipv4.ip_forward";
constexpr const char* kForwardAlias = "net.ipv4.conf.all.forwarding";

template <size_t kSize>
bool is_among(const std::array<std::string_view, kSize>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

// A multicast routing daemon's socket turns the last one on.
bool is_read_only(std::string_view name) {
    return is_among(kTold, name) || name.ends_with(".mc_forwarding");
}

Nature nature_of(std::string_view name) {
    if (is_among(kCounters, name)) return Nature::Moving;
    return is_among(kByMemory, name) || is_read_only(name) ? Nature::Other : Nature::Setting;
}

// Of "net.ipv4.conf.v1.rp_filter" and "net.ipv4.neigh.v1.gc_stale_time" the device; "" of others.
std::string device_in(std::string_view name) {
    for (const std::string_view folder : {"net.ipv4.conf.", "net.ipv6.conf.", "net.ipv4.neigh.",
                                          "net.ipv6.neigh.", "net.mpls.conf."}) {
        if (!name.starts_with(folder)) continue;
        name.remove_prefix(folder.size());
        const size_t dot = name.rfind('.');
        if (dot == std::string_view::npos) return {};
        const std::string_view device = name.substr(0, dot);
        return device == "all" || device == "default" ? "" : std::string(device);
    }
    return {};
}

}  // namespace

void add_sysctl_facts(const model::NetnsState& state, std::vector<StateFact>& facts) {
    for (const auto& [given, value] : state.sysctls) {
        const bool is_alias = given == kForwardAlias;
        if (!value || (is_alias && state.sysctls.contains(kForward))) continue;
        const std::string name = is_alias ? kForward : given;
        StateFact fact{nature_of(name), "sysctl", device_in(name), name, *value, "", "", ""};
        if (!is_read_only(name))
            fact.set = fmt::format("sysctl -w {}", shell_word(fmt::format("{}={}", name, *value)));
        if (!fact.device.empty()) fact.depends = link_thing(fact.device);
        facts.push_back(std::move(fact));
    }
}

}  // namespace knowhy::explain
