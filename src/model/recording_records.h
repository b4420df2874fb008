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
};

// In the file's header, not in a block: what the recording is of.
struct HeaderRecord {
    std::string kernel_release;
    std::string machine;
    std::string build_id;
    ClockPair clock;
    std::string filter;
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

struct IndexEntry {
    uint64_t offset = 0;  // of the block in the file
    uint32_t records = 0;
    uint64_t first_ns = 0;  // CLOCK_MONOTONIC of the first and the last sample in it; 0 without one
    uint64_t last_ns = 0;
};

struct IndexRecord {
    std::vector<IndexEntry> blocks;
};

}  // namespace knowhy::model
