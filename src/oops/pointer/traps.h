// Reports that are not about a pointer: what the instruction itself tells.
#pragma once

#include "model/oops.h"
#include "oops/decode/code_line.h"
#include "oops/decode/machine.h"

namespace knowhy::oops {

// Adds to the notes: which register a division has its 0 from, that the instruction is a BUG()'s.
void explain_trap(const model::OopsReport& report, const CodeLine& line, const Registers& registers,
                  symbols::Arch arch, model::OopsExplanation& explanation);

// A reading by what the text says alone, where the code gave none: of KASAN and KFENCE, of a jump
// to where no code is, of a guard page. Adds none where the text says nothing either.
void explain_by_text(const model::OopsReport& report, model::OopsExplanation& explanation);

}  // namespace knowhy::oops
