// What a program may touch.
#pragma once

#include <cstdint>

namespace knowhy::ir {

// What a program may touch besides its registers and buffers; a set.
enum class Effects : uint16_t {
    None = 0,
    ReadsPacket = 1U << 0U,
    ReadsContext = 1U << 1U,
    ReadsMaps = 1U << 2U,
    WritesMaps = 1U << 3U,
    ReadsMemory = 1U << 4U,  // of the kernel or of a process
    ReadsTask = 1U << 5U,    // who runs, and where: the current task, the CPU
    Emits = 1U << 6U,        // sends something out
    Signals = 1U << 7U,      // to the current task
    KeepsOrder = 1U << 8U,   // goes through a map in an order: only the interpreter can
};

constexpr Effects operator|(Effects a, Effects b) {
    return static_cast<Effects>(static_cast<uint16_t>(a) | static_cast<uint16_t>(b));
}
constexpr bool has(Effects all, Effects one) {
    return (static_cast<uint16_t>(all) & static_cast<uint16_t>(one)) != 0;
}

}  // namespace knowhy::ir
