// How reports begin: the table of first lines.
#pragma once

#include <string_view>

#include "model/oops.h"

namespace knowhy::oops {

struct Headline {
    enum class Role : uint8_t {
        Begins,    // a report, whatever came before
        Die,       // "Oops: 0002 [#1]": belongs to the report that is open, if it has no registers
        Announce,  // "cut here", "====": something comes; the next headline says what
        Message,   // a report's own words that come before or after its headline
        Panic,     // closes a report, or is one
    };

    std::string_view start;     // of the message
    std::string_view contains;  // further on; "" for anything
    model::OopsKind kind = model::OopsKind::Unknown;
    Role role = Role::Begins;
    // Whether the line alone is a report. Otherwise one needs something of a report after it.
    bool alone = true;
};

// nullptr: the line begins nothing.
const Headline* headline_of(std::string_view text);

}  // namespace knowhy::oops
