#include "symbols/debugfile/file_bytes.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "base/fd.h"
#include "base/text.h"
#include "symbols/debugfile/uncompress.h"

namespace knowhy::symbols {

FileBytes::FileBytes(uint8_t* start, size_t size, size_t reserved, bool mapped_file)
    : start_(start), size_(size), reserved_(reserved), mapped_file_(mapped_file) {}

FileBytes::FileBytes(FileBytes&& other) noexcept
    : start_(std::exchange(other.start_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      reserved_(std::exchange(other.reserved_, 0)),
      mapped_file_(other.mapped_file_) {}

FileBytes& FileBytes::operator=(FileBytes&& other) noexcept {
    std::swap(start_, other.start_);
    std::swap(size_, other.size_);
    std::swap(reserved_, other.reserved_);
    std::swap(mapped_file_, other.mapped_file_);
    return *this;
}

FileBytes::~FileBytes() {
    if (start_ != nullptr) ::munmap(start_, reserved_);
}

Result<FileBytes> FileBytes::read(const std::string& path) {
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file.valid()) return fail_errno(errno, fmt::format("cannot open {}", escaped(path)));
    struct stat info = {};
    if (::fstat(file.get(), &info) != 0) {
        return fail_errno(errno, fmt::format("cannot look at {}", escaped(path)));
    }
    if (!S_ISREG(info.st_mode) || info.st_size <= 0) {
        return fail(ErrorKind::Usage, "{} is {}", escaped(path),
                    S_ISREG(info.st_mode) ? "empty" : "not a regular file");
    }
    const auto size = static_cast<size_t>(info.st_size);
    void* start =
        ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, file.get(), 0);
    if (start == MAP_FAILED) return fail_errno(errno, fmt::format("cannot map {}", escaped(path)));
    FileBytes raw(static_cast<uint8_t*>(start), size, size, true);

    const Compression how = compression_of(raw.bytes());
    if (how == Compression::None) return raw;
    // Address space for the most there may be; memory is taken only where something is written.
    void* room = ::mmap(nullptr, kMaxUncompressed, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED) return fail_errno(errno, "no address space to uncompress into");
    FileBytes out(static_cast<uint8_t*>(room), 0, kMaxUncompressed, false);
    auto written = uncompress(how, raw.bytes(), {out.start_, kMaxUncompressed});
    if (!written) return tl::unexpected(written.error().in(escaped(path)));
    out.size_ = *written;
    return out;
}

}  // namespace knowhy::symbols
