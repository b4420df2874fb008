// A kernel's symbol table: which symbol covers an address, and where a symbol is.
//
// What covers an address. A table gives starts, not sizes, so a symbol reaches to the next start,
// with these exceptions:
//   - an end marker (_etext, _einittext, _end, __stop_*...) covers its own address only;
//   - an absolute symbol (type 'A' or 'a') is a value (a per-CPU offset, a CRC), not a place: it is
//     found by its exact value and never bounds or covers anything else;
//   - where the next start belongs to another module, lies implausibly far off or does not exist,
//     the true end is unknown. There a symbol reaches at most kEdgeSpan bytes.
//
// Of several symbols at one start the best name comes first: code before data, global before local
// before weak, boundary names (_stext, __start_*, end markers) and absolute symbols last; then the
// fewest leading underscores, then the alphabet. So the order of the file's lines never matters.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
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
    std::string_view name;    // valid as long as the table, also when the table is moved
    std::string_view module;  // "" for vmlinux

    bool operator==(const Symbol&) const = default;
};

class SymbolTable {
  public:
    // The reach of a symbol whose end the table does not tell.
    static constexpr uint64_t kEdgeSpan = 64UL * 1024;
    // A start further off than this is not the end of the symbol before it.
    static constexpr uint64_t kLargestText = 1024UL * 1024;
    static constexpr uint64_t kLargestData = 64UL * 1024 * 1024;
    // The largest text that parse() takes.
    static constexpr size_t kMaxBytes = 1024UL * 1024 * 1024;

    // /proc/kallsyms, /boot/System.map or a copy of either: unsorted tables, modules, duplicates,
    // CRLF are fine. An error names the line; a table without a symbol is an error. A table whose
    // addresses are all zero (kptr_restrict) is read, and hidden() says so.
    static Result<SymbolTable> parse(std::string text, std::string_view source_name);
    static Result<SymbolTable> load_file(const std::string& path);
    static Result<SymbolTable> load_running();  // /proc/kallsyms

    [[nodiscard]] bool hidden() const;
    [[nodiscard]] size_t size() const;  // symbols, duplicates included

    // Every symbol at the start of what covers the address (see above), the best name first. Empty
    // where nothing covers it, and for every address when the table is hidden().
    [[nodiscard]] std::vector<Symbol> covering(uint64_t address) const;
    // All symbols of that name, by address. Looks at the whole table: meant for tens of names.
    [[nodiscard]] std::vector<Symbol> named(std::string_view name) const;
    // Calls `visit` for every text symbol, by address.
    void each_text(const std::function<void(const Symbol&)>& visit) const;

    // The place of a plain address, or of a return address (the symbol that covers the call before
    // it: one byte back is looked up, the offset stays that of the address itself).
    [[nodiscard]] model::Place place(uint64_t address) const;
    [[nodiscard]] model::Place return_place(uint64_t address) const;

  private:
    // One line of the table. 24 bytes: a search for a name runs through few cache lines.
    struct Entry {
        uint64_t address;
        uint32_t name_offset;  // into *text_
        uint16_t name_length;
        uint16_t module;  // index into modules_
        char type;
        uint8_t rank;  // among symbols at one address, the best is lowest (rank.h)
    };

    void sort_entries();
    [[nodiscard]] std::string_view name_of(const Entry& entry) const;
    [[nodiscard]] Symbol symbol_of(const Entry& entry) const;
    [[nodiscard]] uint64_t span_of(const Entry& start, const Entry* next) const;
    [[nodiscard]] model::Place place_in(uint64_t looked_up, uint64_t address) const;

    std::unique_ptr<const std::string> text_;  // the whole file; on the heap, so that moving the
                                               // table leaves the names where they are
    std::vector<Entry> entries_;               // places by address and rank, then absolute symbols
    size_t places_ = 0;                        // how many of entries_ are places
    std::vector<std::string_view> modules_;    // [0] is "" for vmlinux
    bool hidden_ = false;
};

}  // namespace knowhy::symbols
