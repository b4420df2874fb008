// Who keeps a network namespace alive besides us.
#pragma once

#include <cstdint>

namespace knowhy::collect {

// An fd on a namespace keeps it alive, and with it devices that others wait for: so it is held only
// as long as someone else holds the namespace too, by a mount, by living in it, or by a file that
// another part of this process has open.
bool held_elsewhere(uint32_t inum);

}  // namespace knowhy::collect
