// Asks symbols/dwarf, for the tests that compare its answers with other programs'. Each prints one
// line for each line read; of several parts they are tab-separated.
//
//   sections FILE    reads nothing; of each stretch of code: its place, size and section
//   levels FILE      an address (hexadecimal): "function|file:line:column" from the innermost out;
//                    without a function, "|file:line:column"
//   variables FILE   an address: "function|name|location" of every variable in scope
//   statements FILE  an address: where statements begin in the function there, in hexadecimal
//   structs FILE     a name: its size, then "member@bit offset:bitfield size" of each member, by an
//                    index that is made in the directory $INDEX_DIR
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <span>
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

std::string statements(DebugInfo& info, uint64_t address) {
    const auto function = info.function_at(address).value();
    if (!function) return "";
    std::string text;
    const auto rows = info.rows(function->ranges).value();
    for (const LineRow& row : rows) {
        if (row.is_statement && row.line.line != 0) text += fmt::format("{:x} ", row.address);
    }
    return text;
}

std::string layout(DebugInfo& info, const std::string& name) {
    const auto type = info.type_named("struct " + name).value();
    if (!type) return "none";
    const Type& aggregate = info.types()[*type];
    std::string text = std::to_string(aggregate.bytes);
    for (const Member& member : aggregate.members) {
        text += fmt::format(" {}@{}:{}", member.name, member.bit_offset, member.bit_size);
    }
    return text;
}

std::string answer(DebugInfo& info, const std::string& what, const std::string& line) {
    if (what == "structs") return layout(info, line);
    const uint64_t address = std::stoull(line, nullptr, 16);
    if (what == "statements") return statements(info, address);
    return what == "levels" ? levels(info, address) : variables(info, address);
}

// Where the next run of one byte begins that is too long for padding between functions: linkers
// fill up to the next huge page. The section's size: nowhere.
size_t next_hole(std::span<const uint8_t> bytes, size_t from) {
    constexpr size_t kLongest = 4096;
    size_t start = from;
    for (size_t at = from; at < bytes.size(); ++at) {
        if (bytes[at] != bytes[start]) start = at;
        if (at - start >= kLongest) return start;
    }
    return bytes.size();
}

void print_sections(const ElfFile& file) {
    for (const ElfFile::Section& section : file.sections()) {
        if (!section.code || section.size == 0) continue;
        const auto bytes = file.bytes_at(section.address);
        if (bytes.empty())
            fmt::print("{:x} {:x} {}\n", section.address, section.size, section.name);
        for (size_t at = 0; at < bytes.size();) {
            const size_t hole = next_hole(bytes, at);
            if (hole > at)
                fmt::print("{:x} {:x} {}\n", section.address + at, hole - at, section.name);
            at = hole;
            while (at < bytes.size() && bytes[at] == bytes[hole]) ++at;
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    const std::string what = argc == 3 ? argv[1] : "";
    constexpr std::array kQuestions = {"sections", "levels", "variables", "statements", "structs"};
    if (std::ranges::count(kQuestions, what) == 0) {
        fmt::print(stderr, "usage: dwarf_answers {} FILE\n", fmt::join(kQuestions, "|"));
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
    const char* index_dir = std::getenv("INDEX_DIR");
    auto info = DebugInfo::open(file, index_dir == nullptr ? "" : index_dir);
    if (!info) {
        fmt::print(stderr, "{}\n", info.error().message);
        return 1;
    }
    if (what == "structs" && !info->build_index([](double) {})) return 1;
    for (std::string line; std::getline(std::cin, line);) {
        fmt::print("{}\n", answer(*info, what, line));
    }
    return 0;
}
