// Who has a port: what the snapshot's sockets say about a packet that found none.
#pragma once

#include <string>

#include "explain/context.h"

namespace knowhy::explain {

struct PortSearch {
    enum class Kind {
        Unknown,       // no packet, or the sockets were not all read
        Nobody,        // no socket of this namespace has the port
        OtherAddress,  // bound to another address
        OtherDevice,   // bound to another device
        OtherPeer,     // connected to somebody else
        Present,       // one that would take the packet is there now
    };

    Kind kind = Kind::Unknown;
    const model::Listener* socket = nullptr;       // from OtherAddress on
    const model::NetnsState* elsewhere = nullptr;  // Nobody: another namespace that has the port
};

// "port 9"; "the port" where the packet does not tell.
std::string port_text(const Context& context);

// For the destination port of this context's packet: listeners for TCP, any socket for UDP.
PortSearch search_port(const Context& context);

// "; the one on port 9 is bound to 10.1.0.9"; "" when nothing is known.
std::string port_search_text(const Context& context, const PortSearch& search);

// A listener of the destination port with more connections waiting than its limit, or null.
const model::Listener* full_listener(const Context& context);

// "ss -lun 'sport = :9'", run where the packet was; "-a" also shows connected ones.
std::string sockets_command(const Context& context, const std::string& options);

}  // namespace knowhy::explain
