#include "symbols/dwarf/source_search.h"

#include <fnmatch.h>

#include <algorithm>

namespace knowhy::symbols {
namespace {

// Follows one sequence's rows and reports where runs start.
class Runs {
  public:
    Runs(const std::vector<bool>& files, const LineHeader& header, uint32_t line, LineStarts& found)
        : files_(files), header_(header), wanted_(line), found_(found) {}

    void take(const std::vector<Row>& sequence) {
        for (size_t i = 0; i < sequence.size();) {
            size_t end = i + 1;
            while (end < sequence.size() && same_line(sequence[i], sequence[end])) ++end;
            if (interesting(sequence[i])) report(sequence, i, end);
            i = end;
        }
    }

  private:
    static bool same_line(const Row& a, const Row& b) {
        return a.file == b.file && a.line == b.line && !b.end_of_sequence;
    }
    [[nodiscard]] bool interesting(const Row& row) const {
        return !row.end_of_sequence && row.line != 0 && row.file < files_.size() &&
               files_[row.file] && row.line >= wanted_;
    }
    void report(const std::vector<Row>& sequence, size_t from, size_t to) {
        const Row* row = &sequence[from];
        for (size_t i = from; i < to && !row->is_statement; ++i) {
            if (sequence[i].is_statement) row = &sequence[i];
        }
        const bool exact = wanted_ == 0 || row->line == wanted_;
        if (!exact) {
            if (row->line > found_.next_line) return;
            if (row->line < found_.next_line) found_.next.clear();
            found_.next_line = row->line;
        }
        (exact ? found_.exact : found_.next)
            .push_back({row->address,
                        {header_.file(row->file), row->line, row->column},
                        row->is_statement});
    }

    const std::vector<bool>& files_;
    const LineHeader& header_;
    uint32_t wanted_;
    LineStarts& found_;
};

}  // namespace

FilePattern::FilePattern(std::string_view pattern) {
    while (pattern.starts_with("./")) pattern.remove_prefix(2);
    pattern_ = pattern;
    last_part_ = pattern.substr(pattern.rfind('/') + 1);
    glob_ = pattern.find_first_of("*?[") != std::string_view::npos;
}

bool FilePattern::matches(std::string_view recorded) const {
    while (true) {
        const std::string tail(recorded);
        if (glob_ ? ::fnmatch(pattern_.c_str(), tail.c_str(), 0) == 0 : tail == pattern_) {
            return true;
        }
        const size_t slash = recorded.find('/');
        if (slash == std::string_view::npos) return false;
        recorded.remove_prefix(slash + 1);
    }
}

std::vector<bool> FilePattern::in(const LineHeader& header) const {
    std::vector<bool> matching(header.files_end());
    for (uint64_t i = header.first_file(); i < header.files_end(); ++i) {
        // Most names differ in their last part: the whole is put together for few.
        if (glob_ || header.name(i).ends_with(last_part_)) matching[i] = matches(header.file(i));
    }
    return matching;
}

void LineStarts::add(const LineStarts& other) {
    exact.insert(exact.end(), other.exact.begin(), other.exact.end());
    if (other.next_line > next_line) return;
    if (other.next_line < next_line) next.clear();
    next_line = other.next_line;
    next.insert(next.end(), other.next.begin(), other.next.end());
}

void find_line(const Unit& unit, const FilePattern& file, uint32_t line, LineStarts& found) {
    if (!unit.root().has(Field::StmtList)) return;
    const auto header = LineHeader::read(unit.sections(), unit.root().number(Field::StmtList),
                                         unit.string(unit.root(), Field::CompDir));
    if (!header) return;
    const std::vector<bool> files = file.in(*header);
    if (std::find(files.begin(), files.end(), true) == files.end()) return;
    Runs runs(files, *header, line, found);
    each_sequence(unit.sections(), *header,
                  [&](std::vector<Row>& sequence) { runs.take(sequence); });
}

}  // namespace knowhy::symbols
