// The kernel's helpers that a program may call: what they take, give and touch.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "ir/effects.h"

namespace knowhy::ir {

// A status is 0, or a negative errno as a 64-bit number.
enum class Helper : uint8_t {
    // (place, size, address) -> status. What cannot be read is zero, all of it.
    ReadKernel,
    ReadUser,
    // (place, size, address) -> length with its final zero, at least 1, or a negative errno and
    // zeros. A longer string is cut, and ends in zero all the same. What follows the zero stays as
    // it was, but for up to 7 bytes, which may become zeros.
    ReadKernelString,
    ReadUserString,
    KtimeNs,      // () -> CLOCK_MONOTONIC
    KtimeBootNs,  // () -> CLOCK_BOOTTIME
    KtimeTaiNs,   // () -> CLOCK_TAI
    Jiffies64,
    PidTgid,      // () -> process in the upper half, thread in the lower
    UidGid,       // () -> group in the upper half, user in the lower
    CurrentComm,  // (place, size: not 0) -> status; its end is zeros, one at least
    CurrentTask,  // () -> address of the struct task_struct
    CpuId,
    NumaNode,
    Random,            // () -> 32 bits
    CgroupId,          // of the current task, in the default hierarchy
    StackId,           // (context, map, flags) -> id or a negative errno
    GetStack,          // (context, place, size, flags) -> bytes written or a negative errno
    FunctionIp,        // (context) -> address of the traced function
    AttachCookie,      // (context) -> what the link was made with
    RingOutput,        // (map, place, size, flags) -> status
    SkbOutput,         // (context field, map, flags, place, size) -> status
    MapUpdate,         // (map, key, value, flags) -> status
    MapDelete,         // (map, key) -> status
    SendSignal,        // (number) -> status
    NsPidTgid,         // (device, inode, place, size: 8) -> status; the place gets pid, then tgid
    SendSignalThread,  // (number) -> status
};

inline constexpr size_t kHelpers = static_cast<size_t>(Helper::SendSignalThread) + 1;

enum class ArgumentKind : uint8_t {
    Value,       // a U32 or U64
    Size,        // of the bytes next to it: a constant, or a register that is cut to their room
    ReadsBytes,  // a place
    WritesBytes,
    Map,
    Key,       // a place, with as many bytes as the map's key
    MapValue,  // likewise its value
    Context,
    ContextField,
};

// A place at an offset that is not constant goes with a constant size. Where the bytes are not
// wholly inside the buffer, nothing is done and the result is kBeyondBuffer.
inline constexpr int64_t kBeyondBuffer = -7;  // -E2BIG

struct HelperInfo {
    std::string_view name;  // the kernel's, without bpf_
    std::span<const ArgumentKind> arguments;
    Effects effects = Effects::None;
};

const HelperInfo& info_of(Helper helper);

}  // namespace knowhy::ir
