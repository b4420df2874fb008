// Any bytes are either a table or an error; whatever a table answers is true of it.
#include <cstdlib>
#include <cstring>

#include "symbols/kallsyms/kallsyms.h"

using knowhy::symbols::Symbol;
using knowhy::symbols::SymbolTable;

namespace {

void require(bool truth) {
    if (!truth) std::abort();
}

void check_covering(const SymbolTable& table, uint64_t address) {
    const auto found = table.covering(address);
    for (const Symbol& symbol : found) {
        require(symbol.address <= address);
        require(symbol.address == found.front().address);
        require(!symbol.name.empty());
    }
    const auto place = table.place(address);
    require(place.symbol.empty() == found.empty());
    if (!found.empty()) require(place.offset == address - found.front().address);
    (void)table.return_place(address);
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const auto table =
        SymbolTable::parse(std::string(reinterpret_cast<const char*>(data), size), "fuzz");
    if (!table) {
        require(!table.error().message.empty());
        return 0;
    }
    require(table->size() > 0);
    table->each_text([&](const Symbol& symbol) {
        check_covering(*table, symbol.address);
        check_covering(*table, symbol.address + 1);
        require(!table->named(symbol.name).empty());
    });
    uint64_t address = 0;
    std::memcpy(&address, data, std::min(size, sizeof address));
    check_covering(*table, address);
    check_covering(*table, ~address);
    return 0;
}
