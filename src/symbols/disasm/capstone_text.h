// Instructions in print, by capstone. Its text is good where its read and write sets are not.
#pragma once

#include <capstone/capstone.h>

#include <cstdint>
#include <span>
#include <string>

namespace knowhy::symbols {

class CapstoneText {
  public:
    CapstoneText(cs_arch arch, cs_mode mode, bool att);
    CapstoneText(const CapstoneText&) = delete;
    CapstoneText& operator=(const CapstoneText&) = delete;
    ~CapstoneText();
    // "" unless capstone decodes it, and with this length: another length is a misunderstanding.
    [[nodiscard]] std::string of(std::span<const uint8_t> code, uint64_t address,
                                 size_t length) const;

  private:
    csh handle_ = 0;
};

}  // namespace knowhy::symbols
