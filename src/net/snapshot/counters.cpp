// Every counter a loss can show in: procfs, the links' own, the drivers', the qdiscs', conntrack's.
#include <fmt/format.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstring>
#include <map>
#include <optional>

#include "base/text.h"
#include "host/ethtool.h"
#include "host/files.h"
#include "host/sysctl.h"
#include "net/snapshot/interrupts.h"
#include "net/snapshot/look.h"
#include "net/snapshot/proc_counters.h"
#include "net/snapshot/snapshot.h"
#include "net/snapshot/traffic_control.h"

namespace knowhy::net {
namespace {

using host::Attributes;

struct LinkCounter {
    std::string_view name;
    size_t offset;  // in rtnl_link_stats64
};

#define KW_LINK_COUNTER(field) \
    { #field, offsetof(rtnl_link_stats64, field) }
constexpr LinkCounter kLinkCounters[] = {
    KW_LINK_COUNTER(rx_packets),
    KW_LINK_COUNTER(tx_packets),
    KW_LINK_COUNTER(rx_bytes),
    KW_LINK_COUNTER(tx_bytes),
    KW_LINK_COUNTER(rx_errors),
    KW_LINK_COUNTER(tx_errors),
    KW_LINK_COUNTER(rx_dropped),
    KW_LINK_COUNTER(tx_dropped),
    KW_LINK_COUNTER(multicast),
    KW_LINK_COUNTER(collisions),
    KW_LINK_COUNTER(rx_length_errors),
    KW_LINK_COUNTER(rx_over_errors),
    KW_LINK_COUNTER(rx_crc_errors),
    KW_LINK_COUNTER(rx_frame_errors),
    KW_LINK_COUNTER(rx_fifo_errors),
    KW_LINK_COUNTER(rx_missed_errors),
    KW_LINK_COUNTER(tx_aborted_errors),
    KW_LINK_COUNTER(tx_carrier_errors),
    KW_LINK_COUNTER(tx_fifo_errors),
    KW_LINK_COUNTER(tx_heartbeat_errors),
    KW_LINK_COUNTER(tx_window_errors),
    KW_LINK_COUNTER(rx_nohandler),
    KW_LINK_COUNTER(rx_otherhost_dropped),
};
#undef KW_LINK_COUNTER

struct Device {
    std::string name;
    bool is_hardware = false;
};
using Devices = std::map<uint32_t, Device>;

// An older kernel's struct is shorter: what it does not have, it does not count.
void add_link(const std::string& device, std::span<const uint8_t> stats, model::Counters& to) {
    for (const auto& [name, offset] : kLinkCounters) {
        uint64_t value = 0;
        if (offset + sizeof value > stats.size()) continue;
        std::memcpy(&value, stats.data() + offset, sizeof value);
        to[fmt::format("link.{}.{}", device, name)] = value;
    }
}

Result<Devices> add_links(host::NetlinkSocket& socket, model::Counters& to) {
    host::NetlinkMessage request(RTM_GETLINK, 0);
    request.header<ifinfomsg>().ifi_family = AF_UNSPEC;
    KW_TRY(const host::NetlinkDump dump, socket.dump(request));
    Devices devices;
    dump.for_each([&](const nlmsghdr* message) {
        const auto* header = static_cast<const ifinfomsg*>(NLMSG_DATA(message));
        const Attributes attributes(message, sizeof(ifinfomsg));
        std::string device = attributes.text(IFLA_IFNAME);
        add_link(device, attributes.bytes(IFLA_STATS64), to);
        if (const auto changes = attributes.u32(IFLA_CARRIER_CHANGES))
            to[fmt::format("link.{}.carrier_changes", device)] = *changes;
        const bool has_kind = !attributes.nested(IFLA_LINKINFO).text(IFLA_INFO_KIND).empty();
        devices[static_cast<uint32_t>(header->ifi_index)] = {
            std::move(device), !has_kind && header->ifi_type != ARPHRD_LOOPBACK};
    });
    return devices;
}

// All the qdiscs of a multiqueue device have the handle 0: they are one counter.
Status add_qdiscs(host::NetlinkSocket& socket, const Devices& devices, model::Counters& to) {
    host::NetlinkMessage request(RTM_GETQDISC, 0);
    request.header<tcmsg>().tcm_family = AF_UNSPEC;
    KW_TRY(const host::NetlinkDump dump, socket.dump(request));
    dump.for_each([&](const nlmsghdr* message) {
        const auto* header = static_cast<const tcmsg*>(NLMSG_DATA(message));
        const auto device = devices.find(static_cast<uint32_t>(header->tcm_ifindex));
        if (device == devices.end()) return;
        const Attributes attributes(message, sizeof(tcmsg));
        const auto queue = queue_statistics(attributes.nested(TCA_STATS2));
        to[fmt::format("qdisc.{}.{}.drops", device->second.name,
                       handle_text(header->tcm_handle))] += queue.drops;
    });
    return {};
}

void add_statistics(const host::Ethtool& ethtool, const std::string& device, model::Counters& to) {
    const auto statistics = ethtool.statistics(device);
    if (!statistics) return;  // most kinds of device keep none
    for (const auto& [name, value] : *statistics)
        to[fmt::format("ethtool.{}.{}", device, trimmed(name))] = value;
}

std::vector<Interrupt> read_interrupts() {
    const auto text = host::read_kernel_file("/proc/interrupts");
    return text ? parse_interrupts(*text) : std::vector<Interrupt>();
}

void add_drivers(const Devices& devices, model::Counters& to) {
    const auto ethtool = host::Ethtool::open();
    if (!ethtool) return;
    std::optional<std::vector<Interrupt>> interrupts;
    for (const auto& [index, device] : devices) {
        add_statistics(*ethtool, device.name, to);
        if (!device.is_hardware) continue;
        if (!interrupts) interrupts = read_interrupts();
        const auto driver = ethtool->driver(device.name).value_or(host::DriverInfo{});
        add_interrupts(*interrupts, interrupt_owner(device.name, driver.bus), to);
    }
}

template <typename Add>
void add_file(const std::string& path, Add add) {
    // Absent files are absent modules or families: their counters are absent too.
    if (const auto text = host::read_kernel_file(path)) add(*text);
}

void add_conntrack(model::Counters& to) {
    add_file("/proc/thread-self/net/stat/nf_conntrack",
             [&](std::string_view text) { add_per_cpu_table(text, "conntrack", to); });
    const auto count = host::read_sysctl("net.netfilter.nf_conntrack_count");
    if (!count || !*count) return;
    if (const auto value = parse_u64(**count)) to["conntrack.count"] = *value;
}

void add_proc(model::Counters& to) {
    const std::string net = "/proc/thread-self/net/";
    for (const char* file : {"snmp", "netstat"})
        add_file(net + file, [&](std::string_view text) { add_paired_lines(text, file, to); });
    add_file(net + "snmp6", [&](std::string_view text) { add_snmp6(text, to); });
    for (const char* file : {"sockstat", "sockstat6"})
        add_file(net + file, [&](std::string_view text) { add_sockstat(text, to); });
}

}  // namespace

Result<model::Counters> read_netns_counters(const host::Netns& netns) {
    model::Counters counters;
    const auto read = host::in_netns(netns.fd.get(), [&]() -> Status {
        KW_TRY(host::NetlinkSocket socket, host::NetlinkSocket::open(NETLINK_ROUTE));
        KW_TRY(const Devices devices, add_links(socket, counters));
        KW_CHECK_OK(add_qdiscs(socket, devices, counters));
        add_drivers(devices, counters);
        add_conntrack(counters);
        add_proc(counters);
        return {};
    });
    KW_CHECK_OK(read);
    return counters;
}

Result<model::Counters> read_host_counters() {
    model::Counters counters;
    add_file("/proc/net/stat/rt_cache",
             [&](std::string_view text) { add_per_cpu_table(text, "rt_cache", counters); });
    for (const char* table : {"arp_cache", "ndisc_cache"})
        add_file(fmt::format("/proc/net/stat/{}", table),
                 [&](std::string_view text) { add_neighbour_table(text, table, counters); });
    add_file("/proc/net/softnet_stat", [&](std::string_view text) { add_softnet(text, counters); });
    add_missed_interrupts(read_interrupts(), counters);
    return counters;
}

}  // namespace knowhy::net
