// HTML as text: what comes from outside is escaped twice, for terminals (base/text.h: control
// characters become \xNN, so that none reaches who copies from the page) and for HTML.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace knowhy::render {

// For a string as the kernel or a packet gave it.
std::string html(std::string_view raw);
// For what is safe for a terminal already: the words of render/text.
std::string html_of_words(std::string_view words);
// JSON that may stand in a script element: no `<` is in it.
std::string json_in_script(std::string json);

// "<dt>LABEL</dt><dd>WORDS</dd>"; nothing for no words.
std::string pair(std::string_view label, std::string_view words);
// The same with a list, one item each; nothing for an empty one.
std::string pair(std::string_view label, const std::vector<std::string>& words);

// A table that can be folded, sorted and searched. Rows past kMostRows are counted, not kept: a
// browser has to hold them all.
class Table {
  public:
    static constexpr size_t kMostRows = 20'000;

    // A column whose name begins with '#' has numbers, which stand at the right.
    Table(std::string name, std::vector<std::string_view> columns);

    // As many cells as columns, raw. The first is the row's heading.
    void row(std::vector<std::string> cells);

    // Nothing when there is no row; a column without a value is left out. Folded unless it is
    // short, or `open` and not long.
    [[nodiscard]] std::string take(bool open = false) const;

  private:
    [[nodiscard]] std::vector<bool> columns_with_values() const;
    [[nodiscard]] std::string head_html(const std::vector<bool>& shown) const;
    [[nodiscard]] std::string row_html(const std::vector<std::string>& cells,
                                       const std::vector<bool>& shown) const;

    std::string name_;
    std::vector<std::string_view> columns_;
    std::vector<std::vector<std::string>> rows_;
    size_t count_ = 0;
};

}  // namespace knowhy::render
