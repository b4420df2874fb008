// Compressed or not: any bytes are a file or one error line.
#include <cstdlib>

#include "symbols/debugfile/build_id.h"
#include "symbols/debugfile/debugfile.h"
#include "symbols/debugfile/uncompress.h"

using namespace knowhy::symbols;  // NOLINT(google-build-using-namespace)

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::span<const uint8_t> bytes(data, size);
    (void)build_id_in_notes({reinterpret_cast<const char*>(data), size});
    const Compression how = compression_of(bytes);
    if (how == Compression::None) return 0;
    std::vector<uint8_t> room(1 << 20);
    const auto written = uncompress(how, bytes, room);
    if (written && *written > room.size()) std::abort();
    if (!written && written.error().message.find('\n') != std::string::npos) std::abort();
    return 0;
}
