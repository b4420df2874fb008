#include "base/nearest.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace knowhy
