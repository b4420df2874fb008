// From one of the kernel's objects to others: along a path of members, and along lists.
#pragma once

#include <string>
#include <vector>

#include "collect/show/kernel_view.h"
#include "collect/show/path.h"
#include "collect/show/value_reader.h"

namespace knowhy::collect {

struct WalkProblem {
    size_t at = 0;  // in the path's text
    Error error;    // Usage: no such member; System: memory that cannot be read, a NULL pointer
};

// Where a path leads from a struct. Pointers are followed as the path wants it, the last one is
// not.
tl::expected<Spot, WalkProblem> walk(KernelView& view, const TypeRef& from, uint64_t address,
                                     const Path& path);

struct Walked {
    std::vector<uint64_t> addresses;  // of the objects, in the list's order
    std::string stopped;              // why it ended before its end; "" where it did not
};

// The objects of a list. `member` of `type` links them: a list_head, an hlist_node (also of nulls),
// or a pointer to the next. `address`: of the first object, or with `is_head` of the list's head.
// Ends where it comes back to, at NULL, at a loop (said), and after `most`.
tl::expected<Walked, WalkProblem> walk_list(KernelView& view, const TypeRef& type, uint64_t address,
                                            const std::string& member, bool is_head, size_t most);

}  // namespace knowhy::collect
