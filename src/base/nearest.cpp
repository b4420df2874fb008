#include "base/nearest.h"

#include <algorithm>
#include <numeric>

namespace knowhy {
namespace {

// Edit distance in which two neighbouring letters that changed places count once: the commonest
// slip of a typist.
size_t distance(const std::string& a, const std::string& b) {
    std::vector<std::vector<size_t>> cost(a.size() + 1, std::vector<size_t>(b.size() + 1));
    for (size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
    std::iota(cost[0].begin(), cost[0].end(), 0);
    for (size_t i = 1; i <= a.size(); ++i) {
        for (size_t j = 1; j <= b.size(); ++j) {
            const size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
            cost[i][j] =
                std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + change});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
            }
        }
    }
    return cost[a.size()][b.size()];
}

}  // namespace

std::optional<std::string> nearest(const std::string& word, const std::vector<std::string>& names) {
    const std::string* best = nullptr;
    size_t best_distance = std::max<size_t>(word.size() / 3, 1) + 1;
    for (const std::string& name : names) {
        const size_t longer = std::max(name.size(), word.size());
        if (longer - std::min(name.size(), word.size()) >= best_distance) continue;
        const size_t here = distance(word, name);
        const bool as_long = best != nullptr && here == best_distance &&
                             name.size() == word.size() && best->size() != word.size();
        if (here < best_distance || as_long) {
            best = &name;
            best_distance = here;
        }
    }
    return best != nullptr ? std::optional(*best) : std::nullopt;
}

}  // namespace knowhy
