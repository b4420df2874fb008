// IR to eBPF.
#pragma once

#include <vector>

#include "base/result.h"
#include "bpf/insn/insn.h"
#include "ir/ir.h"

namespace knowhy::bpf {

// Generates a filter function with the calling convention of filter_abi.h from a verified program
// that returns u32. It jumps only forward, ends with its only exit, has no 16-byte instruction, and
// uses at most KNOWHY_FILTER_STACK bytes of stack. The kernel's verifier accepts it wherever r1
// points to KNOWHY_FILTER_SNAP readable bytes.
//
// Refused: a loop (Unsupported), and what needs too many registers or too long a jump (Usage).
// Whether the program fits its stub is for patch_stub() to say.
Result<std::vector<Insn>> generate_filter(const ir::Function& program);

}  // namespace knowhy::bpf
