#include "base/nearest.h"

#include <algorithm>
#include <numeric>
#include <string_view>
#include <vector>

namespace knowhy {
namespace {

// Edit distance in which two neighbouring letters that changed places count once: the commonest
// slip of a typist. Exact up to `most`; anything above it else, since of a kernel's 200,000 names
// nearly all are far away.
size_t distance(std::string_view a, std::string_view b, size_t most) {
    const size_t width = b.size() + 1;
    std::vector<size_t> before(width);  // the row before the last one
    std::vector<size_t> last(width);    // costs of the beginnings of b for a's first letters
    std::vector<size_t> row(width);
    std::iota(last.begin(), last.end(), 0);
    size_t least_of_last = 0;
    for (size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (size_t j = 1; j < width; ++j) {
            const size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + change});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
        const size_t least = *std::min_element(row.begin(), row.end());
        if (least > most && least_of_last > most) return least;
        least_of_last = least;
        before.swap(last);
        last.swap(row);
    }
    return last[b.size()];
}

}  // namespace

std::optional<std::string> nearest(const std::string& word, const std::vector<std::string>& names) {
    const std::string* best = nullptr;
    size_t best_distance = std::max<size_t>(word.size() / 3, 1) + 1;
    for (const std::string& name : names) {
        const size_t longer = std::max(name.size(), word.size());
        if (longer - std::min(name.size(), word.size()) >= best_distance) continue;
        const size_t here = distance(word, name, best_distance);
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
