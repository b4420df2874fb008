#include "collect/memory/kernel_memory.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "host/files.h"
#include "symbols/kallsyms/kallsyms.h"

namespace knowhy::collect {
namespace {

std::optional<uint64_t> address_of(std::string_view name) {
    const auto symbols = symbols::SymbolTable::load_running();
    if (!symbols || symbols->hidden() || symbols->named(name).empty()) return std::nullopt;
    return symbols->named(name).front().address;
}

TEST(KernelMemory, OfTheBanner) {
    const auto address = address_of("linux_banner");
    if (!address) GTEST_SKIP() << "no address of linux_banner";
    const auto version = host::read_kernel_file("/proc/version");
    ASSERT_TRUE(version);
    std::vector<uint8_t> bytes(version->size());
    if (!read_kernel_memory()->read(*address, bytes)) GTEST_SKIP() << "may not read";
    EXPECT_EQ(std::string(bytes.begin(), bytes.end()), *version);
}

// More than one read's worth, of what is there; and what is not.
TEST(KernelMemory, LongAndNowhere) {
    const auto text = address_of("_text");
    const auto memory = read_kernel_memory();
    std::vector<uint8_t> bytes(10'000);
    if (!text || !memory->read(*text, bytes)) GTEST_SKIP() << "may not read";
    std::vector<uint8_t> again(100);
    ASSERT_TRUE(memory->read(*text + 5000, again));
    EXPECT_TRUE(std::equal(again.begin(), again.end(), bytes.begin() + 5000));
    EXPECT_FALSE(memory->read(0x318, again));
    EXPECT_EQ(first_unreadable(*memory, *text, 10'000), std::nullopt);
    EXPECT_EQ(first_unreadable(*memory, 0x318, 8), 0x318U);
}

// A read that reaches from good memory into bad fails, and it is said where the bad begins.
class HalfThere final : public KernelMemory {
  public:
    bool read(uint64_t address, std::span<uint8_t> bytes) override {
        return address >= 0x1000 && address + bytes.size() <= 0x3000;
    }
};

TEST(KernelMemory, WhereItEnds) {
    HalfThere memory;
    EXPECT_EQ(first_unreadable(memory, 0x2ff0, 0x20), 0x3000U);
    EXPECT_EQ(first_unreadable(memory, 0x1800, 0x800), std::nullopt);
    EXPECT_EQ(first_unreadable(memory, 0xff0, 0x20), 0xff0U);
}

// The task says who it is: its address is the kernel's, and the same for a thread that asks twice.
TEST(KernelMemory, OwnTask) {
    const auto task = current_task();
    if (!task) GTEST_SKIP() << task.error().message;
    EXPECT_GT(*task, uint64_t{1} << 63U);
    EXPECT_EQ(current_task(), *task);
}

}  // namespace
}  // namespace knowhy::collect
