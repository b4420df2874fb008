// What two sequences have in common, in order: the longest common subsequence, by Myers' O(ND)
// algorithm (Algorithmica 1, 1986).
#pragma once

#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

namespace knowhy::explain {

using SameAt = std::function<bool(size_t a, size_t b)>;

// Pairs of places that are alike, ascending in both. Sequences that differ in more than some
// thousand places are matched at their beginnings and ends only.
std::vector<std::pair<size_t, size_t>> common_sequence(size_t length_a, size_t length_b,
                                                       const SameAt& same);

}  // namespace knowhy::explain
