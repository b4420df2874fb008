// What a symbol's type and name say about it: is it code, a boundary, and which of several symbols
// at one address should be named first. kallsyms.h states the order.
#pragma once

#include <cstdint>
#include <string_view>

namespace knowhy::symbols {

enum Rank : uint8_t {
    kGlobalText,
    kLocalText,
    kWeakText,
    kGlobalData,
    kLocalData,
    kWeakData,
    kStartMarker,
    kEndMarker,
    kAbsolute,
};

Rank rank_of(char type, std::string_view name);

// True for the types that nm(1) gives to code ('t', 'T', and weak symbols that are not objects).
bool is_text(char type);

}  // namespace knowhy::symbols
