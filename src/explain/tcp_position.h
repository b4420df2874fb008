// Where a segment lies, seen from the socket it came for. Sequence numbers wrap, so only distances
// mean something.
#pragma once

#include <cstdint>
#include <optional>

#include "explain/context.h"

namespace knowhy::explain {

struct TcpPosition {
    int32_t start = 0;   // sequence number - rcv_nxt: 0 is what the socket waits for
    int32_t end = 0;     // the same for the first number behind the segment
    int32_t ack = 0;     // acknowledgement - snd_una: below 0 it says nothing new
    int64_t window = 0;  // bytes the socket takes from rcv_nxt on

    // A keepalive or window probe: it asks for an answer by being one byte behind.
    bool is_probe = false;
    // Wholly behind what was received, by no more than a window: the sender repeats itself. Never a
    // RST, which a sender does not repeat there.
    bool is_repeated = false;
};

// nullopt when the segment or its socket was not seen.
std::optional<TcpPosition> tcp_position(const Context& context);

// Nothing in it that could be lost but what it acknowledges: no data, no SYN, FIN or RST.
bool is_pure_ack(const model::TcpHeader& tcp);

}  // namespace knowhy::explain
