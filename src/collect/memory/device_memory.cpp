#include "collect/memory/device_memory.h"

#include <algorithm>

#include "base/file.h"
#include "base/text.h"

namespace knowhy::collect {
namespace {

constexpr size_t kMostText = size_t{64} << 20U;

}  // namespace

std::vector<AddressSpan> device_spans(std::string_view vmallocinfo) {
    std::vector<AddressSpan> spans;
    for (const std::string_view line : split(vmallocinfo, '\n')) {
        const auto words = split_whitespace(line);
        if (std::find(words.begin(), words.end(), "ioremap") == words.end()) continue;
        const auto ends = split(words.front(), '-');  // "0xffffc90000000000-0xffffc90000005000"
        if (ends.size() != 2 || !ends[0].starts_with("0x") || !ends[1].starts_with("0x")) continue;
        const auto begin = parse_u64(ends[0].substr(2), 16);
        const auto end = parse_u64(ends[1].substr(2), 16);
        if (begin && end && *begin < *end) spans.push_back({*begin, *end});
    }
    return spans;
}

std::vector<AddressSpan> device_memory() {
    const auto text = read_file("/proc/vmallocinfo", kMostText);
    return text ? device_spans(*text) : std::vector<AddressSpan>{};
}

}  // namespace knowhy::collect
