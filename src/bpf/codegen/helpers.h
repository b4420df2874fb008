// The kernel's numbers for the IR's helpers.
#pragma once

#include <cstdint>

#include "ir/helpers.h"

namespace knowhy::bpf {

int32_t number_of(ir::Helper helper);

}  // namespace knowhy::bpf
