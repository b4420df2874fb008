// For fuzzers: bytes as a file that has a path, since files are opened by path.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "symbols/debugfile/debugfile.h"

namespace knowhy::symbols::fuzzing {

inline void require(bool truth) {
    if (!truth) std::abort();
}

class MemoryFile {
  public:
    MemoryFile(const uint8_t* data, size_t size) : fd_(::memfd_create("fuzz", 0)) {
        require(fd_ >= 0 && ::write(fd_, data, size) == static_cast<ssize_t>(size));
    }
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;
    ~MemoryFile() { ::close(fd_); }
    [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

  private:
    int fd_;
};

// The bytes as an ELF file; nullptr when they are none, which is told in one line.
inline std::shared_ptr<const ElfFile> elf_file(const MemoryFile& memory) {
    auto opened = ElfFile::open(memory.path());
    if (!opened) {
        require(opened.error().message.find('\n') == std::string::npos);
        return nullptr;
    }
    return std::make_shared<const ElfFile>(std::move(*opened));
}

}  // namespace knowhy::symbols::fuzzing
