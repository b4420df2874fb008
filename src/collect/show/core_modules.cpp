#include "collect/show/core_modules.h"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>

#include "collect/show/scalars.h"

namespace knowhy::collect {
namespace {

constexpr uint64_t kMostSymbols = 100'000;
constexpr size_t kMostName = 512;  // KSYM_NAME_LEN

struct Range {
    uint64_t begin = 0;
    uint64_t bytes = 0;
};

// Since 6.4 a module's parts lie apart, its code first.
Range place_of(const KernelObject& module) {
    const bool parts = module.has("mem");
    return {module.number(parts ? "mem[0].base" : "core_layout.base").value_or(0),
            module.number(parts ? "mem[0].size" : "core_layout.size").value_or(0)};
}

}  // namespace

void CoreModules::add(const KernelObject& module) {
    const auto name = module.text("name");
    const Range place = place_of(module);
    if (!name || name->empty()) return;
    modules_.push_back({*name, place.begin, place.begin + place.bytes, module, false, {}});
}

std::vector<std::string> CoreModules::names() const {
    std::vector<std::string> names;
    for (const Module& module : modules_) names.push_back(module.name);
    return names;
}

void CoreModules::read_symbols(KernelView& view, Module& module) {
    module.read = true;
    const auto table = module.object.follow("kallsyms");
    if (!table) return;
    const auto first = table->number("symtab");
    const auto names = table->number("strtab");
    const auto count = table->number("num_symtab");
    if (!first || !names || !count || *count > kMostSymbols) return;
    std::vector<Elf64_Sym> symbols(*count);
    const std::span<uint8_t> bytes(reinterpret_cast<uint8_t*>(symbols.data()),
                                   symbols.size() * sizeof(Elf64_Sym));
    if (!view.memory().read(*first, bytes)) return;
    for (const Elf64_Sym& each : symbols) {
        if (each.st_value < module.begin || each.st_value >= module.end) continue;
        auto name = string_at(view, *names + each.st_name, kMostName);
        if (name && !name->empty())
            module.symbols.push_back({each.st_value, each.st_size, std::move(*name)});
    }
    std::stable_sort(module.symbols.begin(), module.symbols.end(),
                     [](const Symbol& a, const Symbol& b) { return a.address < b.address; });
}

std::string CoreModules::symbol_at(KernelView& view, uint64_t address) {
    for (Module& module : modules_) {
        if (address < module.begin || address >= module.end) continue;
        if (!module.read) read_symbols(view, module);
        const auto after = std::upper_bound(
            module.symbols.begin(), module.symbols.end(), address,
            [](uint64_t wanted, const Symbol& each) { return wanted < each.address; });
        if (after == module.symbols.begin()) return "";
        const Symbol& found = *std::prev(after);
        const uint64_t into = address - found.address;
        if (found.bytes != 0 && into >= found.bytes) return "";
        return into == 0 ? fmt::format("{} [{}]", found.name, module.name)
                         : fmt::format("{}+{:#x} [{}]", found.name, into, module.name);
    }
    return "";
}

}  // namespace knowhy::collect
