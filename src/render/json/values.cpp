#include "render/json/values.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.h"

namespace knowhy::render {

std::string hex_bytes(const std::vector<uint8_t>& bytes) {
    return fmt::format("{:02x}", fmt::join(bytes, ""));
}

namespace {

std::string start_name(model::RawPacket::Start start) {
    switch (start) {
        case model::RawPacket::Start::Mac:
            return "mac";
        case model::RawPacket::Start::Network:
            return "network";
        case model::RawPacket::Start::None:
            break;
    }
    return "none";
}

void add_ip(Json& out, const model::Ip& ip) {
    out["source"] = ip.source.text();
    out["destination"] = ip.destination.text();
    out["protocol"] = ip.protocol;
    out["ttl"] = ip.ttl;
    if (ip.is_fragment()) out["fragment_offset"] = ip.fragment_offset;
}

void add_transport(Json& out, const model::Transport& transport) {
    if (transport.source_port) out["source_port"] = *transport.source_port;
    if (transport.destination_port) out["destination_port"] = *transport.destination_port;
    if (transport.tcp) {
        out["tcp_flags"] = transport.tcp->flags();
        out["tcp_sequence"] = transport.tcp->sequence;
    }
    if (transport.icmp) {
        out["icmp_type"] = transport.icmp->type;
        out["icmp_code"] = transport.icmp->code;
    }
}

void add_arp(Json& out, const model::Arp& arp) {
    out["source"] = arp.sender.text();
    out["destination"] = arp.target.text();
    out["arp_operation"] = arp.operation;
}

}  // namespace

std::string json_line(const Json& value) {
    return value.dump(-1, ' ', true, Json::error_handler_t::replace) + '\n';
}

Json text_or_null(const std::string& text) {
    return text.empty() ? Json(nullptr) : Json(text);
}

Json place_json(const model::Place& place) {
    return {{"function", text_or_null(place.function)},
            {"symbol", text_or_null(place.symbol)},
            {"offset", place.symbol.empty() ? Json(nullptr) : Json(place.offset)},
            {"module", text_or_null(place.module)},
            {"file", text_or_null(place.file)},
            {"line", line_or_null(place.line)},
            {"inlined", levels_json(place.inlined)},
            {"address", hex(place.address)}};
}

Json line_or_null(uint32_t line) {
    return line == 0 ? Json(nullptr) : Json(line);
}

Json levels_json(const std::vector<model::InlineLevel>& chain) {
    Json out = Json::array();
    for (const model::InlineLevel& level : chain) {
        out.push_back({{"function", level.function},
                       {"file", text_or_null(level.file)},
                       {"line", line_or_null(level.line)}});
    }
    return out;
}

Json netns_json(uint32_t inum, const std::string& name) {
    return {{"inum", inum}, {"name", text_or_null(name)}};
}

Json reason_json(const model::DropReason& reason) {
    if (reason.name.empty()) return nullptr;
    return {{"name", reason.name},
            {"value", reason.value},
            {"subsystem", text_or_null(reason.subsystem)}};
}

Json packet_json(const model::DropSample& sample) {
    const model::Decoded& decoded = sample.decoded;
    Json out = {{"summary", decoded.summary()},
                {"ethertype", decoded.ethertype},
                {"length", sample.length},
                {"mark", sample.mark}};
    if (decoded.ethernet) {
        out["source_mac"] = decoded.ethernet->source.text();
        out["destination_mac"] = decoded.ethernet->destination.text();
    }
    Json vlans = Json::array();
    if (sample.vlan_present) vlans.push_back(sample.vlan_id);
    for (const model::VlanTag& tag : decoded.vlans) vlans.push_back(tag.id);
    if (!vlans.empty()) out["vlans"] = vlans;
    if (decoded.arp) add_arp(out, *decoded.arp);
    if (decoded.ip) add_ip(out, *decoded.ip);
    if (decoded.transport) add_transport(out, *decoded.transport);
    if (decoded.tunnel) {
        out["tunnel"] = {{"kind", decoded.tunnel->kind},
                         {"id", decoded.tunnel->id ? Json(*decoded.tunnel->id) : Json(nullptr)},
                         {"inner", decoded.tunnel->inner ? Json(decoded.tunnel->inner->summary())
                                                         : Json(nullptr)}};
    }
    if (decoded.malformed) out["malformed"] = decoded.problem;
    if (decoded.truncated) out["truncated"] = true;
    out["bytes_from"] = start_name(sample.packet.start);
    out["bytes"] = hex_bytes(sample.packet.bytes);
    return out;
}

Json stack_json(const std::vector<model::Place>& stack) {
    Json out = Json::array();
    for (const model::Place& frame : stack) out.push_back(place_json(frame));
    return out;
}

Json facts_json(const std::vector<model::Fact>& facts) {
    Json out = Json::array();
    for (const model::Fact& fact : facts) {
        Json args = Json::object();
        for (const auto& [name, value] : fact.args) {
            std::visit([&, &key = name](const auto& held) { args[key] = held; }, value);
        }
        out.push_back({{"point", fact.point},
                       {"kind", fact.kind == model::Fact::Kind::Before ? "before" : "around"},
                       {"value", fact.value ? Json(*fact.value) : Json(nullptr)},
                       {"args", args}});
    }
    return out;
}

Json evidence_json(const std::vector<model::Evidence>& evidence) {
    Json out = Json::array();
    for (const model::Evidence& item : evidence) {
        out.push_back({{"kind", model::name_of(item.kind)},
                       {"name", item.name},
                       {"value", item.value},
                       {"unit", text_or_null(item.unit)},
                       {"read", model::name_of(item.read)}});
    }
    return out;
}

Json optional_number(const std::optional<uint64_t>& number) {
    return number ? Json(*number) : Json(nullptr);
}

Json points_json(const std::vector<model::PointStatus>& points) {
    Json out = Json::array();
    for (const model::PointStatus& point : points) {
        out.push_back({{"point", point.point},
                       {"kind", point.kind == model::Fact::Kind::Before ? "before" : "around"},
                       {"rung", text_or_null(point.rung)},
                       {"why", text_or_null(point.why)},
                       {"missed", optional_number(point.missed)}});
    }
    return out;
}

}  // namespace knowhy::render
