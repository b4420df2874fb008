// Segments that met a connection which this side has closed (TIME_WAIT, or waiting for the peer's
// FIN in the same small socket). All of them are freed in one place without a reason.
#pragma once

#include <optional>

#include "explain/context.h"

namespace knowhy::explain {

struct TimeWait {
    bool answered_by_rst = false;  // there was something in it that nobody will take
};

// nullopt unless the kernel was seen asking TIME_WAIT about it, or the socket is in that state.
std::optional<TimeWait> time_wait(const Context& context);

// The farewell of an ordinary close: a FIN, an ACK or a RST without data.
bool closes_normally(const TimeWait& seen, const model::TcpHeader& tcp);

}  // namespace knowhy::explain
