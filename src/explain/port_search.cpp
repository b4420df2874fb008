#include "explain/port_search.h"

#include <fmt/format.h>

#include <algorithm>

namespace knowhy::explain {
namespace {

constexpr uint8_t kTcp = 6;         // IPPROTO_TCP
constexpr uint8_t kUdp = 17;        // IPPROTO_UDP
constexpr uint8_t kListening = 10;  // TCP_LISTEN

struct Wanted {
    uint8_t protocol = 0;
    uint16_t port = 0;
    const model::Ip* ip = nullptr;
    uint16_t source_port = 0;
    uint32_t ifindex = 0;
};

std::optional<Wanted> wanted_by(const Context& context) {
    const model::Transport* transport = context.transport();
    if (context.ip() == nullptr || transport == nullptr || !transport->destination_port) {
        return std::nullopt;
    }
    if (transport->protocol != kTcp && transport->protocol != kUdp) return std::nullopt;
    return Wanted{transport->protocol, *transport->destination_port, context.ip(),
                  transport->source_port.value_or(0), context.group.key.ifindex};
}

bool has_port(const model::Listener& socket, const Wanted& wanted) {
    if (socket.protocol != wanted.protocol || socket.port != wanted.port) return false;
    if (wanted.protocol == kTcp && socket.state != kListening) return false;
    const bool wants_v4 = wanted.ip->destination.is_v4();
    if (socket.address.is_v4()) return wants_v4;
    return !wants_v4 || !socket.v6_only.value_or(false);
}

PortSearch::Kind verdict_on(const model::Listener& socket, const Wanted& wanted) {
    using Kind = PortSearch::Kind;
    const bool any_address = !socket.address || socket.address.is_unspecified();
    if (!any_address && socket.address != wanted.ip->destination) return Kind::OtherAddress;
    if (socket.ifindex != 0 && wanted.ifindex != 0 && socket.ifindex != wanted.ifindex) {
        return Kind::OtherDevice;
    }
    const bool connected = socket.peer && !socket.peer.is_unspecified();
    const bool same_peer =
        socket.peer == wanted.ip->source && socket.peer_port == wanted.source_port;
    return connected && !same_peer ? Kind::OtherPeer : Kind::Present;
}

bool anyone_has_port(const model::NetnsState& state, const Wanted& wanted) {
    return std::any_of(state.listeners.begin(), state.listeners.end(),
                       [&](const model::Listener& socket) { return has_port(socket, wanted); });
}

const model::NetnsState* other_namespace(const Context& context, const Wanted& wanted) {
    for (const auto& [inum, state] : context.observation.host.namespaces) {
        if (&state != context.state && anyone_has_port(state, wanted)) return &state;
    }
    return nullptr;
}

std::string namespace_text(const model::NetnsState& state) {
    return state.name.empty() ? fmt::format("{}", state.inum) : state.name;
}

}  // namespace

std::string port_text(const Context& context) {
    const model::Transport* transport = context.transport();
    if (transport == nullptr || !transport->destination_port) return "the port";
    return fmt::format("port {}", *transport->destination_port);
}

PortSearch search_port(const Context& context) {
    const auto wanted = wanted_by(context);
    if (!wanted || context.state == nullptr) return {};
    PortSearch found;
    for (const model::Listener& socket : context.state->listeners) {
        if (!has_port(socket, *wanted)) continue;
        found.kind = verdict_on(socket, *wanted);
        found.socket = &socket;
        if (found.kind == PortSearch::Kind::Present) return found;
    }
    if (found.socket != nullptr || !context.state->complete) return found;
    found.kind = PortSearch::Kind::Nobody;
    found.elsewhere = other_namespace(context, *wanted);
    return found;
}

std::string port_search_text(const Context& context, const PortSearch& search) {
    using Kind = PortSearch::Kind;
    switch (search.kind) {
        case Kind::Unknown:
            break;
        case Kind::Nobody:
            return search.elsewhere == nullptr ? std::string()
                                               : fmt::format("; the namespace {} has one",
                                                             namespace_text(*search.elsewhere));
        case Kind::OtherAddress:
            return fmt::format("; the one on that port is bound to {}",
                               search.socket->address.text());
        case Kind::OtherDevice:
            return fmt::format("; the one on that port is bound to the device {}",
                               context.device_name(search.socket->ifindex));
        case Kind::OtherPeer:
            return fmt::format("; the one on that port is connected to {}:{}",
                               search.socket->peer.text(), search.socket->peer_port);
        case Kind::Present:
            return "; there is one now, so it came later";
    }
    return {};
}

const model::Listener* full_listener(const Context& context) {
    const auto wanted = wanted_by(context);
    if (!wanted || context.state == nullptr) return nullptr;
    const auto& all = context.state->listeners;
    const auto full = std::find_if(all.begin(), all.end(), [&](const model::Listener& socket) {
        return has_port(socket, *wanted) && socket.receive_queue > socket.send_queue;
    });
    return full != all.end() ? &*full : nullptr;
}

std::string sockets_command(const Context& context, const std::string& options) {
    const model::Transport* transport = context.transport();
    if (transport == nullptr || !transport->destination_port) {
        return context.here("ss " + options);
    }
    return context.here(fmt::format("ss {} 'sport = :{}'", options, *transport->destination_port));
}

}  // namespace knowhy::explain
