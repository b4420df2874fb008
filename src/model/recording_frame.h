// The outer layer of a recording: header, frames with checksums, zstd. docs/recording.md has the
// bytes. What a record means is the business of recording_writer.cpp and recording_reader.cpp.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace knowhy::model {

constexpr uint32_t kRecordingVersion = 2;
constexpr uint32_t kOldestVersion = 1;  // that is read

// Limits that a reader holds to and a writer keeps.
constexpr uint32_t kMaxHeaderBytes = 64U * 1024;
constexpr uint32_t kMaxRecordBytes = 16U * 1024 * 1024;
constexpr uint32_t kMaxBlockBytes = 32U * 1024 * 1024;  // unpacked
// zstd never needs more than this for that many bytes (ZSTD_COMPRESSBOUND).
constexpr uint32_t kMaxStoredBytes = kMaxBlockBytes + kMaxBlockBytes / 128;

enum class FrameKind { Data, Index };

// Numbers in a recording are little-endian.
void put_u32(std::vector<uint8_t>& out, uint32_t value);
uint32_t get_u32(std::span<const uint8_t, 4> bytes);

// Appends to a file. After an error the file is cut back to its last whole frame, and every later
// call gives the same error.
class FrameWriter {
  public:
    // Truncates what is there, as tcpdump -w does. A new file has mode 0600.
    static Result<FrameWriter> create(const std::string& path, std::span<const uint8_t> header);

    // Where the frame begins in the file.
    Result<uint64_t> write(FrameKind kind, std::span<const uint8_t> plain);
    [[nodiscard]] uint64_t size() const { return size_; }
    // The trailer, and close(2) with its verdict. `index_offset` is what write() gave.
    Status close(uint64_t index_offset);

  private:
    FrameWriter(UniqueFd file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}
    Status append(std::span<const uint8_t> bytes);

    UniqueFd file_;
    std::string path_;
    uint64_t size_ = 0;  // of what is whole
    Status state_;
};

struct Frame {
    FrameKind kind = FrameKind::Data;
    uint64_t offset = 0;  // of the frame in the file
    std::vector<uint8_t> plain;
};

// Reads from front to back, one frame in memory at a time.
class FrameReader {
  public:
    static Result<FrameReader> open(const std::string& path);

    [[nodiscard]] const std::vector<uint8_t>& header() const { return header_; }
    // The next frame that is whole; nullopt after the trailer, and where the file ends early (see
    // complete()). What is damaged is left out and told by losses(): a block whose length is known,
    // or all the rest.
    Result<std::optional<Frame>> next();
    // "damaged at offset N: what", one for each.
    [[nodiscard]] const std::vector<std::string>& losses() const { return losses_; }
    // True once the trailer was read: nothing is missing.
    [[nodiscard]] bool complete() const { return complete_; }
    // "FILE: damaged at offset N: what"
    [[nodiscard]] tl::unexpected<Error> damaged(uint64_t offset, std::string_view what) const;

  private:
    FrameReader(UniqueFd file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}
    Status read_header();
    Result<std::optional<Frame>> read_frame();
    Result<std::optional<Frame>> read_trailer(uint64_t index_offset);
    void lose(uint64_t offset, std::string_view what, bool all_the_rest);
    // Fewer bytes than asked for only at the end of the file.
    Result<size_t> read_up_to(std::span<uint8_t> into);

    UniqueFd file_;
    std::string path_;
    uint64_t at_ = 0;
    std::vector<uint8_t> header_;
    std::optional<uint64_t> index_offset_;
    bool complete_ = false;
    bool ended_ = false;
    bool lost_ = false;  // where the next frame begins is not known
    std::vector<std::string> losses_;
};

}  // namespace knowhy::model
