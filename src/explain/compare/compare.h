// The healthy host against the sick one: where the paths of two recordings part first, and which
// state differs there. Reads the model only, so that recordings are compared anywhere.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "model/comparison.h"
#include "model/observation.h"

namespace knowhy::explain {

struct CompareOptions {
    std::string good_name;  // of the recordings, for people
    std::string bad_name;
    bool state_only = false;
    // Reads packets (net/decode). Without it calls are not told apart by packets' headers.
    std::function<model::Decoded(const model::RawPacket&)> decode;
};

// What is alike is counted; what differs in any two runs is never told as a difference. The samples
// of the observations are decoded.
model::Comparison compare(const model::Observation& good, const model::Observation& bad,
                          const CompareOptions& options);

// The table of what functions read, for docs/diff.md.
struct ReaderInfo {
    std::vector<std::string> functions;
    std::string what;
    std::vector<std::string> facts;  // "sysctl net.ipv4.conf.*.rp_filter"
};
std::vector<ReaderInfo> known_readers();

}  // namespace knowhy::explain
