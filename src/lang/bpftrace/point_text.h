// A probe point's text: kprobe:mod:fn+0x10, uprobe:/bin/sh:"f(int)", kprobe:net/ipv4/route.c:2400.
#pragma once

#include "lang/ast/ast.h"
#include "lang/source/token.h"

namespace knowhy::lang::bpftrace {

struct PointText {
    std::string label;  // of label=kprobe:f
    ProbePoint point;   // a part for each piece between colons, quotes removed
    size_t end = 0;     // where to read on
    std::optional<Token> bad;
};

// Ends at a blank, a comma, a brace, and at the slash that begins a predicate: one that stands
// neither first in its piece nor before a further colon, as those of paths do.
PointText read_point(std::string_view text, size_t at);

}  // namespace knowhy::lang::bpftrace
