// The records inside a recording's blocks. Each is one CBOR map, by field name (codec_fields.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/observation.h"

namespace knowhy::model {

// Types that a reader does not know are skipped.
enum class RecordType : uint32_t {
    Run = 1,         // RunRecord. All records before it but samples are superseded
    Host = 2,        // HostState
    Netns = 3,       // NetnsState; several with one inum are parts, whose lists are joined
    Sample = 4,      // SampleRecord
    Group = 5,       // GroupRecord
    Accounting = 6,  // Accounting; it comes last, so a recording without one after the last Run
                     // ended early
    // Since version 2:
    Trace = 7,    // Trace without its calls
    Calls = 8,    // calls of the last Trace before it, packed (trace_codec.h): not CBOR
    Script = 9,   // ScriptRun without its events
    Event = 10,   // EventRecord: what the script said
    Earlier = 11  // of HostState::earlier: {"place", "state"}, a NetnsState in parts as in Netns
};

// In the file's header, not in a block: what the recording is of.
struct HeaderRecord {
    std::string kernel_release;
    std::string machine;
    std::string build_id;
    ClockPair clock;
    std::string filter;
    uint32_t part = 0;  // of a recording in several files: how many came before this one
};

struct RunRecord {
    ClockPair clock;
    std::string filter;
    Scope scope;
};

struct SampleRecord {
    uint64_t number = 0;  // a later record with the same number replaces an earlier one
    DropKey key;
    DropSample sample;
};

struct GroupRecord {
    DropGroup group;
    std::vector<uint64_t> samples;  // numbers of those that group.samples holds, in order
};

struct EventRecord {
    ScriptEvent event;
};

struct IndexEntry {
    uint64_t offset = 0;  // of the block in the file
    uint32_t records = 0;
    uint64_t first_ns = 0;  // CLOCK_MONOTONIC of its first and last sample or call; 0 without one
    uint64_t last_ns = 0;
};

struct IndexRecord {
    std::vector<IndexEntry> blocks;
};

// Of a recording in several files: the one that was written `age` files before FILE.
std::string part_path(const std::string& path, uint32_t age);

}  // namespace knowhy::model
