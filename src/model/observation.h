// Everything one live run saw: of `knowhy drops` losses, of `record --functions` calls, of `run`
// what the script said, of `drops`, `record` and `diagnose` the state. It is what explain/
// explains, and what a recording holds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/drop.h"
#include "model/script_run.h"
#include "model/state.h"
#include "model/trace.h"

namespace knowhy::model {

// How a point of the curated set was attached. A rung is what attaching proved, never a guess.
struct PointStatus {
    std::string point;
    Fact::Kind kind = Fact::Kind::Before;
    std::string rung;  // "fexit", "fentry", "kprobe+kretprobe", "kprobe"; "" when it is off
    std::string why;   // why it is off: "module nf_tables is not loaded", "EPERM"...
    std::optional<uint64_t> missed;  // probe misses as the kernel counts them; nullopt: it does not
    // CLOCK_MONOTONIC since when it is armed; 0: from the start. Of a packet that was lost before,
    // its silence says nothing.
    uint64_t since_ns = 0;
};

// The books. They balance: events == sum of group counts + other.
struct Accounting {
    uint64_t events = 0;                    // frees in scope that passed the filter, exact
    uint64_t other = 0;                     // of those, counted without a key: the key map was full
    uint64_t filtered_out = 0;              // frees outside the scope, or not matching the filter
    uint64_t beyond_copy = 0;               // of those, the filter wanted bytes past the copy
    uint64_t samples = 0;                   // drops looked at closely
    uint64_t lost_samples = 0;              // wanted, but the ring buffer was full
    uint64_t shed_samples = 0;              // wanted, but over the budget
    uint64_t untold_samples = 0;            // looked at, but not told one by one: time was over
    std::optional<uint64_t> missed_probes;  // hits of the drop source itself that the kernel missed
    double elapsed_s = 0;
    std::vector<PointStatus> points;
    std::string source;              // "tp_btf", "raw_tp": how kfree_skb was attached
    std::vector<std::string> notes;  // what was weaker than asked, one line each
};

// Which losses were asked for, besides the filter: those of one namespace, of one device in it.
struct Scope {
    uint32_t netns = 0;  // 0: of all namespaces
    std::string netns_name;
    uint32_t ifindex = 0;  // 0: of all devices; else netns says whose device it is
    std::string device;

    [[nodiscard]] bool has(uint32_t inum) const { return netns == 0 || netns == inum; }
};

struct Observation {
    ClockPair clock;
    std::string filter;  // as given; "" for none
    Scope scope;
    HostState host;
    std::vector<DropGroup> groups;
    Accounting accounting;
    Trace trace;                      // empty unless functions were recorded
    std::optional<ScriptRun> script;  // of `run`

    // True when no loss of that namespace (0: of the host) was left out, so that its counters can
    // be held against what was seen.
    [[nodiscard]] bool saw_all_of(uint32_t inum) const {
        return filter.empty() && scope.ifindex == 0 && scope.has(inum);
    }
};

}  // namespace knowhy::model
