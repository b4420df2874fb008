// The bytes of an image file, uncompressed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/result.h"

namespace knowhy::symbols {

// Either a private mapping of the file or, of a compressed one, memory that holds what it says.
// Both may be written to (relocations are applied in place); the file never changes.
class FileBytes {
  public:
    static constexpr size_t kMaxUncompressed = size_t{1} << 30;

    // Which compression it is, its first bytes tell: xz, zstd, gzip, or none.
    static Result<FileBytes> read(const std::string& path);
    FileBytes(FileBytes&& other) noexcept;
    FileBytes& operator=(FileBytes&& other) noexcept;
    FileBytes(const FileBytes&) = delete;
    FileBytes& operator=(const FileBytes&) = delete;
    ~FileBytes();

    [[nodiscard]] std::span<uint8_t> bytes() const { return {start_, size_}; }
    // False when they are memory of our own: then its pages cannot be given back.
    [[nodiscard]] bool mapped_file() const { return mapped_file_; }

  private:
    FileBytes(uint8_t* start, size_t size, size_t reserved, bool mapped_file);

    uint8_t* start_ = nullptr;
    size_t size_ = 0;
    size_t reserved_ = 0;  // what is mapped at start_
    bool mapped_file_ = false;
};

}  // namespace knowhy::symbols
