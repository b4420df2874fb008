// The line number program of one unit (DWARF 5, 6.2), run to the end.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "symbols/dwarf/dwarf.h"
#include "symbols/dwarf/sections.h"
#include "symbols/dwarf/unit.h"

namespace knowhy::symbols {

// The header: which files the rows speak of.
class LineHeader {
  public:
    // nullopt: none there, or a damaged one.
    static std::optional<LineHeader> read(const DebugSections& sections, uint64_t offset,
                                          std::string_view compilation_dir);

    // The file's name joined with its directory, unless that is the compilation's own, which is
    // left out where it is relative. "" for a number that the table does not have.
    [[nodiscard]] std::string file(uint64_t number) const;
    // As it stands in the table, without its directory.
    [[nodiscard]] std::string_view name(uint64_t number) const {
        return number < first_file() || number >= files_end() ? std::string_view()
                                                              : files_[number - first_file()].name;
    }
    [[nodiscard]] uint64_t first_file() const { return version_ >= 5 ? 0 : 1; }
    [[nodiscard]] uint64_t files_end() const { return first_file() + files_.size(); }

  private:
    friend class LineProgram;
    struct File {
        std::string_view name;
        uint64_t directory = 0;
    };
    struct Format {
        uint64_t content = 0;
        uint16_t form = 0;
    };
    bool read_prologue(Reader& reader);
    bool read_names(Reader& reader, const DebugSections& sections);
    bool read_names_4(Reader& reader);
    bool read_table(Reader& reader, const DebugSections& sections, std::vector<File>& into) const;
    [[nodiscard]] std::string directory(uint64_t number) const;

    uint16_t version_ = 0;
    UnitSizes sizes_;
    uint64_t program_ = 0;  // where it starts
    uint64_t end_ = 0;
    uint8_t min_instruction_ = 1;
    uint8_t max_operations_ = 1;
    bool default_is_statement_ = true;
    int8_t line_base_ = 0;
    uint8_t line_range_ = 1;
    uint8_t opcode_base_ = 0;
    std::vector<uint8_t> operand_counts_;
    std::vector<std::string_view> directories_;
    std::vector<File> files_;
    std::string compilation_dir_;
};

struct Row {
    uint64_t address = 0;
    uint32_t file = 0;
    uint32_t line = 0;
    uint16_t column = 0;
    bool is_statement = false;
    bool end_of_sequence = false;  // the first address behind; it belongs to no line
};

// Runs the program, one sequence at a time: its rows by address, the last of them its end. What the
// linker threw away (a sequence at address 0) is left out. Damaged programs end early.
void each_sequence(const DebugSections& sections, const LineHeader& header,
                   const std::function<void(std::vector<Row>&)>& take);

// All rows of a unit, by address.
class LineTable {
  public:
    LineTable(const DebugSections& sections, LineHeader header);

    [[nodiscard]] const LineHeader& header() const { return header_; }
    // The row whose stretch covers the address, or nullptr. Of several rows at one address only the
    // last has a stretch.
    [[nodiscard]] const Row* covering(uint64_t address) const;
    [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }
    [[nodiscard]] SourceLine line_of(const Row& row) const;

  private:
    LineHeader header_;
    std::vector<Row> rows_;
};

}  // namespace knowhy::symbols
