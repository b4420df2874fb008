// The index file: a header, then its tables one after the other, then all strings.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "symbols/dwarf/index.h"

namespace knowhy::symbols {

// Another number for every change of what follows.
constexpr uint64_t kIndexMagic = 0x3158'4449'5948'574b;  // "KWHYIDX1" on a little-endian machine

struct IndexHeader {
    uint64_t magic = kIndexMagic;
    uint64_t checksum = 0;  // of all that follows
    std::array<uint64_t, 2> source = {};
    // Elements of each table, in the order of the tables.
    uint32_t functions = 0;
    uint32_t entries = 0;
    uint32_t files = 0;
    uint32_t file_units = 0;
    uint32_t types = 0;
    uint32_t strings = 0;  // bytes
};

// A name and its part of the table that belongs to it. Sorted by name.
struct IndexName {
    uint32_t string = 0;
    uint32_t first = 0;
    uint32_t count = 0;
};

struct IndexEntry {
    uint32_t unit = 0;
    uint32_t die = 0;
};

struct IndexType {
    uint32_t string = 0;
    uint32_t die = 0;
};

// A checksum against accidents, not against enemies: whoever can write the user's cache needs no
// forged index.
uint64_t index_checksum(const IndexHeader& header, std::span<const uint8_t> body);

std::array<uint64_t, 2> index_identity(const IndexSource& source);

}  // namespace knowhy::symbols
