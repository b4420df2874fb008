// Where a variable's value can be had at an address, and how a tracer's language says it.
#pragma once

#include <cstdint>
#include <string>

#include "symbols/locate/image.h"

namespace knowhy::symbols {

struct KnownValue {
    Location location;  // None: gone
    std::string grade;
    std::string how;
    std::string source = {};  // of what is loaded again, as C says it; "" where that is not known
};

// What debug information says; where that is nothing, or only what it was at the function's entry,
// what symbols/recover proves.
KnownValue value_at(OpenImage& image, const Variable& variable, uint64_t address);

// The location of one of the variable's ranges at the address; None where none covers it, and below
// the stack pointer: debug information names a slot before the frame that holds it is there.
Location location_at(const OpenImage& image, const Variable& variable, uint64_t address);

bool is_below_stack(const OpenImage& image, const Location& location);

// As kprobe_events and bpftrace name it (pt_regs of asm/ptrace.h): "r12", "di", "sp".
std::string tracer_register(Arch arch, Register number);

// What a kprobe fetches as an argument for what is there: "%r12:x64", "+0x38(%bx):x64". "" where
// that has no words for it. `bytes`: the variable's size.
std::string fetch_argument(const Location& location, Arch arch, uint64_t bytes);

// A bpftrace expression for what is there: reg("r12"), *(uint32 *)(reg("sp") + 24). "" where it has
// none. `bytes`: the variable's size.
std::string bpftrace_expression(const Location& location, Arch arch, uint64_t bytes);

}  // namespace knowhy::symbols
