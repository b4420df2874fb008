#include "net/snapshot/bonds.h"

#include <limits>

#include "base/text.h"

namespace knowhy::net {
namespace {

std::optional<uint16_t> key_from(std::string_view value) {
    const auto number = parse_u64(value);
    if (!number || *number > std::numeric_limits<uint16_t>::max()) return std::nullopt;
    return static_cast<uint16_t>(*number);
}

enum class Part { Slave, Actor, Partner };

void read_line(std::string_view name, std::string_view value, Part part, model::BondPort& port) {
    if (part == Part::Slave && name == "Speed") port.speed = value;
    if (part == Part::Slave && name == "Duplex") port.duplex = value;
    if (part == Part::Actor && name == "port key") port.actor_key = key_from(value);
    if (part == Part::Partner && name == "oper key") port.partner_key = key_from(value);
    if (part == Part::Partner && name == "system mac address")
        port.partner_mac = model::MacAddress::parse(value);
}

}  // namespace

std::map<std::string, model::BondPort> parse_bonding(std::string_view text) {
    std::map<std::string, model::BondPort> ports;
    model::BondPort* port = nullptr;  // before the first slave it is about the bond
    Part part = Part::Slave;
    for (const std::string_view line : split(text, '\n')) {
        const size_t colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        const std::string_view name = trimmed(line.substr(0, colon));
        const std::string_view value = trimmed(line.substr(colon + 1));
        if (name == "Slave Interface") {
            port = &ports[std::string(value)];
            part = Part::Slave;
        } else if (name == "details actor lacp pdu") {
            part = Part::Actor;
        } else if (name == "details partner lacp pdu") {
            part = Part::Partner;
        } else if (port != nullptr) {
            read_line(name, value, part, *port);
        }
    }
    return ports;
}

}  // namespace knowhy::net
