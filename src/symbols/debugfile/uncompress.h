// Streams of xz, zstd and gzip, as modules are installed (CONFIG_MODULE_COMPRESS_*).
#pragma once

#include <cstdint>
#include <span>

#include "base/result.h"

namespace knowhy::symbols {

enum class Compression : uint8_t { None, Xz, Zstd, Gzip };

Compression compression_of(std::span<const uint8_t> file);

// Uncompresses all of `file` into `room`; the number of bytes that it came to. Damaged or cut off
// input, and input that comes to more than there is room for, is an Error.
Result<size_t> uncompress(Compression how, std::span<const uint8_t> file, std::span<uint8_t> room);

}  // namespace knowhy::symbols
