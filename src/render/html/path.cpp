#include "render/html/path.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "render/html/markup.h"

namespace knowhy::render {
namespace {

using model::ComparedCall;
using model::ComparedValue;
using model::PathStep;

constexpr uint32_t kDeepest = 12;  // deeper calls are not indented further

std::string value_html(const ComparedValue& value, const std::string& text) {
    return value.differs ? fmt::format("<b class=\"differs\">{}</b>", text) : text;
}

std::string call_html(const std::optional<ComparedCall>& call, uint32_t depth) {
    if (!call) return "<td></td>";
    std::string arguments;
    for (const ComparedValue& value : call->arguments) {
        const std::string text = fmt::format("{}={}", html(value.name), html(value.text));
        arguments += (arguments.empty() ? "" : ", ") + value_html(value, text);
    }
    std::string returned;
    if (call->returned) returned = " = " + value_html(*call->returned, html(call->returned->text));
    return fmt::format("<td><span class=\"indent\">{}</span><b>{}</b>({}){}</td>",
                       std::string(2UL * std::min(depth, kDeepest), ' '), html(call->function),
                       arguments, returned);
}

std::string_view class_of(PathStep::Kind kind) {
    switch (kind) {
        case PathStep::Kind::Alike:
            return "";
        case PathStep::Kind::Values:
            return "values";
        case PathStep::Kind::GoodOnly:
        case PathStep::Kind::BadOnly:
            return "absent";
    }
    return "";
}

std::string row_of_words(std::string_view classes, std::string_view words) {
    return fmt::format("<tr class=\"{}\"><td colspan=\"2\">{}</td></tr>\n", classes, words);
}

std::string folded(uint64_t calls, std::string_view words) {
    if (calls == 0) return {};
    return row_of_words("folded", fmt::format("&hellip; {} {}", counted(calls, "call"), words));
}

std::string rest(const model::ComparedPath& path) {
    if (path.rest_good == path.rest_bad) return folded(path.rest_good, "more on either side");
    return folded(path.rest_good, "more on the good side") +
           folded(path.rest_bad, "more on the bad side");
}

}  // namespace

std::string path_html(const model::ComparedPath& path) {
    std::string rows = folded(path.alike, "alike");
    for (size_t i = 0; i < path.steps.size(); ++i) {
        const PathStep& step = path.steps[i];
        if (i == path.parting) rows += row_of_words("parting", "here they part");
        rows += fmt::format("<tr class=\"{}\">{}{}</tr>\n", class_of(step.kind),
                            call_html(step.good, step.depth), call_html(step.bad, step.depth));
    }
    return fmt::format(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Calls of {0}\">"
        "<table class=\"steps\"><caption>{0}</caption><thead><tr><th scope=\"col\">good</th>"
        "<th scope=\"col\">bad</th></tr></thead>\n<tbody>\n{1}{2}</tbody></table></div>\n",
        html(path.subject), rows, rest(path));
}

}  // namespace knowhy::render
