#include "explain/fixture.h"

#include <algorithm>

namespace knowhy::explain::testing {
namespace {

const std::vector<std::string> kPoints = {"fib_validate_source",
                                          "ip_route_input_slow",
                                          "ip_route_input_noref",
                                          "ip_mc_validate_source",
                                          "ip_options_compile",
                                          "nf_conntrack_in",
                                          "bond_handle_frame",
                                          "vlan_do_receive",
                                          "tcf_classify",
                                          "sk_filter_trim_cap",
                                          "__udp_enqueue_schedule_skb",
                                          "dev_qdisc_enqueue",
                                          "tcp_timewait_state_process",
                                          "raw_local_deliver",
                                          "raw6_local_deliver",
                                          "ipt_do_table",
                                          "ip6t_do_table",
                                          "nft_immediate_eval"};

model::Place place_of(const std::string& symbol, const std::string& module) {
    model::Place place;
    place.address = 0xffffffff81000000 + symbol.size();
    place.symbol = symbol;
    place.function = model::without_clone_suffix(symbol);
    place.offset = 427;
    place.module = module;
    return place;
}

}  // namespace

Drop::Drop(std::string name) : name_(std::move(name)) {
    model::NetnsState& b = state();
    b.inum = kNetns;
    b.name = "b";
    b.complete = true;
    group_.key.netns = kNetns;
    group_.count = 3;
    group_.first_ns = 1000;
    group_.last_ns = 3000;
    group_.reason = {1, "NOT_SPECIFIED", ""};
}

Drop Drop::on_6_1(std::string name) {
    Drop drop("6.1: " + name);
    drop.observation_.host.kernel_release = "6.1.0-56-amd64";
    for (const std::string& point : kPoints) {
        drop.observation_.accounting.points.push_back(
            {point, model::Fact::Kind::Before, "fexit", "", 0});
    }
    return drop;
}

Drop Drop::on_6_18(std::string name) {
    Drop drop("6.18: " + name);
    drop.observation_.host.kernel_release = "6.18.44";
    return drop;
}

Drop& Drop::at(const std::string& symbol, const std::string& module) {
    group_.place = place_of(symbol, module);
    group_.key.location = group_.place.address;
    sample_.place = group_.place;
    sample_.stack.insert(sample_.stack.begin(), group_.place);
    return *this;
}

Drop& Drop::under(std::initializer_list<const char*> functions) {
    for (const char* function : functions) sample_.stack.push_back(place_of(function, ""));
    return *this;
}

Drop& Drop::reason(const std::string& name) {
    group_.reason = {7, name, ""};
    return *this;
}

Drop& Drop::fact(const std::string& point, int64_t value, Args args) {
    sample_.facts.push_back({point, model::Fact::Kind::Before, value, std::move(args)});
    group_.point = point;
    group_.key.point = 1;
    group_.key.point_value = value;
    return *this;
}

Drop& Drop::unwatched(const std::string& point) {
    auto& points = observation_.accounting.points;
    points.erase(std::remove_if(points.begin(), points.end(),
                                [&](const model::PointStatus& one) { return one.point == point; }),
                 points.end());
    return *this;
}

Drop& Drop::around(const std::string& point, Args args) {
    sample_.facts.push_back({point, model::Fact::Kind::Around, std::nullopt, std::move(args)});
    return *this;
}

Drop& Drop::refusal() {
    group_.key.source = model::DropSource::Refusal;
    return *this;
}

Drop& Drop::rule_handle(uint64_t handle) {
    group_.key.rule_handle = handle;
    return *this;
}

Drop& Drop::dst_error(int error, const std::string& device) {
    sample_.dst_error = error;
    sample_.dst_device = device;
    return *this;
}

Drop& Drop::socket(uint8_t tcp_state, std::map<std::string, int64_t> fields) {
    model::SocketState socket;
    socket.state = tcp_state;
    socket.fields = std::move(fields);
    sample_.socket = socket;
    return *this;
}

Drop& Drop::packet_type(uint8_t type) {
    sample_.packet_type = type;
    return *this;
}

Drop& Drop::length(uint32_t length) {
    sample_.length = length;
    return *this;
}

Drop& Drop::ip_summed(uint8_t how) {
    sample_.ip_summed = how;
    return *this;
}

Drop& Drop::unsampled() {
    sampled_ = false;
    return *this;
}

Drop& Drop::filter(const std::string& text) {
    observation_.filter = text;
    return *this;
}

Drop& Drop::ethernet(const std::string& destination, uint16_t ethertype) {
    model::Ethernet header;
    header.source = *model::MacAddress::parse("02:00:00:00:00:01");
    header.destination = *model::MacAddress::parse(destination);
    header.ethertype = ethertype;
    sample_.decoded.ethernet = header;
    sample_.decoded.ethertype = ethertype;
    sample_.protocol = ethertype;
    return *this;
}

Drop& Drop::ip(const std::string& source, const std::string& destination, uint8_t protocol) {
    model::Ip header;
    header.source = *model::IpAddress::parse(source);
    header.destination = *model::IpAddress::parse(destination);
    header.version = header.source.is_v4() ? 4 : 6;
    header.header_length = header.source.is_v4() ? 20 : 40;
    header.ttl = 64;
    header.protocol = protocol;
    header.total_length = 48;
    sample_.decoded.ip = header;
    sample_.decoded.ethertype = header.version == 4 ? 0x0800 : 0x86dd;
    sample_.protocol = sample_.decoded.ethertype;
    sample_.length = header.total_length;
    return *this;
}

Drop& Drop::raw_header(std::vector<uint8_t> bytes) {
    sample_.packet.start = model::RawPacket::Start::Network;
    sample_.packet.wire_length = static_cast<uint32_t>(bytes.size());
    sample_.packet.bytes = std::move(bytes);
    return *this;
}

Drop& Drop::udp(uint16_t port, std::optional<uint16_t> checksum) {
    model::Transport header;
    header.protocol = 17;
    header.source_port = 1111;
    header.destination_port = port;
    header.udp_length = 28;
    header.udp_checksum = checksum;
    sample_.decoded.transport = header;
    return *this;
}

Drop& Drop::tcp(const std::string& flags, uint32_t sequence, uint32_t payload, uint16_t port) {
    const auto has = [&](char flag) { return flags.find(flag) != std::string::npos; };
    model::TcpHeader header;
    header.sequence = sequence;
    header.header_length = 20;
    header.payload_length = payload;
    header.syn = has('S');
    header.fin = has('F');
    header.rst = has('R');
    header.psh = has('P');
    header.ack = has('.');
    model::Transport transport;
    transport.protocol = 6;
    transport.source_port = 1111;
    transport.destination_port = port;
    transport.tcp = header;
    sample_.decoded.transport = transport;
    return *this;
}

Drop& Drop::icmp(uint8_t type, uint8_t code) {
    model::IcmpHeader header;
    header.type = type;
    header.code = code;
    model::Transport transport;
    transport.protocol = sample_.decoded.ip && sample_.decoded.ip->version == 6 ? 58 : 1;
    transport.icmp = header;
    sample_.decoded.transport = transport;
    return *this;
}

Drop& Drop::ttl(uint8_t ttl) {
    sample_.decoded.ip->ttl = ttl;
    return *this;
}

Drop& Drop::fragment(uint16_t offset, bool more) {
    sample_.decoded.ip->fragment_offset = offset;
    sample_.decoded.ip->more_fragments = more;
    return *this;
}

Drop& Drop::dev(const std::string& name) {
    const model::Link& own = link(name);
    group_.device = name;
    group_.key.ifindex = own.ifindex;
    sample_.device = name;
    sample_.in_ifindex = own.ifindex;
    return *this;
}

Fixture Drop::gives(const std::string& cause, model::Certainty certainty, model::Verdict verdict,
                    const std::string& says, std::vector<std::string> needs) const {
    Fixture fixture{name_, observation_, cause, certainty, verdict, says, std::move(needs)};
    fixture.observation.groups.push_back(group_);
    if (sampled_) fixture.observation.groups.front().samples.push_back(sample_);
    return fixture;
}

Fixture Drop::lost(const std::string& cause, const std::string& says,
                   std::vector<std::string> needs) const {
    return gives(cause, model::Certainty::Certain, model::Verdict::Lost, says, std::move(needs));
}

Fixture Drop::likely_lost(const std::string& cause, const std::string& says) const {
    return gives(cause, model::Certainty::Likely, model::Verdict::Lost, says);
}

Fixture Drop::harmless(const std::string& cause, std::vector<std::string> needs) const {
    return gives(cause, model::Certainty::Certain, model::Verdict::Harmless, "", std::move(needs));
}

Fixture Drop::likely_harmless(const std::string& cause) const {
    return gives(cause, model::Certainty::Likely, model::Verdict::Harmless);
}

Fixture Drop::unknown() const {
    return gives("unknown", model::Certainty::Unknown, model::Verdict::Unknown, "unknown, at");
}

std::vector<Fixture> join(std::initializer_list<std::vector<Fixture> (*)()> parts) {
    std::vector<Fixture> all;
    for (const auto part : parts) {
        for (Fixture& fixture : part()) all.push_back(std::move(fixture));
    }
    return all;
}

std::vector<Fixture> all_fixtures() {
    return join({ipv4_source_fixtures, routing_fixtures, l2_fixtures, bridge_fixtures,
                 netfilter_fixtures, transmit_fixtures, socket_fixtures, transport_header_fixtures,
                 tcp_segment_fixtures, tcp_memory_fixtures, tcp_connection_fixtures,
                 fragment_fixtures, ipv6_fixtures, queue_fixtures, harmless_purge_fixtures,
                 harmless_receive_fixtures, harmless_tcp_fixtures});
}

}  // namespace knowhy::explain::testing
