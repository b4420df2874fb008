// Source lines to addresses, over every unit that speaks of the file.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "symbols/dwarf/dwarf.h"
#include "symbols/dwarf/lines.h"

namespace knowhy::symbols {

// A file as a user names it: the recorded name's tail at a '/', or a glob of such a tail.
class FilePattern {
  public:
    explicit FilePattern(std::string_view pattern);
    [[nodiscard]] bool matches(std::string_view recorded) const;
    // The same for many names: which of a table's files match, by number.
    [[nodiscard]] std::vector<bool> in(const LineHeader& header) const;

  private:
    std::string pattern_;
    std::string last_part_;
    bool glob_ = false;
};

// Rows where a run of rows of the same line starts: the run's first statement, or its first row
// when it has none.
struct LineStarts {
    std::vector<LineRow> exact;  // of the line asked for
    std::vector<LineRow> next;   // of the nearest line behind it
    uint32_t next_line = ~0U;

    void add(const LineStarts& other);
};

// `line` 0: every line, all in `exact`.
void find_line(const Unit& unit, const FilePattern& file, uint32_t line, LineStarts& found);

}  // namespace knowhy::symbols
