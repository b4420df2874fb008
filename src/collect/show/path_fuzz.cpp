// Whatever is written as a member's path: parsed or refused at a place that is in it.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "collect/show/path.h"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto path = knowhy::collect::parse_path(text);
    if (!path) {
        if (path.error().at > size || path.error().message.empty()) std::abort();
        return 0;
    }
    if (path->empty() || path->back().until_here != text) std::abort();
    return 0;
}
