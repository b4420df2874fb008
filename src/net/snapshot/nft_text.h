// A rule in few words, close to what `nft list ruleset` prints: what it matches, what it does.
#pragma once

#include "model/state.h"

struct nftnl_rule;

namespace knowhy::net {

// Fills text, verdict and packets. Expressions without a rendering stand in the text by their name,
// so that nothing a rule does is left out of it.
void describe(nftnl_rule* from, model::NftRule& rule);

}  // namespace knowhy::net
