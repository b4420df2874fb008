// The numbers of a recording's packed calls (trace_codec.h); docs/recording.md has them.
#pragma once

#include <cstdint>

namespace knowhy::model::packed {

// What a value is, in a shape. An integer's is kInteger plus the logarithm of its bytes, and 4 when
// it is signed; kEnumerator likewise; those from kLarge on are integers whose bits are in the table
// of numbers.
enum Leaf : uint8_t {
    kNothing,
    kBoolean,
    kPointer,
    kText,
    kCutText,
    kByteString,
    kOther,  // in CBOR
    kInteger = 16,
    kEnumerator = 24,
    kLarge = 32,
    kLeaves = 40
};

enum Flags : uint8_t { kReturned = 1, kHasSkb = 2, kHasPacket = 4, kSameThread = 8 };

}  // namespace knowhy::model::packed
