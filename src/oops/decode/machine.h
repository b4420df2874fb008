// The processor that a report is of, and what its text says of the registers.
#pragma once

#include <array>
#include <optional>

#include "model/oops.h"
#include "symbols/arch/arch.h"

namespace knowhy::oops {

// nullopt: not said, or an architecture that has no decoder here. Cavium's own instructions are
// known where the text names the processor.
std::optional<symbols::Machine> machine_of(const model::OopsReport& report);

// Values before the faulting instruction, by DWARF number.
class Registers {
  public:
    Registers() = default;
    Registers(const model::OopsReport& report, symbols::Arch arch);

    // nullopt: not printed.
    [[nodiscard]] std::optional<uint64_t> operator[](symbols::Register number) const {
        return number < values_.size() ? values_[number] : std::nullopt;
    }

  private:
    std::array<std::optional<uint64_t>, symbols::kRegisters> values_;
};

}  // namespace knowhy::oops
