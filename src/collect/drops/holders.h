// Holding network namespaces open: which, and how many.
#pragma once

#include <cstddef>
#include <cstdint>

namespace knowhy::collect {

// An fd on a namespace keeps it alive, and with it devices that others wait for: so it is held only
// as long as someone else holds the namespace too, by a mount, by living in it, or by a file that
// another part of this process has open.
bool held_elsewhere(uint32_t inum);

// How many namespaces can be held. The usual limit on open files is there for programs that know
// select(2) only, so it is raised as far as it goes.
size_t most_held();

}  // namespace knowhy::collect
