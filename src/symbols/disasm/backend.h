// One architecture's decoder, behind Decoder.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "symbols/disasm/disasm.h"

namespace knowhy::symbols {

class Backend {
  public:
    Backend() = default;
    Backend(const Backend&) = delete;
    Backend& operator=(const Backend&) = delete;
    virtual ~Backend() = default;
    // As Decoder::decode; `code` is not empty.
    [[nodiscard]] virtual Instruction decode(std::span<const uint8_t> code,
                                             uint64_t address) const = 0;
    // The instruction alone, "" when it cannot be printed.
    [[nodiscard]] virtual std::string text(std::span<const uint8_t> code,
                                           uint64_t address) const = 0;
};

std::unique_ptr<Backend> x86_backend();
std::unique_ptr<Backend> arm64_backend();
std::unique_ptr<Backend> mips_backend(const Machine& machine);
std::unique_ptr<Backend> riscv_backend();

// What holds of bytes that are not understood: anything may have happened.
Instruction undecoded(uint64_t address, uint8_t length);
// Any effect on registers and memory, control flow left as it is.
void make_opaque(Instruction& instruction);

}  // namespace knowhy::symbols
