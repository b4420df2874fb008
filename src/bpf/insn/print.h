// eBPF instructions as text, the way LLVM and the kernel's verifier write them, and back.
//
//     r0 = *(u16 *)(r1 + 12)      w5 += 4            if w0 != 0x800 goto +3
//     r0 = be16 r0                call 1             exit
//     lock *(u64 *)(r1 + 8) += r2
//
// Every slot has a text, and the text parses back to the very same slot: what is no instruction,
// or has bits where none belong, reads ".slot 0x<its 8 bytes as a number>".
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bpf/insn/insn.h"

namespace knowhy::bpf {

std::string to_text(const Insn& insn);
// One slot a line, numbered: "3: r0 = 1\n".
std::string to_text(std::span<const Insn> program);

// The inverse of to_text(const Insn&). ErrorKind::Usage for anything else.
Result<Insn> parse_insn(std::string_view text);

}  // namespace knowhy::bpf
