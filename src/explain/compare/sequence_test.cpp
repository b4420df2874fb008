#include "explain/compare/sequence.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <string>

namespace knowhy::explain {
namespace {

std::string common(const std::string& a, const std::string& b) {
    std::string both;
    const auto same = [&](size_t i, size_t j) { return a[i] == b[j]; };
    for (const auto& [i, j] : common_sequence(a.size(), b.size(), same)) both += a[i];
    return both;
}

// By the book: the length, in quadratic time.
size_t longest(const std::string& a, const std::string& b) {
    std::vector<std::vector<size_t>> best(a.size() + 1, std::vector<size_t>(b.size() + 1, 0));
    for (size_t i = 1; i <= a.size(); ++i)
        for (size_t j = 1; j <= b.size(); ++j)
            best[i][j] = a[i - 1] == b[j - 1] ? best[i - 1][j - 1] + 1
                                              : std::max(best[i - 1][j], best[i][j - 1]);
    return best[a.size()][b.size()];
}

TEST(Sequence, Examples) {
    EXPECT_EQ(common("", ""), "");
    EXPECT_EQ(common("abc", ""), "");
    EXPECT_EQ(common("abc", "abc"), "abc");
    EXPECT_EQ(common("abcde", "axcye"), "ace");
    EXPECT_EQ(common("abc", "xyz"), "");
    EXPECT_EQ(common("xabc", "abc"), "abc");
}

TEST(Sequence, IsTheLongestAndInOrder) {
    EXPECT_TRUE(rc::check("against the table of lengths", [] {
        const auto letters = rc::gen::container<std::string>(rc::gen::element('a', 'b', 'c'));
        const std::string a = *letters;
        const std::string b = *letters;
        const auto pairs =
            common_sequence(a.size(), b.size(), [&](size_t i, size_t j) { return a[i] == b[j]; });
        RC_ASSERT(pairs.size() == longest(a, b));
        for (size_t i = 0; i < pairs.size(); ++i) {
            RC_ASSERT(a[pairs[i].first] == b[pairs[i].second]);
            if (i == 0) continue;
            RC_ASSERT(pairs[i - 1].first < pairs[i].first);
            RC_ASSERT(pairs[i - 1].second < pairs[i].second);
        }
    }));
}

TEST(Sequence, BeyondItsBoundTheEndsStillMatch) {
    const size_t many = 6000;
    const auto pairs = common_sequence(
        many, many, [&](size_t i, size_t j) { return i == j && (i < 10 || i >= many - 10); });
    EXPECT_EQ(pairs.size(), 20U);
}

}  // namespace
}  // namespace knowhy::explain
