#include "explain/time_wait.h"

namespace knowhy::explain {
namespace {

constexpr int64_t kAnswerRst = 1;  // TCP_TW_RST, include/net/tcp.h
constexpr uint8_t kTimeWait = 6;   // TCP_TIME_WAIT

}  // namespace

std::optional<TimeWait> time_wait(const Context& context) {
    if (!context.says_nothing() || !context.at({"tcp_v4_rcv", "tcp_v6_rcv"})) return std::nullopt;
    if (const auto answer = context.returned("tcp_timewait_state_process")) {
        return TimeWait{*answer == kAnswerRst};
    }
    const bool in_state = context.sample != nullptr && context.sample->socket &&
                          context.sample->socket->state == kTimeWait;
    return in_state ? std::optional(TimeWait{}) : std::nullopt;
}

bool closes_normally(const TimeWait& seen, const model::TcpHeader& tcp) {
    return !seen.answered_by_rst && !tcp.syn && tcp.payload_length == 0;
}

}  // namespace knowhy::explain
