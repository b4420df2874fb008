#include "model/recording_frame.h"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/file.h"
#include "base/text.h"

namespace knowhy::model {
namespace {

constexpr std::array<uint8_t, 8> kMagic = {0x89, 'K', 'N', 'O', 'W', 'H', 'Y', '\n'};
constexpr std::array<uint8_t, 4> kDataMarker = {'D', 'A', 'T', 'A'};
constexpr std::array<uint8_t, 4> kIndexMarker = {'I', 'N', 'D', 'X'};
constexpr std::array<uint8_t, 4> kEndMagic = {'Y', 'H', 'W', 'K'};
constexpr size_t kHeaderHead = 20;   // magic, version, length, checksum
constexpr size_t kFrameHead = 20;    // marker, stored, plain, checksum, checksum of the head
constexpr size_t kTrailerSize = 16;  // offset of the index, checksum, magic
constexpr int kCompression = 3;      // zstd's own default

using Bytes = std::span<const uint8_t>;

uint32_t checksum(Bytes bytes, uint32_t so_far = 0) {
    return static_cast<uint32_t>(
        crc32_z(so_far, bytes.empty() ? nullptr : bytes.data(), bytes.size()));
}

template <typename Integer>
void put(std::vector<uint8_t>& out, Integer value) {
    for (size_t i = 0; i < sizeof(Integer); ++i)
        out.push_back(static_cast<uint8_t>(value >> 8 * i));
}

template <typename Integer>
Integer get(Bytes bytes) {
    Integer value = 0;
    for (size_t i = sizeof(Integer); i-- > 0;) value = static_cast<Integer>(value << 8U) | bytes[i];
    return value;
}

uint32_t u32_at(Bytes bytes, size_t offset) {
    return get<uint32_t>(bytes.subspan(offset, 4));
}

bool equal(Bytes a, Bytes b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

}  // namespace

void put_u32(std::vector<uint8_t>& out, uint32_t value) {
    put(out, value);
}
uint32_t get_u32(std::span<const uint8_t, 4> bytes) {
    return get<uint32_t>(bytes);
}

Result<FrameWriter> FrameWriter::create(const std::string& path, Bytes header) {
    UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!file.valid()) return fail_errno(errno, fmt::format("creating {}", escaped(path)));
    FrameWriter writer(std::move(file), path);
    std::vector<uint8_t> bytes(kMagic.begin(), kMagic.end());
    put_u32(bytes, kRecordingVersion);
    put_u32(bytes, static_cast<uint32_t>(header.size()));
    put_u32(bytes, checksum(header, checksum(bytes)));
    bytes.insert(bytes.end(), header.begin(), header.end());
    KW_CHECK_OK(writer.append(bytes));
    return writer;
}

Status FrameWriter::append(Bytes bytes) {
    KW_CHECK_OK(state_);
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (const int error = write_all(file_.get(), text); error != 0) {
        state_ = fail_errno(error, fmt::format("writing {}", escaped(path_)));
        // Best effort: a reader copes with half a frame at the end, too.
        if (::ftruncate(file_.get(), static_cast<off_t>(size_)) != 0) return state_;
        return state_;
    }
    size_ += bytes.size();
    return {};
}

Result<uint64_t> FrameWriter::write(FrameKind kind, Bytes plain) {
    std::vector<uint8_t> stored(ZSTD_compressBound(plain.size()));
    const size_t size =
        ZSTD_compress(stored.data(), stored.size(), plain.data(), plain.size(), kCompression);
    if (ZSTD_isError(size) != 0) {
        return fail(ErrorKind::Internal, "compressing a block of {}: {}", escaped(path_),
                    ZSTD_getErrorName(size));
    }
    stored.resize(size);

    const auto& marker = kind == FrameKind::Data ? kDataMarker : kIndexMarker;
    std::vector<uint8_t> frame(marker.begin(), marker.end());
    put_u32(frame, static_cast<uint32_t>(stored.size()));
    put_u32(frame, static_cast<uint32_t>(plain.size()));
    put_u32(frame, checksum(stored));
    put_u32(frame, checksum(frame));
    frame.insert(frame.end(), stored.begin(), stored.end());
    const uint64_t offset = size_;
    KW_CHECK_OK(append(frame));
    return offset;
}

Status FrameWriter::close(uint64_t index_offset) {
    std::vector<uint8_t> trailer;
    put(trailer, index_offset);
    put_u32(trailer, checksum(trailer));
    trailer.insert(trailer.end(), kEndMagic.begin(), kEndMagic.end());
    KW_CHECK_OK(append(trailer));
    if (::close(file_.release()) != 0) {
        return fail_errno(errno, fmt::format("writing {}", escaped(path_)));
    }
    return {};
}

Result<FrameReader> FrameReader::open(const std::string& path) {
    UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.valid()) {
        auto error = fail_errno(errno, fmt::format("cannot open {}", escaped(path)));
        error.value().kind = ErrorKind::Usage;
        return error;
    }
    FrameReader reader(std::move(file), path);
    KW_CHECK_OK(reader.read_header());
    return reader;
}

tl::unexpected<Error> FrameReader::damaged(uint64_t offset, std::string_view what) const {
    return fail(ErrorKind::Usage, "{}: damaged at offset {}: {}", escaped(path_), offset, what);
}

Result<size_t> FrameReader::read_up_to(std::span<uint8_t> into) {
    size_t got = 0;
    while (got < into.size()) {
        const ssize_t n = ::read(file_.get(), into.data() + got, into.size() - got);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) {
            auto error = fail_errno(errno, fmt::format("cannot read {}", escaped(path_)));
            error.value().kind = ErrorKind::Usage;
            return error;
        }
        if (n == 0) break;
        got += static_cast<size_t>(n);
    }
    at_ += got;
    return got;
}

Status FrameReader::read_header() {
    std::array<uint8_t, kHeaderHead> head{};
    KW_TRY(const size_t got, read_up_to(head));
    if (got < kMagic.size() || !equal(Bytes(head).first(kMagic.size()), kMagic)) {
        return fail(ErrorKind::Usage, "{} is not a recording of knowhy", escaped(path_));
    }
    const auto too_short = [this] {
        return fail(ErrorKind::Usage, "{} ends at offset {}, inside its header: nothing to read",
                    escaped(path_), at_);
    };
    if (got < head.size()) return too_short();
    const uint32_t version = u32_at(head, 8);
    if (version < kOldestVersion || version > kRecordingVersion) {
        return fail(ErrorKind::Usage,
                    "{} has format version {}; this knowhy reads versions {} to {}", escaped(path_),
                    version, kOldestVersion, kRecordingVersion);
    }
    const uint32_t length = u32_at(head, 12);
    if (length > kMaxHeaderBytes) return damaged(12, "the header's length");
    header_.resize(length);
    KW_TRY(const size_t header_got, read_up_to(header_));
    if (header_got < length) return too_short();
    if (checksum(header_, checksum(Bytes(head).first(16))) != u32_at(head, 16)) {
        return damaged(0, "the header's checksum differs");
    }
    return {};
}

void FrameReader::lose(uint64_t offset, std::string_view what, bool all_the_rest) {
    // A file of nothing but damage is told of in a few lines.
    constexpr size_t kMost = 100;
    if (losses_.size() < kMost) {
        losses_.push_back(fmt::format("damaged at offset {}: {}{}", offset, what,
                                      all_the_rest ? "; what follows is not read" : ""));
    }
    lost_ = lost_ || all_the_rest;
}

Result<std::optional<Frame>> FrameReader::next() {
    while (!lost_ && !index_offset_) {
        const uint64_t begin = at_;
        KW_TRY(auto frame, read_frame());
        if (frame || at_ == begin || lost_ || ended_) return frame;
    }
    if (lost_) return std::optional<Frame>();
    return read_trailer(*index_offset_);
}

// nullopt at the end of the file, and for a frame that is damaged.
Result<std::optional<Frame>> FrameReader::read_frame() {
    std::optional<Frame> none;
    Frame frame;
    frame.offset = at_;
    std::array<uint8_t, kFrameHead> head{};
    KW_TRY(const size_t got, read_up_to(head));
    ended_ = got < head.size();
    if (ended_) return none;

    const Bytes bytes(head);
    const bool index = equal(bytes.first(4), kIndexMarker);
    const uint32_t stored_size = u32_at(bytes, 4);
    const uint32_t plain_size = u32_at(bytes, 8);
    const bool sound = checksum(bytes.first(16)) == u32_at(bytes, 16) &&
                       (index || equal(bytes.first(4), kDataMarker));
    if (!sound || stored_size > kMaxStoredBytes || plain_size > kMaxBlockBytes) {
        lose(frame.offset, sound ? "a block larger than any may be" : "a block's head", true);
        return none;
    }
    frame.kind = index ? FrameKind::Index : FrameKind::Data;
    std::vector<uint8_t> stored(stored_size);
    KW_TRY(const size_t stored_got, read_up_to(stored));
    ended_ = stored_got < stored_size;
    if (ended_) return none;
    if (index) index_offset_ = frame.offset;
    if (checksum(stored) != u32_at(bytes, 12)) {
        lose(frame.offset + kFrameHead, "a block's checksum differs", false);
        return none;
    }
    frame.plain.resize(plain_size);
    const size_t unpacked =
        ZSTD_decompress(frame.plain.data(), plain_size, stored.data(), stored_size);
    if (ZSTD_isError(unpacked) != 0 || unpacked != plain_size) {
        lose(frame.offset + kFrameHead, "a block that does not unpack", false);
        return none;
    }
    return std::optional(std::move(frame));
}

Result<std::optional<Frame>> FrameReader::read_trailer(uint64_t index_offset) {
    if (complete_) return std::optional<Frame>();
    const uint64_t begin = at_;
    std::array<uint8_t, kTrailerSize + 1> bytes{};  // one more, which must not be there
    KW_TRY(const size_t got, read_up_to(bytes));
    if (got < kTrailerSize) return std::optional<Frame>();
    const Bytes trailer(bytes);
    const bool good = u32_at(trailer, 8) == checksum(trailer.first(8)) &&
                      equal(trailer.subspan(12, 4), kEndMagic) &&
                      get<uint64_t>(trailer.first(8)) == index_offset;
    complete_ = true;
    if (!good) lose(begin, "the trailer", true);
    if (good && got > kTrailerSize) lose(begin + kTrailerSize, "bytes after the end", true);
    return std::optional<Frame>();
}

}  // namespace knowhy::model
