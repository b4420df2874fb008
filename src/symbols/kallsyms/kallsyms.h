// A kernel's symbol table: which symbol covers an address, and where a symbol is.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/drop.h"

namespace knowhy::symbols {

struct Symbol {
    uint64_t address = 0;
    char type = '?';          // as nm(1): 't', 'T', 'd'...
    std::string_view name;    // valid as long as the table
    std::string_view module;  // "" for vmlinux
};

class SymbolTable {
  public:
    // /proc/kallsyms, /boot/System.map or a copy of either: unsorted tables, modules, duplicates,
    // CRLF are fine. An error names the line. A table whose addresses are all zero (kptr_restrict)
    // is read, and hidden() says so.
    static Result<SymbolTable> parse(std::string text, std::string_view source_name);
    static Result<SymbolTable> load_running();  // /proc/kallsyms

    [[nodiscard]] bool hidden() const;
    [[nodiscard]] size_t size() const;

    // Every symbol that starts at the nearest start at or below the address (duplicates and aliases
    // are all given, the best name first). Empty below the first symbol and for an address outside
    // any text range that the table lets us know.
    [[nodiscard]] std::vector<Symbol> covering(uint64_t address) const;
    // All symbols of that name.
    [[nodiscard]] std::vector<Symbol> named(std::string_view name) const;
    // Calls `visit` for every text symbol.
    void each_text(const std::function<void(const Symbol&)>& visit) const;

    // The place of a plain address, or of a return address (the symbol that covers the call before
    // it: one byte back is looked up, the offset stays that of the address itself).
    [[nodiscard]] model::Place place(uint64_t address) const;
    [[nodiscard]] model::Place return_place(uint64_t address) const;
};

}  // namespace knowhy::symbols
