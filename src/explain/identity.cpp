#include "explain/identity.h"

#include <fmt/format.h>

namespace knowhy::explain {
namespace {

// FNV-1a, 64 bits. The terminating zero keeps "ab","c" apart from "a","bc".
uint64_t fnv1a(uint64_t hash, const std::string& text) {
    constexpr uint64_t kPrime = 0x100000001b3;
    for (const char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * kPrime;
    return hash * kPrime;
}

}  // namespace

std::string finding_id(const model::Finding& finding, const std::string& subject) {
    constexpr uint64_t kOffsetBasis = 0xcbf29ce484222325;
    const std::string place =
        finding.where
            ? (finding.where->function.empty() ? finding.where->text() : finding.where->function)
            : std::string();
    const std::string netns =
        finding.netns_name.empty() ? std::to_string(finding.netns) : finding.netns_name;
    uint64_t hash = kOffsetBasis;
    for (const std::string& part : {finding.cause, place, finding.device, netns, subject}) {
        hash = fnv1a(hash, part);
    }
    return fmt::format("{:016x}", hash);
}

}  // namespace knowhy::explain
