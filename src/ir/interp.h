// The back end that needs no kernel: runs a program in user space.
#pragma once

#include <cstdint>
#include <span>

#include "base/result.h"
#include "ir/ir.h"

namespace knowhy::ir {

struct Packet {
    std::span<const uint8_t> copy;  // its first bytes, or all of them
    uint32_t length = 0;            // on the wire; at least copy.size()
};

// Runs a verified program. More than `max_blocks` blocks entered is an error: a loop that does not
// end.
Result<uint64_t> run(const Program& program, const Packet& packet, uint64_t max_blocks = 1U << 20U);

}  // namespace knowhy::ir
