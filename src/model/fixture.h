// Incident 2 as the model holds it, for the tests of those who print or store it: a packet whose
// source is one of the host's own addresses, with what was found about it.
#pragma once

#include <utility>
#include <vector>

#include "model/finding.h"
#include "model/observation.h"

namespace knowhy::model::fixture {

inline Place place(std::string function, uint64_t offset, std::string file = "",
                   uint32_t line = 0) {
    Place place;
    place.address = 0xffffffff81b00000 + offset;
    place.symbol = function;
    place.function = std::move(function);
    place.offset = offset;
    place.file = std::move(file);
    place.line = line;
    return place;
}

inline DropSample martian_sample() {
    DropSample sample;
    sample.time_ns = 5'000'000'000;
    sample.cpu = 1;
    sample.pid = 42;
    sample.comm = "inject";
    sample.context = DropSample::Context::Softirq;
    sample.skb = 0xffff888012345600;
    sample.length = 48;
    sample.protocol = 0x0800;
    sample.device = "v1";
    sample.place = place("ip_rcv_finish_core", 0x1ab, "net/ipv4/ip_input.c", 424);
    sample.stack = {sample.place, place("ip_rcv", 0x85),
                    place("__netif_receive_skb_one_core", 0x8b), place("process_backlog", 0x87),
                    place("net_rx_action", 0x2a0)};
    Fact fact;
    fact.point = "fib_validate_source";
    fact.value = -22;
    sample.facts = {fact};
    sample.packet.start = RawPacket::Start::Mac;
    sample.packet.protocol = 0x0800;
    sample.packet.bytes = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, 0, 48};
    sample.packet.wire_length = 62;
    Ip ip;
    ip.version = 4;
    ip.source = *IpAddress::parse("10.9.0.1");
    ip.destination = *IpAddress::parse("10.9.0.2");
    ip.ttl = 64;
    ip.protocol = 17;
    sample.decoded.ethertype = 0x0800;
    sample.decoded.ip = ip;
    sample.decoded.transport.emplace();
    sample.decoded.transport->protocol = 17;
    sample.decoded.transport->source_port = 1111;
    sample.decoded.transport->destination_port = 4791;
    return sample;
}

inline Finding martian_finding() {
    Finding finding;
    finding.id = "4f0c1d2e3a5b6978";
    finding.cause = "source-local";
    finding.certainty = Certainty::Certain;
    finding.verdict = Verdict::Lost;
    finding.count = 12;
    finding.first_ns = 5'000'000'000;
    finding.last_ns = 6'500'000'000;
    finding.sentence =
        "the source 10.9.0.1 is one of this host's own addresses (dev v0); v1 has accept_local=0";
    finding.sample = martian_sample();
    finding.where = finding.sample->place;
    finding.reason = {2, "NOT_SPECIFIED", ""};
    finding.device = "v1";
    finding.ifindex = 3;
    finding.netns = 4026532741;
    finding.netns_name = "fw";
    finding.samples_agreeing = finding.samples_seen = 12;
    finding.evidence = {
        {Evidence::Kind::Return, "fib_validate_source", "-EINVAL (-22)", "", Evidence::Read::Event},
        {Evidence::Kind::Sysctl, "net.ipv4.conf.v1.accept_local", "0", "", Evidence::Read::Now},
        {Evidence::Kind::Counter, "rt_cache.in_martian_src", "+12", "packets",
         Evidence::Read::Snapshot}};
    finding.set_by = {{"sysctl", "net.ipv4.conf.v1.accept_local", "0"},
                      {"address", "10.9.0.1", "10.9.0.1/24 on v0"}};
    finding.try_next = {{"sysctl -w net.ipv4.conf.v1.accept_local=1", "lets the packet in"}};
    return finding;
}

inline Finding harmless_finding() {
    Finding finding;
    finding.id = "00000000000000aa";
    finding.cause = "socket-closed";
    finding.certainty = Certainty::Certain;
    finding.verdict = Verdict::Harmless;
    finding.count = 24;
    finding.first_ns = 5'100'000'000;
    finding.last_ns = 5'200'000'000;
    finding.sentence = "data that nobody read when its socket closed";
    finding.where = place("__sk_destruct", 0x30);
    return finding;
}

inline DropGroup martian_group() {
    DropGroup group;
    group.key.location = 0xffffffff81b001ab;
    group.key.reason = 2;
    group.key.ifindex = 3;
    group.key.netns = 4026532741;
    group.count = 12;
    group.first_ns = 5'000'000'000;
    group.last_ns = 6'500'000'000;
    group.reason = {2, "NOT_SPECIFIED", ""};
    group.place = martian_sample().place;
    group.device = "v1";
    group.samples = {martian_sample()};
    return group;
}

// 36 events: 12 martians, 24 harmless frees. Times of day depend on the zone the test sets.
inline Observation observation() {
    Observation observation;
    observation.clock = {1'800'000'000'000'000'000, 5'000'000'000, 5'000'000'000};
    observation.host.kernel_release = "6.18.0-test";
    observation.host.machine = "x86_64";
    observation.groups = {martian_group()};
    observation.accounting.events = 36;
    observation.accounting.samples = 12;
    observation.accounting.missed_probes = 0;
    observation.accounting.elapsed_s = 10;
    observation.accounting.source = "tp_btf";
    observation.accounting.points = {
        {"fib_validate_source", Fact::Kind::Before, "kprobe+kretprobe", "", std::nullopt},
        {"nft_do_chain", Fact::Kind::Before, "", "module nf_tables is not loaded", std::nullopt}};
    return observation;
}

}  // namespace knowhy::model::fixture
