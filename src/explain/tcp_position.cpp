#include "explain/tcp_position.h"

namespace knowhy::explain {
namespace {

int32_t distance(uint32_t from, uint32_t to) {
    return static_cast<int32_t>(to - from);
}

}  // namespace

bool is_pure_ack(const model::TcpHeader& tcp) {
    return tcp.payload_length == 0 && !tcp.syn && !tcp.fin && !tcp.rst;
}

std::optional<TcpPosition> tcp_position(const Context& context) {
    const model::TcpHeader* tcp = context.tcp();
    const auto expected = context.socket_field("rcv_nxt");
    const auto window = context.socket_field("rcv_wnd");
    const auto unacknowledged = context.socket_field("snd_una");
    if (tcp == nullptr || !expected || !window || !unacknowledged) return std::nullopt;
    const auto next = static_cast<uint32_t>(*expected);
    const uint32_t length =
        tcp->payload_length + static_cast<uint32_t>(tcp->syn) + static_cast<uint32_t>(tcp->fin);
    TcpPosition position;
    position.start = distance(next, tcp->sequence);
    position.end = distance(next, tcp->sequence + length);
    position.ack = distance(static_cast<uint32_t>(*unacknowledged), tcp->acknowledgement);
    position.window = *window;
    position.is_probe = is_pure_ack(*tcp) && position.start == -1;
    position.is_repeated = !tcp->rst && position.end <= 0 && position.start >= -position.window;
    return position;
}

}  // namespace knowhy::explain
