#include "cli/oops_input.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <map>
#include <memory>

#include "base/file.h"
#include "base/text.h"

namespace knowhy::cli {
namespace {

namespace fs = std::filesystem;

constexpr size_t kChunk = 1U << 18U;
constexpr size_t kMostFiles = 100000;

struct Closer {
    void operator()(gzFile file) const { gzclose(file); }
};
using ZippedFile = std::unique_ptr<gzFile_s, Closer>;

// "Panic#2 Part1" and "Oops#1 Part3": pstore's first lines. The last part holds the oldest lines.
struct Part {
    std::string of;
    uint64_t number = 0;
};

std::optional<Part> pstore_part(const std::string& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    std::array<char, 64> head{};
    const ssize_t length = ::read(fd.get(), head.data(), head.size());
    if (length <= 0) return std::nullopt;
    std::string_view line(head.data(), static_cast<size_t>(length));
    line = line.substr(0, line.find('\n'));
    const size_t part = line.find(" Part");
    if (part == std::string_view::npos || line.find('#') > part) return std::nullopt;
    const auto number = parse_u64(line.substr(part + 5));
    if (!number) return std::nullopt;
    return Part{std::string(line.substr(0, part)), *number};
}

uint64_t size_of(const std::string& path) {
    struct stat found {};
    return ::stat(path.c_str(), &found) == 0 ? static_cast<uint64_t>(found.st_size) : 0;
}

Status read_file_in_pieces(const std::string& path, const TextSink& sink,
                           const ReadProgress& progress) {
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0) {
        return fail(ErrorKind::Usage, "reading {}: {}", path, errno_name(errno));
    }
    const ZippedFile file(gzopen(path.c_str(), "rbe"));
    if (!file) return fail(ErrorKind::Usage, "reading {}: {}", path, errno_name(errno));
    gzbuffer(file.get(), kChunk);
    const auto buffer = std::make_unique<std::array<char, kChunk>>();
    const uint64_t size = size_of(path);
    for (;;) {
        const int got = gzread(file.get(), buffer->data(), static_cast<unsigned>(buffer->size()));
        if (got < 0) return fail(ErrorKind::Usage, "reading {}: it is damaged", path);
        if (got == 0) return {};
        sink({buffer->data(), static_cast<size_t>(got)});
        if (progress) progress(static_cast<uint64_t>(gzoffset(file.get())), size);
    }
}

}  // namespace

Result<std::vector<OopsText>> texts_in(const std::string& directory) {
    std::error_code error;
    std::vector<OopsText> texts;
    std::map<std::string, std::map<uint64_t, std::string, std::greater<>>> parts;
    fs::recursive_directory_iterator at(directory, fs::directory_options::skip_permission_denied,
                                        error);
    if (error) return fail(ErrorKind::Usage, "reading {}: {}", directory, error.message());
    for (; at != fs::recursive_directory_iterator(); at.increment(error)) {
        if (error || texts.size() >= kMostFiles) break;
        if (at->is_symlink(error) || !at->is_regular_file(error)) continue;
        const std::string path = at->path().string();
        if (const auto part = pstore_part(path)) {
            parts[at->path().parent_path().string() + "/" + part->of][part->number] = path;
        } else {
            texts.push_back({path, {path}});
        }
    }
    for (const auto& [name, files] : parts) {
        OopsText text{name, {}};
        for (const auto& [number, file] : files) text.files.push_back(file);
        texts.push_back(std::move(text));
    }
    std::sort(texts.begin(), texts.end(),
              [](const OopsText& a, const OopsText& b) { return a.name < b.name; });
    return texts;
}

Status read_text(const OopsText& text, const TextSink& sink, const ReadProgress& progress) {
    for (const std::string& file : text.files) {
        KW_CHECK_OK(read_file_in_pieces(file, sink, progress));
        sink("\n");
    }
    return {};
}

Status read_descriptor(int fd, const std::string& name, const TextSink& sink) {
    const auto buffer = std::make_unique<std::array<char, kChunk>>();
    for (;;) {
        const ssize_t got = ::read(fd, buffer->data(), buffer->size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail(ErrorKind::Usage, "reading {}: {}", name, errno_name(errno));
        if (got == 0) return {};
        sink({buffer->data(), static_cast<size_t>(got)});
    }
}

Result<KernelLog> KernelLog::open(bool from_now) {
    KernelLog log;
    log.fd_ = UniqueFd(::open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    if (!log.fd_.valid() && (errno == EPERM || errno == EACCES)) {
        return fail(ErrorKind::Privilege,
                    "/dev/kmsg: only root may read the kernel's log here (kernel.dmesg_restrict); "
                    "name a file, or pipe one in");
    }
    if (!log.fd_.valid()) return fail_errno(errno, "opening /dev/kmsg");
    if (from_now) ::lseek(log.fd_.get(), 0, SEEK_END);
    return log;
}

Result<bool> KernelLog::read(const TextSink& sink) {
    bool some = false;
    std::array<char, 16384> record{};
    for (;;) {
        const ssize_t got = ::read(fd_.get(), record.data(), record.size());
        if (got > 0) {
            const std::string_view text(record.data(), static_cast<size_t>(got));
            note_sequence(text);
            sink(text);
            some = true;
            continue;
        }
        if (got < 0 && (errno == EPIPE || errno == EINTR))
            continue;  // overwritten: on with the next
        if (got < 0 && (errno == EPERM || errno == EACCES)) {
            return fail(ErrorKind::Privilege,
                        "/dev/kmsg: only root may read the kernel's log here");
        }
        if (got < 0 && errno != EAGAIN) return fail_errno(errno, "reading /dev/kmsg");
        return some;
    }
}

void KernelLog::note_sequence(std::string_view record) {
    const size_t comma = record.find(',');
    if (comma == std::string_view::npos) return;
    const auto number =
        parse_u64(record.substr(comma + 1, record.find(',', comma + 1) - comma - 1));
    if (!number) return;
    if (sequence_ && *number > *sequence_ + 1) lost_ += *number - *sequence_ - 1;
    sequence_ = number;
}

void KernelLog::wait(int milliseconds) const {
    pollfd asked{fd_.get(), POLLIN, 0};
    ::poll(&asked, 1, milliseconds);
}

}  // namespace knowhy::cli
