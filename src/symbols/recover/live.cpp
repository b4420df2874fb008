#include "symbols/recover/live.h"

#include <algorithm>

namespace knowhy::symbols {
namespace {

using Kind = Instruction::Kind;

RegisterSet set_of(const std::vector<Register>& registers) {
    RegisterSet set;
    for (const Register reg : registers) set.set(reg);
    return set;
}

RegisterSet live_before(const Instruction& instruction, const Convention& convention,
                        RegisterSet live) {
    if (instruction.kind == Kind::Call) {
        return (live & ~convention.clobbered) | set_of(convention.arguments) | instruction.reads;
    }
    if (instruction.kind == Kind::Return) return instruction.reads | set_of(convention.results);
    return (live & ~instruction.writes) | instruction.reads;
}

RegisterSet live_at_start(const Code& code, const Block& block, const Convention& convention,
                          RegisterSet live) {
    if (block.leaves) live |= set_of(convention.arguments);
    const std::vector<size_t> order = code.executed(block);
    for (auto index = order.rbegin(); index != order.rend(); ++index) {
        live = live_before(code.instructions[*index], convention, live);
    }
    return live;
}

}  // namespace

std::vector<RegisterSet> live_registers(const Code& code) {
    std::vector<RegisterSet> live(code.blocks.size());
    const Convention* const convention = kernel_convention(code.machine.arch);
    if (convention == nullptr) return live;
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = code.blocks.size(); i-- > 0;) {
            RegisterSet at_end;
            for (const size_t next : code.blocks[i].successors) at_end |= live[next];
            const RegisterSet found = live_at_start(code, code.blocks[i], *convention, at_end);
            if (found == live[i]) continue;
            live[i] = found;
            changed = true;
        }
    }
    return live;
}

}  // namespace knowhy::symbols
