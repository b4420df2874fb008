// Which calls of a trace someone wants to see, and what a whole trace comes to.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/nesting.h"
#include "model/trace.h"

namespace knowhy::model {

// Errors are negative errnos from -4095 to -1, as a value that came back or ERR_PTR(). nullopt: the
// call returned none, or its return is not known.
std::optional<int64_t> error_of(const TracedCall& returned);

struct CallFilter {
    std::vector<std::string> functions;  // shell globs; none: all
    std::vector<uint32_t> pids;          // none: all
    std::string device;                  // an argument is of this one; "": any
    std::optional<uint64_t> from_ns;     // since the trace began
    std::optional<uint64_t> to_ns;
    bool errors = false;  // only those that returned one

    [[nodiscard]] bool all() const;
};

// The calls that are wanted, each with its return.
Trace filtered(const Trace& trace, const CallFilter& filter);

// What became of a function.
struct FunctionCounts {
    uint32_t function = 0;  // into Trace::functions
    uint64_t calls = 0;
    uint64_t returns = 0;
    std::map<int64_t, uint64_t> errors;  // by negative errno
    std::map<std::optional<uint32_t>, uint64_t>
        by;                 // by calling function of the trace; nullopt none
    uint64_t total_ns = 0;  // of those whose return was seen
};

// Those that were called, the most frequent first, equal ones by name.
std::vector<FunctionCounts> count_calls(const Trace& trace, const Nesting& nesting);

}  // namespace knowhy::model
