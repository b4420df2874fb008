#include "symbols/debugfile/elf_symbols.h"

#include <elf.h>

#include <algorithm>

namespace knowhy::symbols {
namespace {

// Passes over all functions that take as long as sorting them.
constexpr unsigned kAskedUnsorted = 24;
// Functions looked at, from an address backwards: many only in a damaged file.
constexpr size_t kMostOver = 64;

bool is_function(const GElf_Sym& raw) {
    const unsigned type = GELF_ST_TYPE(raw.st_info);
    return type == STT_FUNC || type == STT_GNU_IFUNC;
}

}  // namespace

ElfSymbols::ElfSymbols(Elf* elf, std::span<const uint64_t> places, bool relocatable)
    : elf_(elf), places_(places), relocatable_(relocatable) {
    // A file has one such table at most.
    for (Elf_Scn* scn = nullptr; (scn = elf_nextscn(elf, scn)) != nullptr;) {
        GElf_Shdr section;
        if (gelf_getshdr(scn, &section) == nullptr || section.sh_type != SHT_SYMTAB) continue;
        table_ = scn;
        strings_ = section.sh_link;
        return;
    }
}

// Calls `visit` with each that has a place; its value is its address.
template <class Visit>
void ElfSymbols::each_raw(const Visit& visit) const {
    Elf_Data* data = elf_getdata(table_, nullptr);
    GElf_Sym raw;
    for (int i = 0; data != nullptr && gelf_getsym(data, i, &raw) != nullptr; ++i) {
        if (raw.st_shndx == SHN_UNDEF || raw.st_shndx >= places_.size()) continue;
        if (relocatable_) raw.st_value += places_[raw.st_shndx];
        visit(raw);
    }
}

std::string_view ElfSymbols::name(uint32_t at) const {
    const char* text = elf_strptr(elf_, strings_, at);
    return text == nullptr ? std::string_view() : text;
}

void ElfSymbols::each(const std::function<void(const Symbol&)>& visit) const {
    each_raw([&](const GElf_Sym& raw) {
        const unsigned type = GELF_ST_TYPE(raw.st_info);
        if (!is_function(raw) && type != STT_OBJECT && type != STT_NOTYPE) return;
        const std::string_view named = name(raw.st_name);
        if (!named.empty()) visit({named, raw.st_value, raw.st_size, is_function(raw)});
    });
}

const std::vector<ElfFile::Symbol>& ElfSymbols::by_address() {
    if (read_) return by_address_;
    read_ = true;
    each([&](const Symbol& symbol) { by_address_.push_back(symbol); });
    std::ranges::stable_sort(by_address_, {}, &Symbol::address);
    return by_address_;
}

void ElfSymbols::read_functions() {
    functions_read_ = true;
    // Room for all symbols: what is not written to takes no memory, and growing would take time.
    const Elf_Data* data = elf_getdata(table_, nullptr);
    if (data != nullptr) functions_.reserve(data->d_size / sizeof(Elf32_Sym));
    each_raw([&](const GElf_Sym& raw) {
        if (!is_function(raw) || raw.st_name == 0) return;
        const auto size = static_cast<uint32_t>(std::min<uint64_t>(raw.st_size, UINT32_MAX));
        functions_.push_back({raw.st_value, size, raw.st_name});
    });
}

// All there are; or, once they are sorted, those that begin before the address, the nearest last.
std::span<const ElfSymbols::Function> ElfSymbols::likely(uint64_t address) {
    if (!functions_read_) read_functions();
    if (asked_ < kAskedUnsorted) {
        ++asked_;
        return functions_;
    }
    if (asked_ == kAskedUnsorted) {
        ++asked_;
        std::ranges::stable_sort(functions_, {}, &Function::address);
    }
    const auto after = std::ranges::upper_bound(functions_, address, {}, &Function::address);
    const std::span<const Function> before(functions_.begin(), after);
    return before.last(std::min(before.size(), kMostOver));
}

std::vector<ElfFile::Symbol> ElfSymbols::functions_over(uint64_t address) {
    std::vector<Symbol> best;
    for (const Function& function : likely(address)) {
        const uint64_t into = address - function.address;
        if (into >= std::max(function.size, 1U)) continue;
        if (!best.empty() && function.address < best.front().address) continue;
        const std::string_view named = name(function.name);
        if (named.empty()) continue;
        if (!best.empty() && function.address > best.front().address) best.clear();
        best.push_back({named, function.address, function.size, true});
    }
    return best;
}

}  // namespace knowhy::symbols
