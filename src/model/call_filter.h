// Which calls of a trace someone wants to see, and what a whole trace comes to.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
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

struct CallSums {
    uint64_t calls = 0;   // all of them
    uint64_t wanted = 0;  // that the filter lets through
    // Those that were called, the most frequent first, equal ones by name.
    std::vector<FunctionCounts> functions;
};

// Counts calls that come one by one, in the order of time: a trace need not be in memory. They are
// nested as model::nest() has it.
class CallCounter {
  public:
    // `returns`: by function, whether a return of it is in the trace. What never returns was not
    // watched for it: nothing can be inside of it.
    CallCounter(const Trace& trace, CallFilter filter, std::vector<bool> returns);
    void add(const TracedCall& call);
    [[nodiscard]] CallSums sums() const;

  private:
    struct Open {
        uint32_t function = 0;
        uint64_t time_ns = 0;
        bool wanted = false;
        std::optional<uint32_t> by;
    };
    void enter(const TracedCall& call, std::vector<Open>& open);
    void leave(const TracedCall& call, std::vector<Open>& open);
    void count(const Open& call);
    CallFilter filter_;
    std::vector<std::string> names_;
    std::vector<bool> returns_;
    std::vector<bool> wanted_;  // by function
    std::optional<uint64_t> begin_ns_;
    std::map<std::pair<uint32_t, uint32_t>, std::vector<Open>> lanes_;  // by thread; CPU of pid 0
    CallSums sums_;
};

// By function, whether a return of it is among the calls.
std::vector<bool> functions_that_return(const Trace& trace);
CallSums count_calls(const Trace& trace, const CallFilter& filter);

}  // namespace knowhy::model
