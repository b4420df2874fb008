// Where struct pt_regs keeps the registers (arch/*/include/asm/ptrace.h of the kernel).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "symbols/arch/arch.h"

namespace knowhy::lang {

// By the name that bpftrace and struct pt_regs use ("di", "ip", "sp", "r0", "pc"), by the
// architecture's own ("rdi", "x0"), or "result".
std::optional<uint32_t> register_offset(symbols::Arch arch, std::string_view name);

// Of the registers that carry a function's first arguments.
std::span<const uint32_t> argument_registers(symbols::Arch arch);

}  // namespace knowhy::lang
