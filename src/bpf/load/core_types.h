// The kernel's types that an object asks for, alone: what libbpf needs to relocate it (CO-RE).
#pragma once

#include <cstddef>
#include <span>

#include "base/fd.h"
#include "base/result.h"
#include "symbols/btf/btf.h"

namespace knowhy::bpf {

// A file in memory for LoadRequest::types. Of vmlinux's types: an object that asks for a module's
// cannot do with it.
Result<UniqueFd> core_types(std::span<const std::byte> object, const symbols::KernelBtf& btf);

}  // namespace knowhy::bpf
