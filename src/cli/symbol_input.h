// What `knowhy symbol` is asked: an address by itself, or a line of a listing that holds one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"

namespace knowhy::cli {

// "SYMBOL+OFFSET" in front of an address, as dropwatch prints it: the offset is hexadecimal.
struct Claim {
    size_t begin = 0;  // in the line
    size_t length = 0;
    std::string symbol;
    uint64_t offset = 0;
};

struct AskedLine {
    std::string text;                 // as it was given, without the newline
    std::optional<uint64_t> address;  // nullopt for a line of a listing that has none
    std::optional<Claim> claim;
};

// Takes "ffffffff81459d10", "0xffffffff81459d10", a line that begins so, "[<ffffffff81459d10>]" and
// "298 drops at init_dummy_netdev+50 (0xffffffff81459d10)". A single word that is no address is an
// error (Usage); a line of several words without one is not.
Result<AskedLine> parse_asked(std::string_view line);

}  // namespace knowhy::cli
