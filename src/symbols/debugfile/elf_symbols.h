// The symbol table of one ELF file.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "symbols/debugfile/debugfile.h"

namespace knowhy::symbols {

class ElfSymbols {
  public:
    using Symbol = ElfFile::Symbol;

    ElfSymbols() = default;
    // `places`: where each section is put, by its index; `relocatable`: symbols count from there.
    // The file and the places must outlive this.
    ElfSymbols(Elf* elf, std::span<const uint64_t> places, bool relocatable);

    // As ElfFile has them.
    void each(const std::function<void(const Symbol&)>& visit) const;
    [[nodiscard]] const std::vector<Symbol>& by_address();
    [[nodiscard]] std::vector<Symbol> functions_over(uint64_t address);

  private:
    // A function's symbol, its name still to be looked up.
    struct Function {
        uint64_t address = 0;
        uint32_t size = 0;  // what is larger is no function
        uint32_t name = 0;
    };

    template <class Visit>
    void each_raw(const Visit& visit) const;
    [[nodiscard]] std::string_view name(uint32_t at) const;
    void read_functions();
    [[nodiscard]] std::span<const Function> likely(uint64_t address);

    Elf* elf_ = nullptr;
    Elf_Scn* table_ = nullptr;
    size_t strings_ = 0;  // the section of their names
    std::span<const uint64_t> places_;
    bool relocatable_ = false;
    std::vector<Symbol> by_address_;
    bool read_ = false;
    std::vector<Function> functions_;
    bool functions_read_ = false;
    unsigned asked_ = 0;  // times that functions_over() was
};

}  // namespace knowhy::symbols
