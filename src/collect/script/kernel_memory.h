// The kernel's memory, for probes that run in user space.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

namespace knowhy::collect {

class KernelMemory {
  public:
    KernelMemory() = default;
    KernelMemory(const KernelMemory&) = delete;
    KernelMemory& operator=(const KernelMemory&) = delete;
    virtual ~KernelMemory() = default;

    // False where any of it cannot be read: then the bytes mean nothing.
    virtual bool read(uint64_t address, std::span<uint8_t> bytes) = 0;
};

// By a program of ours that the kernel runs once for each read, attached to nothing. It is loaded
// with the first read; every read fails for who may not load it.
std::unique_ptr<KernelMemory> read_kernel_memory();

}  // namespace knowhy::collect
