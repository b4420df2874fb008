// Which nft rule or chain decided, from the event and the ruleset in the snapshot.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "explain/context.h"

namespace knowhy::explain {

struct NftVerdict {
    uint64_t handle = 0;
    const model::NftRule* rule = nullptr;  // null: not in the snapshot, or not the only one
};

// The rule that a probe saw giving a drop verdict.
std::optional<NftVerdict> nft_verdict(const Context& context);

// The netfilter hook the packet was in, from the functions around the free: "input"; "" unknown.
std::string hook_of(const Context& context);

// Rules that drop or reject, in chains reachable from the packet's hook.
std::vector<const model::NftRule*> rules_that_drop(const Context& context);

// The base chain whose policy would drop the packet: the one a probe saw, else the only one on the
// packet's hook, provided that no rule there drops. Null when there is none.
const model::NftChain* policy_drops(const Context& context);

// The chain's table has rules that may drop without a plain verdict.
bool has_hidden_verdicts(const model::NetnsState& state, const model::NftChain& chain);

}  // namespace knowhy::explain
