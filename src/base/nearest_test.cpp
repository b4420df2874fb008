#include "base/nearest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace knowhy {
namespace {

TEST(Nearest, FindsWhatWasMeant) {
    const std::vector<std::string> names = {"--count", "--each", "--for", "-o", "--record"};
    EXPECT_EQ(nearest("--cuont", names), "--count");
    EXPECT_EQ(nearest("--eahc", names), "--each");
    EXPECT_EQ(nearest("--recrod", names), "--record");
    EXPECT_EQ(nearest("--completely-else", names), std::nullopt);
    EXPECT_EQ(nearest("", {}), std::nullopt);
}

// The same by recursion, without any bound.
size_t far(const std::string& a, const std::string& b) {
    if (a.empty() || b.empty()) return a.size() + b.size();
    const std::string less_a = a.substr(1);
    const std::string less_b = b.substr(1);
    size_t found = std::min(
        {far(less_a, b) + 1, far(a, less_b) + 1, far(less_a, less_b) + (a[0] == b[0] ? 0 : 1)});
    if (a.size() > 1 && b.size() > 1 && a[0] == b[1] && a[1] == b[0])
        found = std::min(found, far(a.substr(2), b.substr(2)) + 1);
    return found;
}

TEST(Nearest, GivesUpOnlyOnWhatIsTooFar) {
    std::mt19937 random(1);
    const auto word = [&] {
        std::string made(random() % 6, 'a');
        for (char& letter : made) letter = static_cast<char>('a' + random() % 3);
        return made;
    };
    for (int i = 0; i < 2000; ++i) {
        const std::string one = word();
        const std::string other = word();
        const bool near = far(one, other) <= std::max<size_t>(one.size() / 3, 1);
        EXPECT_EQ(nearest(one, {other}).has_value(), near) << one << ' ' << other;
    }
}

}  // namespace
}  // namespace knowhy
