#include "collect/memory/device_memory.h"

#include <gtest/gtest.h>

namespace knowhy::collect {
namespace {

TEST(DeviceMemory, OnlyWhatIsRemapped) {
    const auto spans = device_spans(
        "0xffffc90000000000-0xffffc90000005000   20480 irq_init+0x10/0x20 pages=4 vmalloc N0=4\n"
        "0xffffc90000005000-0xffffc90000007000    8192 acpi_os_map+0x1/0x2 phys=0x7 ioremap\n"
        "0x0000000000000000-0x0000000000000000    8192 hidden phys=0x0 ioremap\n"
        "nonsense ioremap\nioremap\n\n");
    EXPECT_EQ(spans, (std::vector<AddressSpan>{{0xffffc90000005000, 0xffffc90000007000}}));
    EXPECT_TRUE(device_spans("").empty());
}

}  // namespace
}  // namespace knowhy::collect
