// How build_code() goes about it.
#pragma once

#include <set>
#include <span>

#include "symbols/disasm/disasm.h"

namespace knowhy::symbols {

// Decodes the ranges in order of address and puts on each instruction what the notes say of it.
// False: on x86 something was not decoded, and with it where the next instruction starts.
bool decode_ranges(const Decoder& decoder, std::span<const CodeRange> ranges,
                   const CodeNotes& notes, std::vector<Instruction>& instructions);

// True when the indirect jump, the last of these instructions, takes its target from one place in
// memory (a function pointer in a struct), as a tail call does: not from a table by an index.
bool is_indirect_tail_call(std::span<const Instruction> up_to_jump);

}  // namespace knowhy::symbols
