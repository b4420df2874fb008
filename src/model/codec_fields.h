// The fields of every recorded struct, listed once. Encoding, decoding, comparing and making test
// data all walk these lists.
//
// visit_fields(visit, object) calls visit("name", object.name) for each field. A list that lacks a
// field, or has them in another order than the struct, does not compile or shows in review: the
// structured binding needs exactly as many names as there are members.
#pragma once

#include <array>
#include <concepts>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "base/clock.h"
#include "model/observation.h"
#include "model/recording_records.h"

// NOLINTBEGIN(cppcoreguidelines-macro-usage): only a macro turns a name into a member and a string
#define KW_VISIT(field) kw_visit(#field, kw_object.field);
#define KW_RECORDED(Type, ...)                                           \
    template <typename Visitor, typename Object>                         \
    requires std::same_as<std::remove_const_t<Object>, Type>             \
    void visit_fields(Visitor&& kw_visit, Object& kw_object) {           \
        [[maybe_unused]] auto& [__VA_ARGS__] = kw_object;                \
        NLOHMANN_JSON_EXPAND(NLOHMANN_JSON_PASTE(KW_VISIT, __VA_ARGS__)) \
    }
// NOLINTEND(cppcoreguidelines-macro-usage)

namespace knowhy::model {

KW_RECORDED(ClockPair, realtime_ns, monotonic_ns, boot_ns, utc_offset_s)
KW_RECORDED(Prefix, address, length)

KW_RECORDED(InlineLevel, function, file, line)
KW_RECORDED(Place, address, symbol, function, offset, module, file, line, inlined)
KW_RECORDED(DropReason, value, name, subsystem)
KW_RECORDED(Fact, point, kind, value, args)
KW_RECORDED(SocketState, family, type, protocol, state, address, local_port, remote_port, fields)
KW_RECORDED(DropKey, source, location, reason, ifindex, netns, point, point_value, rule_handle)
KW_RECORDED(RawPacket, start, protocol, wire_length, bytes)
KW_RECORDED(DropSample, time_ns, cpu, pid, comm, context, skb, length, mark, packet_type, protocol,
            vlan_id, vlan_present, ip_summed, gso_size, in_ifindex, device, dst_error, dst_device,
            place, stack, facts, socket, packet, decoded)
KW_RECORDED(DropGroup, key, count, first_ns, last_ns, reason, place, point, device, sysctls,
            samples)

KW_RECORDED(BridgePort, state, isolated, locked, hairpin, unicast_flood, multicast_flood,
            broadcast_flood)
KW_RECORDED(VlanMembership, id, pvid, untagged)
KW_RECORDED(LivePort, address, proof, actor_system, sm_vars, sm_names, lacp_enabled, is_enabled,
            ntt, actor_oper_port_key, actor_oper_port_state, sm_tx_timer_counter, aggregator_id,
            aggregator, aggregator_mac, aggregator_key, aggregator_active, speed, duplex)
KW_RECORDED(BondPort, state, aggregator, actor_oper_port_state, partner_oper_port_state, mii_status,
            link_failures, permanent_mac, speed, duplex, actor_key, partner_key, partner_mac, live)
KW_RECORDED(Bond, miimon, arp_interval, arp_ip_targets, active_slave, lacp_rate, aggregator)
KW_RECORDED(LinkSettings, error, speed, duplex, autoneg, supported_speed, advertised_speed,
            partner_speed)
KW_RECORDED(Rings, rx, rx_max, tx, tx_max)
KW_RECORDED(Channels, rx, tx, combined, combined_max)
KW_RECORDED(Coalescing, rx_usecs, rx_frames, tx_usecs, tx_frames, adaptive_rx, adaptive_tx)
KW_RECORDED(LinkFeature, name, active, requested, fixed)
KW_RECORDED(PacketHandler, protocol, device, function)
KW_RECORDED(Link, ifindex, name, kind, type, mac, mtu, flags, operstate, carrier, carrier_changes,
            master, lower, qdisc, tx_queue_length, promiscuity, driver, xdp_prog_id, xdp_mode,
            vlan_id, vlan_filtering, stp, bond_mode, bond_all_slaves_active, bridge_port, bond_port,
            vlans, bond, settings, rings, channels, coalescing, features, bus, virtio_features)
KW_RECORDED(Address, ifindex, prefix, scope, tentative, dad_failed, tentative_ms)
KW_RECORDED(Route, destination, type, table, gateway, out_ifindex, metric, preferred_source,
            protocol, mtu, linkdown, nexthop_ifindexes, onlink)
KW_RECORDED(Rule, priority, family, action, table, source, destination, in_device, out_device, mark,
            mark_mask, invert, has_more)
KW_RECORDED(Neighbour, ifindex, address, mac, state)
KW_RECORDED(FdbEntry, port_ifindex, mac, vlan, local)
KW_RECORDED(Qdisc, ifindex, kind, handle, parent, limit, drops, overlimits, qlen, backlog)
KW_RECORDED(TcFilter, ifindex, where, kind, preference, actions, action_drops, program_id)
KW_RECORDED(NftRule, family, table, chain, handle, text, verdict, packets)
KW_RECORDED(NftChain, family, table, name, base, hook, priority, policy)
KW_RECORDED(Listener, protocol, address, port, ifindex, peer, peer_port, state, receive_queue,
            send_queue, v6_only)
KW_RECORDED(NetnsState, inum, name, from_ns, until_ns, complete, problems, links, addresses, routes,
            rules, neighbours, fdb, qdiscs, tc_filters, nft_chains, nft_rules, listeners,
            multicast_macs, multicast_groups, sysctls, sysctls_read_ns, before, before_ns, after,
            detailed, packet_handlers)
KW_RECORDED(HostState, kernel_release, machine, build_id, namespaces, earlier, modules, before,
            after)

KW_RECORDED(PointStatus, point, kind, rung, why, missed, since_ns)
KW_RECORDED(Accounting, events, other, filtered_out, beyond_copy, samples, lost_samples,
            shed_samples, untold_samples, missed_probes, elapsed_s, points, source, notes)

KW_RECORDED(CodePlace, address, name, offset, image, build_id)
KW_RECORDED(Value::Integer, bits, is_signed, bytes)
KW_RECORDED(Value::Boolean, is_true)
KW_RECORDED(Value::Text, raw, cut)
KW_RECORDED(Value::Bytes, raw)
KW_RECORDED(Value::Pointer, address)
KW_RECORDED(Value::Enumerated, value, name)
KW_RECORDED(Value::Struct::Member, name, value)
KW_RECORDED(Value::Struct, members)
KW_RECORDED(Value::Array, elements)
KW_RECORDED(Value::Tuple, elements, names)
KW_RECORDED(Value::Symbol, place)
KW_RECORDED(Value::Stack, mode, user_space, frames, error)
KW_RECORDED(Value::Timestamp, realtime_ns, text)
KW_RECORDED(Value::Average, count, total, with_total)
KW_RECORDED(Value::Bucket, first, last, count)
KW_RECORDED(Value::Histogram, buckets, bits, linear, min, max, step)
KW_RECORDED(Value::Statistic, count, sum, min, max, histogram)

KW_RECORDED(MapDump::Entry, key, value)
KW_RECORDED(MapDump, name, keyed, statistics, entries, top, divisor)
KW_RECORDED(ScriptPlace, file, line, column, end_column, text)
KW_RECORDED(Formatted, format, values)
KW_RECORDED(AttachedProbes, count, clock)
KW_RECORDED(PrintedFormat, what, to, place)
KW_RECORDED(PrintedText, kind, text)
KW_RECORDED(PrintedValue, value)
KW_RECORDED(PrintedElement, map, entry)
KW_RECORDED(PrintedMap, map)
KW_RECORDED(LostEvents, count)
KW_RECORDED(HelperError, helper, os_errno, place)
KW_RECORDED(RefusedProbe, name, why)
KW_RECORDED(ScriptBooks, records, lost_records, faults, missed, attached, refused, notes, elapsed_s)
KW_RECORDED(ScriptRun, name, text, dialect, as_017, cut_trailer, quiet, probes, ended, books,
            exit_status, said, last, cut, events)

KW_RECORDED(TracedFunction, name, module, rung, why, missed)
KW_RECORDED(Trace, functions, calls, lost, cut, notes, scenario)

KW_RECORDED(HeaderRecord, kernel_release, machine, build_id, clock, filter, part)
KW_RECORDED(EventRecord, event)
KW_RECORDED(Scope, netns, netns_name, ifindex, device)
KW_RECORDED(RunRecord, clock, filter, scope)
KW_RECORDED(SampleRecord, number, key, sample)
KW_RECORDED(GroupRecord, group, samples)
KW_RECORDED(IndexEntry, offset, records, first_ns, last_ns)
KW_RECORDED(IndexRecord, blocks)

// True for the structs above.
template <typename T>
concept Recorded = requires(T& object) {
    visit_fields([](const char*, auto&) {}, object);
};

// Fields that are not written with their struct: packets are decoded anew, and namespaces, samples,
// calls and a script's words have records of their own.
template <typename T>
concept KeptApart = std::same_as<T, Decoded> || std::same_as<T, std::map<uint32_t, NetnsState>> ||
    std::same_as<T, std::vector<DropSample>> || std::same_as<T, std::vector<TracedCall>> ||
    std::same_as<T, std::vector<ScriptEvent>>;
// They have records of their own since version 2; in version 1 they were with their struct.
template <typename T>
concept WrittenApart = KeptApart<T> || std::same_as<T, std::vector<NetnsState>>;

// What a variant holds, by name, in the order of its alternatives. It is a list of that name and
// the object.
template <typename Variant>
inline constexpr std::array<const char*, 0> kAlternatives{};
template <>
inline constexpr std::array kAlternatives<decltype(Value::of)> = {
    "nothing",    "integer", "boolean",   "text",    "bytes",     "pointer",
    "enumerated", "struct",  "array",     "tuple",   "symbol",    "stack",
    "ip",         "mac",     "timestamp", "average", "histogram", "statistic"};
template <>
inline constexpr std::array kAlternatives<ScriptEvent> = {
    "attached", "printed", "text", "value", "element", "map", "lost", "helper_error"};

// Enumerators by name, in the order of their values: numbers may move, names may not.
template <typename Enum>
inline constexpr std::array<const char*, 0> kEnumNames{};
template <>
inline constexpr std::array kEnumNames<DropSource> = {"free", "refusal"};
template <>
inline constexpr std::array kEnumNames<Fact::Kind> = {"before", "around"};
template <>
inline constexpr std::array kEnumNames<DropSample::Context> = {"task", "softirq", "hardirq", "nmi",
                                                               "unknown"};
template <>
inline constexpr std::array kEnumNames<RawPacket::Start> = {"none", "mac", "network"};
template <>
inline constexpr std::array kEnumNames<Value::Stack::Mode> = {"bpftrace", "perf",  "raw",
                                                              "build_id", "lines", "addresses"};
template <>
inline constexpr std::array kEnumNames<PrintedFormat::To> = {"out", "error", "warning"};
template <>
inline constexpr std::array kEnumNames<PrintedText::Kind> = {"time", "cat", "join", "system"};
template <>
inline constexpr std::array kEnumNames<FormatDialect> = {"bpftrace", "systemtap"};

}  // namespace knowhy::model
