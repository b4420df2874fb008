#include "collect/script/kernel_memory.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "collect/script/running_kernel.h"
#include "host/files.h"

namespace knowhy::collect {
namespace {

TEST(KernelMemory, OfTheBanner) {
    RunningKernel kernel;
    const auto address = kernel.address_of("linux_banner");
    if (!address) GTEST_SKIP() << "no address of linux_banner";
    const auto version = host::read_kernel_file("/proc/version");
    ASSERT_TRUE(version);
    std::vector<uint8_t> bytes(version->size());
    if (!read_kernel_memory()->read(*address, bytes)) GTEST_SKIP() << "may not read";
    EXPECT_EQ(std::string(bytes.begin(), bytes.end()), *version);
}

// More than one read's worth, of what is there; and what is not.
TEST(KernelMemory, LongAndNowhere) {
    RunningKernel kernel;
    const auto text = kernel.address_of("_text");
    const auto memory = read_kernel_memory();
    std::vector<uint8_t> bytes(10'000);
    if (!text || !memory->read(*text, bytes)) GTEST_SKIP() << "may not read";
    std::vector<uint8_t> again(100);
    ASSERT_TRUE(memory->read(*text + 5000, again));
    EXPECT_TRUE(std::equal(again.begin(), again.end(), bytes.begin() + 5000));
    EXPECT_FALSE(memory->read(0x318, again));
}

}  // namespace
}  // namespace knowhy::collect
