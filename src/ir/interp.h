// The back end that needs no kernel: runs a program in user space.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "base/result.h"
#include "ir/ir.h"

namespace knowhy::ir {

struct Packet {
    std::span<const uint8_t> copy;  // its first bytes, or all of them
    uint32_t length = 0;            // on the wire; at least copy.size()
};

// An argument of a helper as it is at the call. Places are the bytes that the call is about: as
// many as its size says, a map's key or value.
using CallArgument =
    std::variant<uint64_t, std::span<uint8_t>, MapId, ContextArgument, ContextField>;

// What a program meets outside its registers and buffers.
class Environment {
  public:
    Environment() = default;
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;
    virtual ~Environment() = default;

    // What LoadContext reads; beyond its end are zeros.
    virtual std::span<const uint8_t> context() { return {}; }

    // The value of the key, until the program ends: a write to it is a write to the map. Nothing
    // when the key is not there. Atomic adds are plain ones here.
    virtual std::optional<std::span<uint8_t>> lookup(MapId map, std::span<const uint8_t> key) = 0;

    // What a CPU has of the key in a per-CPU map, to be read. Where there is one value only, that
    // is the first CPU's.
    virtual std::optional<std::span<uint8_t>> lookup_of_cpu(MapId map, std::span<const uint8_t> key,
                                                            uint64_t cpu) {
        return cpu == 0 ? lookup(map, key) : std::nullopt;
    }

    // The keys at this moment, in any order.
    virtual std::vector<std::vector<uint8_t>> keys(MapId map) = 0;
    // The same in the order that a ForEach asks for.
    virtual std::vector<std::vector<uint8_t>> keys_in_order(MapId map, uint32_t /*order*/) {
        return keys(map);
    }

    // Does what the helper does, and gives its result.
    virtual uint64_t call(Helper helper, std::span<const CallArgument> arguments) = 0;
};

// How many blocks a run may enter before it is taken for one that does not end.
inline constexpr uint64_t kMostBlocks = 1U << 20U;

// Runs a verified function that is alone, as a packet filter is. A run of more than `most_blocks`
// is an error.
Result<uint64_t> run(const Function& function, const Packet& packet,
                     uint64_t most_blocks = kMostBlocks);

// Runs a verified program from its first function on. Its buffers begin as zeros.
Result<uint64_t> run(const Program& program, Environment& environment,
                     uint64_t most_blocks = 64 * kMostBlocks);

}  // namespace knowhy::ir
