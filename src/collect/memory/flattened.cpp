#include "collect/memory/flattened.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

namespace knowhy::collect {
namespace {

constexpr std::string_view kSignature = "makedumpfile";
constexpr off_t kHeader = 4096;
constexpr int64_t kMostBytes = int64_t{1} << 44U;  // of the dump: no machine has more memory
constexpr size_t kBlock = size_t{1} << 20U;

// Both in network order; a place of -1 ends the file.
struct Block {
    int64_t place = 0;
    int64_t bytes = 0;
};

bool read_at(int file, off_t at, void* into, size_t bytes) {
    auto* to = static_cast<char*>(into);
    while (bytes > 0) {
        const ssize_t got = pread(file, to, bytes, at);
        if (got <= 0) return false;
        to += got;
        at += got;
        bytes -= static_cast<size_t>(got);
    }
    return true;
}

bool write_at(int file, off_t at, const char* from, size_t bytes) {
    while (bytes > 0) {
        const ssize_t put = pwrite(file, from, bytes, at);
        if (put <= 0) return false;
        from += put;
        at += put;
        bytes -= static_cast<size_t>(put);
    }
    return true;
}

std::optional<Block> block_at(int file, off_t at) {
    std::array<uint64_t, 2> words{};
    if (!read_at(file, at, words.data(), sizeof(words))) return std::nullopt;
    return Block{static_cast<int64_t>(__builtin_bswap64(words[0])),
                 static_cast<int64_t>(__builtin_bswap64(words[1]))};
}

tl::unexpected<Error> damaged(const char* how) {
    return fail(ErrorKind::Usage, "the flattened dump is damaged: {}", how);
}

Result<UniqueFd> nameless_file() {
    const char* const named = std::getenv("TMPDIR");  // NOLINT(concurrency-mt-unsafe): nobody sets
    const std::string folder = named != nullptr ? named : "/var/tmp";
    std::string path = folder + "/knowhy-XXXXXX";
    UniqueFd made(mkostemp(path.data(), O_CLOEXEC));  // overlayfs has no O_TMPFILE
    if (!made.valid()) return fail_errno(errno, "cannot make a file in " + folder);
    unlink(path.c_str());
    return made;
}

}  // namespace

Result<std::optional<UniqueFd>> unflatten(int file) {
    std::array<char, 16> signature{};
    if (!read_at(file, 0, signature.data(), signature.size())) return std::nullopt;
    if (std::string_view(signature.data(), kSignature.size()) != kSignature) return std::nullopt;
    KW_TRY(UniqueFd whole, nameless_file());
    std::string buffer(kBlock, '\0');
    off_t at = kHeader;
    for (;;) {
        const auto block = block_at(file, at);
        if (!block) return damaged("it ends within a block");
        if (block->place == -1) return whole;
        if (block->place < 0 || block->bytes < 0 || block->place > kMostBytes ||
            block->bytes > kMostBytes - block->place)
            return damaged("a block has no place");
        at += sizeof(Block);
        for (int64_t done = 0; done < block->bytes;) {
            const auto size = static_cast<size_t>(std::min<int64_t>(block->bytes - done, kBlock));
            if (!read_at(file, at + done, buffer.data(), size))
                return damaged("it ends within a block");
            if (!write_at(whole.get(), block->place + done, buffer.data(), size))
                return fail_errno(errno, "cannot lay out the flattened dump");
            done += static_cast<int64_t>(size);
        }
        at += block->bytes;
    }
}

}  // namespace knowhy::collect
