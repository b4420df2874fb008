// A report's Code line as instructions.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/oops.h"
#include "symbols/disasm/disasm.h"

namespace knowhy::oops {

struct CodeLine {
    std::vector<uint8_t> bytes;  // the text's
    // Where bytes[0] is: in the text's kernel where the pc's address is printed, else counted from
    // the symbol's start, modulo 2^64.
    uint64_t address = 0;
    bool absolute = false;  // the former
    std::vector<symbols::Instruction> instructions;
    // Those before it may be out of step: bytes between instructions were taken for their start.
    size_t first_sure = 0;
    // instructions[first_sure] is the function's first.
    bool from_entry = false;
    size_t pc = 0;        // index of the instruction that the text marks
    size_t fault = 0;     // of the faulting one: in a branch's delay slot it is the next
    std::string problem;  // "" or what is not as it should be, one line

    [[nodiscard]] const symbols::Instruction& faulting() const { return instructions[fault]; }
    [[nodiscard]] std::vector<uint8_t> bytes_of(const symbols::Instruction& instruction) const;
};

// nullopt: there are no bytes, none is marked, or what is marked cannot be decoded.
std::optional<CodeLine> read_code_line(const model::OopsReport& report,
                                       const symbols::Decoder& decoder);

// An instruction as objdump prints it. `bytes` begin with it.
std::string instruction_text(const symbols::Decoder& decoder, std::span<const uint8_t> bytes,
                             uint64_t address, const symbols::NameOf& name_of);

}  // namespace knowhy::oops
