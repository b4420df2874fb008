#include "render/html/markup.h"

#include <fmt/format.h>

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

void Table::row(const std::vector<std::string>& cells) {
    if (++count_ > kMostRows) return;
    rows_ += "<tr>";
    for (size_t i = 0; i < cells.size(); ++i) {
        if (i == 0) {
            rows_ += fmt::format("<th scope=\"row\">{}</th>", html(cells[i]));
        } else {
            rows_ += fmt::format("<td{}>{}</td>", columns_[i][0] == '#' ? " class=\"number\"" : "",
                                 html(cells[i]));
        }
    }
    rows_ += "</tr>\n";
}

std::string Table::take(bool open) {
    if (count_ == 0) return {};
    std::string head;
    for (std::string_view column : columns_) {
        const bool number = column[0] == '#';
        if (number) column.remove_prefix(1);
        head += fmt::format("<th scope=\"col\"{}>{}</th>", number ? " class=\"number\"" : "",
                            html_of_words(column));
    }
    const std::string left_out =
        count_ <= kMostRows ? ""
                            : fmt::format("<p class=\"soft\">{} more are in the recording.</p>",
                                          count_ - kMostRows);
    return fmt::format(
        "<details class=\"table\"{}><summary>{} <span class=\"count\">{}</span></summary>\n"
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\">"
        "<table class=\"sortable searchable\"><thead><tr>{}</tr></thead>\n<tbody>\n{}</tbody>"
        "</table></div>{}</details>\n",
        open ? " open" : "", html_of_words(name_), count_, html_of_words(name_), head, rows_,
        left_out);
}

}  // namespace knowhy::render
