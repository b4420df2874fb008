#include <algorithm>

#include "symbols/disasm/backend.h"
#include "symbols/disasm/code.h"

namespace knowhy::symbols {
namespace {

using Kind = Instruction::Kind;

bool is_patched(const CodeNotes& notes, const Instruction& instruction) {
    return std::any_of(notes.patched.begin(), notes.patched.end(), [&](const auto& range) {
        return instruction.address < range.second && range.first < instruction.end();
    });
}

bool goes_somewhere(const Instruction& instruction) {
    return instruction.kind == Kind::Call || instruction.kind == Kind::Jump ||
           instruction.kind == Kind::Branch;
}

// The value is not in the bytes: what was made of them is not true.
void forget_constants(Instruction& instruction, const CodeNotes::Relocated& relocated,
                      uint64_t correction) {
    for (MemoryOperand& operand : instruction.memory) {
        if (!operand.pc_relative) continue;
        operand.displacement =
            relocated.value ? static_cast<int64_t>(*relocated.value + correction) : 0;
    }
    const Transfer::Kind kind = instruction.transfer.kind;
    const bool moves_only = kind == Transfer::Kind::Copy || kind == Transfer::Kind::Load ||
                            (kind == Transfer::Kind::Store && instruction.transfer.from);
    if (!moves_only) instruction.transfer = {};
}

void relocate(Instruction& instruction, const CodeNotes& notes, Arch arch) {
    for (const CodeNotes::Relocated& relocated : notes.relocated) {
        if (relocated.field < instruction.address || relocated.field >= instruction.end()) continue;
        // x86 counts from the instruction's end and says so in the addend.
        const uint64_t correction = arch == Arch::X86_64 ? instruction.end() - relocated.field : 0;
        if (goes_somewhere(instruction)) {
            instruction.target = relocated.value;
            if (instruction.target) *instruction.target += correction;
        } else {
            forget_constants(instruction, relocated, correction);
        }
    }
}

bool is_ftrace_site(const CodeNotes& notes, const Instruction& instruction) {
    const auto& sites = notes.ftrace_sites;
    return std::find(sites.begin(), sites.end(), instruction.address) != sites.end();
}

Instruction nop_in_place_of(const Instruction& instruction) {
    Instruction nop;
    nop.address = instruction.address;
    nop.length = instruction.length;
    nop.kind = Kind::Nop;
    return nop;
}

void annotate(std::vector<Instruction>& instructions, Instruction& next) {
    if (instructions.empty()) return;
    Instruction& last = instructions.back();
    if (last.end() != next.address) return;
    if (last.delayed) {
        next.delay_slot = true;
        // On the path that does not take the branch it did not happen.
        if (last.likely) next.transfer = {};
    }
    // auipc and jalr: a far call in two instructions.
    const Transfer& before = last.transfer;
    if (next.indirect && next.memory.empty() && before.kind == Transfer::Kind::Immediate &&
        next.reads.test(*before.to)) {
        next.target = static_cast<uint64_t>(before.value + next.target_offset);
        next.indirect = false;
    }
}

}  // namespace

bool decode_ranges(const Decoder& decoder, std::span<const CodeRange> ranges,
                   const CodeNotes& notes, std::vector<Instruction>& instructions) {
    std::vector<CodeRange> sorted(ranges.begin(), ranges.end());
    std::sort(sorted.begin(), sorted.end(),
              [](const CodeRange& a, const CodeRange& b) { return a.address < b.address; });
    const Arch arch = decoder.machine().arch;
    bool sure = true;
    uint64_t done = 0;
    for (const CodeRange& range : sorted) {
        for (size_t at = 0; at < range.bytes.size();) {
            Instruction next = decoder.decode(range.bytes.subspan(at), range.address + at);
            at += next.length;
            if (next.address < done) continue;
            done = next.end();
            relocate(next, notes, arch);
            if (is_patched(notes, next)) make_opaque(next);
            if (is_ftrace_site(notes, next)) next = nop_in_place_of(next);
            if (next.kind == Kind::Undecoded && arch == Arch::X86_64) sure = false;
            annotate(instructions, next);
            instructions.push_back(std::move(next));
        }
    }
    return sure;
}

}  // namespace knowhy::symbols
