// A kernel's memory, read only: the running one's, or a crashed one's (core_file.h).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "base/result.h"

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

// The running kernel's, by a program of ours that it runs once for each page, attached to nothing.
// It is loaded with the first read; every read fails for who may not load it.
std::unique_ptr<KernelMemory> read_kernel_memory();
// The same, loaded now: Privilege, or what else stands against it. It does not read the registers
// of devices (device_memory.h).
Result<std::unique_ptr<KernelMemory>> open_kernel_memory();

// The first address of the range that cannot be read; nullopt: all of it can.
std::optional<uint64_t> first_unreadable(KernelMemory& memory, uint64_t address, uint64_t bytes);

// Where the calling thread's struct task_struct is. A kernel's types tell the way from there to its
// files and namespaces (kernels hide the addresses of their own variables).
Result<uint64_t> current_task();

}  // namespace knowhy::collect
