#include "render/html/markup.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace knowhy::render {

std::string html_of_words(std::string_view words) {
    std::string out;
    out.reserve(words.size());
    for (const char c : words) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\'':
                out += "&#39;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

std::string html(std::string_view raw) {
    return html_of_words(escaped(raw));
}

std::string json_in_script(std::string json) {
    for (size_t at = 0; (at = json.find('<', at)) != std::string::npos;) {
        json.replace(at, 1, "\\u003c");
    }
    return json;
}

std::string pair(std::string_view label, std::string_view words) {
    if (words.empty()) return {};
    return fmt::format("<dt>{}</dt><dd>{}</dd>\n", html_of_words(label), html_of_words(words));
}

std::string pair(std::string_view label, const std::vector<std::string>& words) {
    if (words.empty()) return {};
    std::string items;
    for (const std::string& each : words) items += fmt::format("<li>{}</li>", html_of_words(each));
    return fmt::format("<dt>{}</dt><dd><ul>{}</ul></dd>\n", html_of_words(label), items);
}

Table::Table(std::string name, std::vector<std::string_view> columns)
    : name_(std::move(name)), columns_(std::move(columns)) {}

void Table::row(std::vector<std::string> cells) {
    if (++count_ <= kMostRows) rows_.push_back(std::move(cells));
}

std::vector<bool> Table::columns_with_values() const {
    std::vector<bool> with(columns_.size());
    with[0] = true;  // the heading
    for (const auto& cells : rows_) {
        for (size_t i = 1; i < cells.size(); ++i) with[i] = with[i] || !cells[i].empty();
    }
    return with;
}

std::string Table::head_html(const std::vector<bool>& shown) const {
    std::string head;
    for (size_t i = 0; i < columns_.size(); ++i) {
        if (!shown[i]) continue;
        std::string_view column = columns_[i];
        const bool number = column[0] == '#';
        if (number) column.remove_prefix(1);
        head += fmt::format("<th scope=\"col\"{}>{}</th>", number ? " class=\"number\"" : "",
                            html_of_words(column));
    }
    return head;
}

std::string Table::row_html(const std::vector<std::string>& cells,
                            const std::vector<bool>& shown) const {
    std::string row = "<tr>";
    for (size_t i = 0; i < cells.size(); ++i) {
        if (!shown[i]) continue;
        const std::string_view classes = columns_[i][0] == '#' ? " class=\"number\"" : "";
        row += i == 0 ? fmt::format("<th scope=\"row\"{}>{}</th>", classes, html(cells[i]))
                      : fmt::format("<td{}>{}</td>", classes, html(cells[i]));
    }
    return row + "</tr>\n";
}

std::string Table::take(bool open) const {
    constexpr size_t kShort = 12;
    constexpr size_t kLong = 100;
    if (rows_.empty()) return {};
    const std::vector<bool> shown = columns_with_values();
    std::string rows;
    for (const auto& cells : rows_) rows += row_html(cells, shown);
    const std::string left_out =
        count_ <= kMostRows ? ""
                            : fmt::format("<p class=\"soft\">{} more are in the recording.</p>",
                                          count_ - kMostRows);
    const bool is_open = count_ <= kShort || (open && count_ <= kLong);
    return fmt::format(
        "<details class=\"table\"{}><summary>{} <span class=\"count\">{}</span></summary>\n"
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\">"
        "<table class=\"sortable searchable\"><thead><tr>{}</tr></thead>\n<tbody>\n{}</tbody>"
        "</table></div>{}</details>\n",
        is_open ? " open" : "", html_of_words(name_), count_, html_of_words(name_),
        head_html(shown), rows, left_out);
}

}  // namespace knowhy::render
