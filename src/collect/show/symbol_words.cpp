#include "collect/show/symbol_words.h"

#include <fmt/format.h>

namespace knowhy::collect {

std::string symbol_words(const symbols::SymbolTable& table, uint64_t address) {
    const auto covering = table.covering(address);
    if (covering.empty()) return "";
    const symbols::Symbol& symbol = covering.front();
    // A kernel that lists functions only has nothing in its data but where sections begin.
    constexpr uint64_t kFar = 0x10000;
    if (symbol.name.starts_with("__start_") || address - symbol.address > kFar) return "";
    std::string words(symbol.name);
    if (address != symbol.address) words += fmt::format("+{:#x}", address - symbol.address);
    if (!symbol.module.empty()) words += fmt::format(" [{}]", symbol.module);
    return words;
}

}  // namespace knowhy::collect
