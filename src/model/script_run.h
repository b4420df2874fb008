// A script's run as a recording keeps it: what it said, and what is needed to print that again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/script.h"
#include "model/script_format.h"

namespace knowhy::model {

// A probe that the kernel would not have.
struct RefusedProbe {
    std::string name;
    std::string why;
};

// The books of a run.
struct ScriptBooks {
    uint64_t records = 0;
    uint64_t lost_records = 0;       // that found no room in the ring buffer
    uint64_t faults = 0;             // reads of memory and other helpers that failed
    std::optional<uint64_t> missed;  // hits; nullopt where the kernel does not count them
    uint64_t attached = 0;
    std::vector<RefusedProbe> refused;
    std::vector<std::string> notes;
    double elapsed_s = 0;
};

struct ScriptRun {
    std::string name;  // of the script: a file's, "-e"
    std::string text;  // the script itself
    FormatDialect dialect = FormatDialect::Bpftrace;
    bool as_017 = false;      // printed as bpftrace 0.17 did
    std::string cut_trailer;  // after a string that was longer
    bool quiet = false;       // without a word about attaching
    uint64_t probes = 0;      // of all kinds
    bool ended = false;       // what follows is known
    ScriptBooks books;
    int32_t exit_status = 0;
    uint64_t said = 0;                // how many events there were
    uint64_t last = 0;                // of these, behind the end of words: the maps at the end
    uint64_t cut = 0;                 // and those that the recording's bounds left out
    std::vector<ScriptEvent> events;  // all that it said, in order; among it that it was attached
};

}  // namespace knowhy::model
