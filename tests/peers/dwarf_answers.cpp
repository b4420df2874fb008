// Asks symbols/dwarf, for the tests that compare its answers with other programs'.
//
//   dwarf_answers sections FILE      of each code section: its place, size and name
//   dwarf_answers levels FILE        for each address read (hexadecimal):
//   "function|file:line:column"
//                                    from the innermost out, tab-separated; without a function, "|"
//                                    and the line
//   dwarf_answers variables FILE     for each address: "function|name|location" of every variable
//                                    in scope, tab-separated
#include <fmt/format.h>

#include <iostream>
#include <memory>
#include <string>

#include "symbols/dwarf/dwarf.h"

using namespace knowhy;           // NOLINT(google-build-using-namespace)
using namespace knowhy::symbols;  // NOLINT(google-build-using-namespace)

namespace {

std::string place(const SourceLine& line) {
    return fmt::format("{}:{}:{}", line.file, line.line, line.column);
}

std::string levels(DebugInfo& info, uint64_t address) {
    std::string text;
    const auto chain = info.levels(address).value();
    for (const Level& level : chain) {
        if (!text.empty()) text += '\t';
        text += level.function + "|" + place(level.at);
    }
    if (chain.empty()) text = "|" + place(info.line(address).value().value_or(SourceLine{}));
    return text;
}

std::string variables(DebugInfo& info, uint64_t address) {
    std::string all;
    const auto in_scope = info.variables(address).value();
    for (const Variable& variable : in_scope) {
        if (!all.empty()) all += '\t';
        all += fmt::format("{}|{}|", variable.function, variable.name);
        all += text(variable.location, info.file().machine().arch);
    }
    return all;
}

void print_sections(const ElfFile& file) {
    for (const ElfFile::Section& section : file.sections()) {
        if (!section.code || section.size == 0) continue;
        fmt::print("{:x} {:x} {}\n", section.address, section.size, section.name);
    }
}

}  // namespace

int main(int argc, char** argv) {
    const std::string what = argc == 3 ? argv[1] : "";
    if (what != "sections" && what != "levels" && what != "variables") {
        fmt::print(stderr, "usage: dwarf_answers sections|levels|variables FILE\n");
        return 2;
    }
    auto opened = ElfFile::open(argv[2]);
    if (!opened) {
        fmt::print(stderr, "{}\n", opened.error().message);
        return 1;
    }
    const auto file = std::make_shared<const ElfFile>(std::move(*opened));
    if (what == "sections") {
        print_sections(*file);
        return 0;
    }
    auto info = DebugInfo::open(file, "");
    if (!info) {
        fmt::print(stderr, "{}\n", info.error().message);
        return 1;
    }
    for (std::string line; std::getline(std::cin, line);) {
        const uint64_t address = std::stoull(line, nullptr, 16);
        fmt::print("{}\n", what == "levels" ? levels(*info, address) : variables(*info, address));
    }
    return 0;
}
