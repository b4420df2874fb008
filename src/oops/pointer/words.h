// An instruction's text taken apart.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "symbols/arch/arch.h"

namespace knowhy::oops {

// "madd", and "x0", "x1", "x2", "x3". What stands in parentheses or brackets is one operand.
class Words {
  public:
    Words(std::string_view text, symbols::Arch arch);

    [[nodiscard]] const std::string& mnemonic() const { return mnemonic_; }
    [[nodiscard]] bool is(std::string_view name) const { return mnemonic_ == name; }
    [[nodiscard]] size_t count() const { return operands_.size(); }
    // "" where there are not as many.
    [[nodiscard]] std::string_view operand(size_t index) const;
    // nullopt: it is none.
    [[nodiscard]] std::optional<symbols::Register> reg(size_t index) const;
    // "#4", "$0x10", "16", "-1".
    [[nodiscard]] std::optional<uint64_t> number(size_t index) const;
    // How many bits of the register the operand's name means: 32 for "w0" and "%eax".
    [[nodiscard]] uint8_t width(size_t index) const;

  private:
    symbols::Arch arch_;
    std::string mnemonic_;
    std::vector<std::string> operands_;
};

}  // namespace knowhy::oops
