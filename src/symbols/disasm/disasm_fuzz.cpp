// Any bytes are instructions, of some length, on every architecture; a function made of them holds
// together.
#include <cstdlib>

#include "symbols/disasm/disasm.h"

using namespace knowhy::symbols;  // NOLINT(google-build-using-namespace): a program of one file

namespace {

void require(bool truth) {
    if (!truth) std::abort();
}

void check_instruction(const Instruction& instruction, size_t available) {
    require(instruction.length >= 1 && instruction.length <= available);
    const Transfer& transfer = instruction.transfer;
    if (transfer.to) require(instruction.writes.test(*transfer.to));
    if (transfer.from) require(instruction.reads.test(*transfer.from));
    if (transfer.from2) require(instruction.reads.test(*transfer.from2));
    const bool needs_memory = transfer.kind == Transfer::Kind::Load ||
                              transfer.kind == Transfer::Kind::Store ||
                              transfer.kind == Transfer::Kind::Address;
    if (needs_memory) require(!instruction.memory.empty());
    for (const MemoryOperand& operand : instruction.memory) {
        if (operand.base) require(instruction.reads.test(*operand.base));
        if (operand.index) require(instruction.reads.test(*operand.index));
    }
}

void check_code(const Decoder& decoder, std::span<const uint8_t> bytes) {
    CodeNotes notes;
    notes.jumps = {{0x1004, 0x1008}};
    notes.entered = {0x1002};
    const CodeRange range{0x1000, bytes};
    const Code code = build_code(decoder, {&range, 1}, notes);
    size_t covered = 0;
    for (const Block& block : code.blocks) {
        require(block.first == covered && block.count > 0);
        require(code.executed(block).size() == block.count);
        for (const size_t next : block.successors) require(next < code.blocks.size());
        covered += block.count;
    }
    require(covered == code.instructions.size());
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    constexpr Machine kMachines[] = {{Arch::X86_64, false, 0},
                                     {Arch::Arm64, false, 0},
                                     {Arch::Riscv64, false, 0},
                                     {Arch::Mips64, true, 0x808d0000},
                                     {Arch::Mips, false, 0}};
    if (size == 0) return 0;
    for (const Machine& machine : kMachines) {
        const Decoder decoder = Decoder::open(machine).value();
        const std::span bytes(data, size);
        for (size_t at = 0; at < size;) {
            const Instruction instruction = decoder.decode(bytes.subspan(at), 0x1000 + at);
            check_instruction(instruction, size - at);
            require(!decoder.text(bytes.subspan(at), 0x1000 + at, nullptr).empty());
            at += instruction.length;
        }
        check_code(decoder, bytes);
    }
    return 0;
}
