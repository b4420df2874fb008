// The model as JSON values and CBOR bytes, as docs/recording.md has it: a struct is a map by field
// name, an absent optional has no entry, enumerators are names, addresses and packets are bytes.
//
// Decoding is for hostile input: fields that are not known are ignored, fields that are missing
// stay as they were, lists and maps grow by what is read; a value of the wrong kind or out of range
// is an error that names the field.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/observation.h"

namespace knowhy::model {

// For the records of recording_records.h. DropSample::decoded, HostState::namespaces and the like
// are left out: see codec_fields.h.
template <typename T>
nlohmann::json encode(const T& object);

// Memory that decoded objects may still take; decode() charges it before it allocates.
struct MemoryBudget {
    size_t left = 0;
};
template <typename T>
Status decode(const nlohmann::json& value, T& object, MemoryBudget& budget);

std::vector<uint8_t> to_cbor(const nlohmann::json& value);

// What from_cbor() takes, besides being well-formed: definite lengths, no tags, at most this deep,
// at most this many items. So the JSON value of any input is bounded, too.
constexpr size_t kMaxCborDepth = 64;
constexpr size_t kMaxCborItems = 2UL * 1024 * 1024;
Result<nlohmann::json> from_cbor(std::span<const uint8_t> bytes);

// Items in the CBOR of a value, itself included.
size_t item_count(const nlohmann::json& value);
// How deep it is nested: 0 of what holds nothing.
size_t depth_of(const nlohmann::json& value);

}  // namespace knowhy::model
