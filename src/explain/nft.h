// Which nft rule or chain decided, from the event and the ruleset in the snapshot.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "explain/context.h"

namespace knowhy::explain {

// The base chain that was being walked when the packet was dropped, as a probe saw it.
struct NftWalk {
    std::string family;  // "inet"; "" unknown
    std::string table;
    std::string chain;
    bool policy_drops = false;
};
std::optional<NftWalk> nft_walk(const Context& context);

// A rule was seen giving a plain drop verdict.
struct NftVerdict {
    uint64_t handle = 0;                   // 0: it could not be told which
    const model::NftRule* rule = nullptr;  // null: not in the snapshot, or not the only one
};
std::optional<NftVerdict> nft_verdict(const Context& context);

// The netfilter hook the packet was in, from the functions around the free: "input"; "" unknown.
std::string hook_of(const Context& context);

// The base chains on the packet's hook; all of them when the hook is not known.
std::vector<const model::NftChain*> base_chains(const Context& context);

// Rules that may drop, in the tables of those chains or, when a probe saw it, in the one walked.
std::vector<const model::NftRule*> rules_that_drop(const Context& context);

// Rules of that table that may drop without a plain verdict: by a map, a reject, an extension.
std::vector<const model::NftRule*> hidden_droppers(const model::NetnsState& state,
                                                   const NftWalk& walk);

}  // namespace knowhy::explain
