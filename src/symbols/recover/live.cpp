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

// What a call left behind in registers where no result is, until something else is written there.
RegisterSet garbage_behind(const Code& code, const Block& block, const Convention& convention,
                           RegisterSet garbage) {
    for (const size_t index : code.executed(block)) {
        const Instruction& instruction = code.instructions[index];
        if (instruction.kind == Kind::Call) {
            garbage |= convention.clobbered & ~set_of(convention.results);
        } else {
            garbage &= ~instruction.writes;
        }
    }
    return garbage;
}

// By block, at its start: what holds garbage on some way to it. Nobody reads that.
std::vector<RegisterSet> garbage_registers(const Code& code, const Convention& convention) {
    std::vector<RegisterSet> garbage(code.blocks.size());
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < code.blocks.size(); ++i) {
            const RegisterSet end = garbage_behind(code, code.blocks[i], convention, garbage[i]);
            for (const size_t next : code.blocks[i].successors) {
                if ((end & ~garbage[next]).none()) continue;
                garbage[next] |= end;
                changed = true;
            }
        }
    }
    return garbage;
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
    const std::vector<RegisterSet> garbage = garbage_registers(code, *convention);
    for (size_t i = 0; i < live.size(); ++i) live[i] &= ~garbage[i];
    return live;
}

}  // namespace knowhy::symbols
