// Whether a conditional branch is taken, where it compares registers whose values are known.
#pragma once

#include <functional>
#include <optional>

#include "oops/pointer/ways.h"

namespace knowhy::oops {

using ValueOf = std::function<std::optional<uint64_t>(symbols::Register)>;

// `before`: what was executed just before it, which may have set the flags; nullptr: not known.
// nullopt: that depends on what is not known.
std::optional<bool> would_be_taken(const symbols::Instruction& branch,
                                   const symbols::Instruction* before, symbols::Arch arch,
                                   const TextOf& text_of, const ValueOf& value_of);

}  // namespace knowhy::oops
