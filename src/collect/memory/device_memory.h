// Where devices' registers are mapped into the kernel's addresses: reading one may have an effect.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace knowhy::collect {

struct AddressSpan {
    uint64_t begin = 0;
    uint64_t end = 0;  // exclusive

    bool operator==(const AddressSpan&) const = default;
};

// Of /proc/vmallocinfo's text (mm/vmalloc.c, s_show()). Lines that are none are left out.
std::vector<AddressSpan> device_spans(std::string_view vmallocinfo);
// Of the running kernel; empty where it does not tell.
std::vector<AddressSpan> device_memory();

}  // namespace knowhy::collect
