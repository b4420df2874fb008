// Any bytes are either a place or one line that says what was expected.
#include <cstdlib>

#include "symbols/locate/place.h"

using knowhy::symbols::PlaceName;

namespace {

void require(bool truth) {
    if (!truth) std::abort();
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const auto place = knowhy::symbols::parse_place({reinterpret_cast<const char*>(data), size});
    if (!place) {
        require(!place.error().message.empty());
        require(place.error().message.find('\n') == std::string::npos);
        return 0;
    }
    const bool in_function =
        place->kind == PlaceName::Kind::Function || place->kind == PlaceName::Kind::Offset;
    require(in_function == !place->function.empty());
    require((place->kind == PlaceName::Kind::Line) == !place->file.empty());
    return 0;
}
