#include "explain/compare/sequence.h"

#include <algorithm>
#include <cstdint>

namespace knowhy::explain {
namespace {

using Pairs = std::vector<std::pair<size_t, size_t>>;

// Bounds the work and the memory, which go with its square.
constexpr int64_t kMostEdits = 2000;

// The middle, where both ends differ.
class Middle {
  public:
    Middle(size_t first, size_t length_a, size_t length_b, const SameAt& same)
        : first_(first),
          length_a_(static_cast<int64_t>(length_a)),
          length_b_(static_cast<int64_t>(length_b)),
          same_(same) {}

    Pairs match() {
        const int64_t most = std::min(length_a_ + length_b_, kMostEdits);
        reached_.assign(static_cast<size_t>(2 * most + 3), 0);
        centre_ = most + 1;
        for (int64_t edits = 0; edits <= most; ++edits) {
            if (advance(edits)) return walk_back(edits);
        }
        return {};
    }

  private:
    int64_t& reached(int64_t diagonal) { return reached_[static_cast<size_t>(diagonal + centre_)]; }

    bool comes_from_above(int64_t diagonal, int64_t edits) {
        return diagonal == -edits ||
               (diagonal != edits && reached(diagonal - 1) < reached(diagonal + 1));
    }

    // As far as so many edits lead, on every diagonal; true when that is the end.
    bool advance(int64_t edits) {
        history_.emplace_back(reached_.begin() + (centre_ - edits - 1),
                              reached_.begin() + (centre_ + edits + 2));
        for (int64_t diagonal = -edits; diagonal <= edits; diagonal += 2) {
            int64_t a = comes_from_above(diagonal, edits) ? reached(diagonal + 1)
                                                          : reached(diagonal - 1) + 1;
            while (a < length_a_ && a - diagonal < length_b_ && alike(a, a - diagonal)) ++a;
            reached(diagonal) = a;
            if (a >= length_a_ && a - diagonal >= length_b_) return true;
        }
        return false;
    }

    Pairs walk_back(int64_t edits) {
        Pairs pairs;
        int64_t a = length_a_;
        int64_t b = length_b_;
        for (; edits >= 0; --edits) {
            const std::vector<int64_t>& before = history_[static_cast<size_t>(edits)];
            const auto at = [&](int64_t diagonal) {
                return before[static_cast<size_t>(diagonal + edits + 1)];
            };
            const int64_t diagonal = a - b;
            const bool above =
                diagonal == -edits || (diagonal != edits && at(diagonal - 1) < at(diagonal + 1));
            const int64_t from_diagonal = above ? diagonal + 1 : diagonal - 1;
            const int64_t from_a = edits == 0 ? 0 : at(from_diagonal);
            const int64_t from_b = edits == 0 ? 0 : from_a - from_diagonal;
            while (a > from_a && b > from_b && a > 0 && b > 0) {
                --a;
                --b;
                pairs.emplace_back(first_ + static_cast<size_t>(a),
                                   first_ + static_cast<size_t>(b));
            }
            a = from_a;
            b = from_b;
        }
        std::reverse(pairs.begin(), pairs.end());
        return pairs;
    }

    bool alike(int64_t a, int64_t b) {
        return same_(first_ + static_cast<size_t>(a), first_ + static_cast<size_t>(b));
    }

    size_t first_;
    int64_t length_a_;
    int64_t length_b_;
    const SameAt& same_;
    int64_t centre_ = 0;
    std::vector<int64_t> reached_;               // by diagonal: how far into a
    std::vector<std::vector<int64_t>> history_;  // the same before each number of edits
};

}  // namespace

Pairs common_sequence(size_t length_a, size_t length_b, const SameAt& same) {
    Pairs pairs;
    const size_t shorter = std::min(length_a, length_b);
    size_t begin = 0;
    while (begin < shorter && same(begin, begin)) {
        pairs.emplace_back(begin, begin);
        ++begin;
    }
    size_t end = 0;
    while (end < shorter - begin && same(length_a - 1 - end, length_b - 1 - end)) ++end;
    Pairs middle = Middle(begin, length_a - begin - end, length_b - begin - end, same).match();
    pairs.insert(pairs.end(), middle.begin(), middle.end());
    for (; end > 0; --end) pairs.emplace_back(length_a - end, length_b - end);
    return pairs;
}

}  // namespace knowhy::explain
