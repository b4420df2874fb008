// The ways by which control came to the faulting instruction, as far back as somebody wants to
// know.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "oops/decode/code_line.h"
#include "oops/decode/machine.h"
#include "symbols/disasm/disasm.h"

namespace knowhy::oops {

// An instruction in print, for what its Transfer does not say.
using TextOf = std::function<std::string(const symbols::Instruction&)>;

// One way, backwards: steps[0] is the faulting instruction, steps[1] what was executed before it.
struct Way {
    std::vector<const symbols::Instruction*> steps;
    bool from_entry = false;  // the last step is the function's first instruction
    bool whole = false;       // there is no more to be seen before the last step

    // Whether the step's instruction may change the register: what it writes itself, and of a call
    // what the convention lets the callee change.
    [[nodiscard]] bool changes(size_t step, symbols::Register reg, symbols::Arch arch) const;
    // The step that the register has its value before steps[at] from; nullopt: none of these.
    [[nodiscard]] std::optional<size_t> definition(symbols::Register reg, size_t at,
                                                   symbols::Arch arch) const;
};

// The instructions of the Code line before the fault, as far as nothing shows that control came
// from elsewhere.
Way way_of(const CodeLine& line);

// All ways through the function's code to the instruction at `address` that are not contradicted by
// the registers. `wants_more` says whether a way has to be followed further back. `complete`: false
// where there were too many, or the code does not show all; then others are possible.
struct Ways {
    std::vector<Way> ways;
    bool complete = true;
};
Ways ways_to(const symbols::Code& code, uint64_t address, const Registers& registers,
             const TextOf& text_of, const std::function<bool(const Way&)>& wants_more);

// False where an instruction of the way would have left other values than those printed.
bool is_possible(const Way& way, const Registers& registers, symbols::Arch arch,
                 const TextOf& text_of);

}  // namespace knowhy::oops
