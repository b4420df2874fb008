#include "host/cpus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace knowhy::host {
namespace {

using ::testing::ElementsAre;

TEST(CpuList, AsTheKernelWritesThem) {
    EXPECT_THAT(parse_cpu_list("0-2,5\n").value(), ElementsAre(0, 1, 2, 5));
    EXPECT_THAT(parse_cpu_list("7").value(), ElementsAre(7));
    for (const char* none : {"", "1-", "2-1", "x", "0,,1", "0-99999999999"})
        EXPECT_FALSE(parse_cpu_list(none)) << none;
}

TEST(CpuList, SomeCpuIsOnline) {
    EXPECT_GE(online_cpus().size(), 1U);
    EXPECT_LE(std::thread::hardware_concurrency(), online_cpus().size());
}

}  // namespace
}  // namespace knowhy::host
