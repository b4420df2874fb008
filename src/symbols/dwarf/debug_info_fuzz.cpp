// Any bytes are either a file with debug information or an error, and every question about them
// comes to an end. Seeds are objects with DWARF; the whole way is taken, from the file on.
#include "symbols/debugfile/fuzzing.h"
#include "symbols/dwarf/dwarf.h"

using namespace knowhy::symbols;  // NOLINT(google-build-using-namespace)

namespace {

using fuzzing::require;

void ask_at(DebugInfo& info, uint64_t address) {
    const auto levels = info.levels(address);
    require(levels.has_value());
    for (size_t i = 0; i + 1 < levels->size(); ++i) require((*levels)[i].inlined);
    (void)info.line(address);
    const auto variables = info.variables(address);
    if (!variables) return;
    for (const Variable& variable : *variables) {
        (void)info.types().text(variable.type);
        (void)text(variable.location, info.file().machine().arch);
        for (const LocatedRange& range : variable.ranges) require(range.from < range.to);
    }
}

void ask(DebugInfo& info) {
    if (auto instances = info.instances("*")) {
        size_t left = 6;
        for (const Instance& instance : *instances) {
            if (left-- == 0) break;
            require(!instance.chain.empty());
            ask_at(info, instance.entry);
            ask_at(info, instance.ranges.front().to - 1);
            (void)info.call_sites(instance.die);
        }
    }
    if (const auto rows = info.addresses_of("*", 0); rows && !rows->empty()) {
        ask_at(info, rows->front().address);
    }
    (void)info.addresses_of("functions.c", 20);
    if (const auto type = info.type_named("struct flexible"); type && *type) {
        (void)info.types().field(**type, "next");
        (void)info.types().at_offset(**type, 5);
    }
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const fuzzing::MemoryFile memory(data, size);
    const auto file = fuzzing::elf_file(memory);
    if (!file) return 0;
    for (const ElfFile::Section& section : file->sections()) {
        (void)file->bytes_at(section.address);
        (void)file->relocation_at(section.address + 1);
    }
    for (const ElfFile::Symbol& symbol : file->symbols()) (void)file->section_of(symbol.address);
    if (auto info = DebugInfo::open(file, "")) ask(*info);
    return 0;
}
