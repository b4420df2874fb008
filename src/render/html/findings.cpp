#include "render/html/findings.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "render/html/markup.h"
#include "render/text/words.h"

namespace knowhy::render {
namespace {

std::string_view class_of(const model::Finding& finding) {
    switch (finding.verdict) {
        case model::Verdict::Harmless:
            return "harmless";
        case model::Verdict::Unknown:
            return "unknown";
        default:
            return "lost";
    }
}

std::string where_words(const model::Finding& finding) {
    if (!finding.where) return {};
    std::string words = place_words(*finding.where);
    for (const std::string& step : inline_words(finding.where->inlined)) {
        words += ", inlined: " + step;
    }
    return words;
}

std::string attempts_html(const std::vector<model::Try>& attempts) {
    if (attempts.empty()) return {};
    std::string items;
    for (const model::Try& attempt : attempts) {
        items += fmt::format("<li><code>{}</code> <span class=\"soft\"># {}</span></li>",
                             html(attempt.command), html(attempt.effect));
    }
    return fmt::format("<dt>try</dt><dd><ul>{}</ul></dd>\n", items);
}

std::string dump(const std::vector<uint8_t>& bytes) {
    constexpr size_t kPerLine = 16;
    std::string text;
    for (size_t line = 0; line < bytes.size(); line += kPerLine) {
        text += fmt::format("{:04x} ", line);
        for (size_t i = line; i < std::min(line + kPerLine, bytes.size()); ++i) {
            text += fmt::format(" {:02x}", bytes[i]);
        }
        text += '\n';
    }
    return text;
}

std::string fact_words(const model::Fact& fact) {
    std::string words = escaped(fact.point);
    if (fact.value) words += fmt::format(" returned {}", *fact.value);
    for (const auto& [name, value] : fact.args) {
        const std::string text = std::holds_alternative<int64_t>(value)
                                     ? fmt::to_string(std::get<int64_t>(value))
                                     : escaped(std::get<std::string>(value));
        words += fmt::format(", {}={}", escaped(name), text);
    }
    return words;
}

std::string packet_html(const model::DropSample& sample, const ClockPair& clock) {
    std::string rows = pair("packet", packet_words(sample));
    rows += pair("when", span_words(clock, sample.time_ns, sample.time_ns));
    rows += pair("length", counted(sample.length, "byte"));
    rows += pair("seen by", fmt::format("CPU {}, thread {} ({})", sample.cpu, sample.pid,
                                        escaped(sample.comm)));
    std::vector<std::string> facts;
    for (const model::Fact& fact : sample.facts) facts.push_back(fact_words(fact));
    rows += pair("facts", facts);
    std::string text = fmt::format("<dl class=\"pairs\">{}</dl>\n", rows);
    if (!sample.packet.bytes.empty()) {
        text += fmt::format("<pre tabindex=\"0\" aria-label=\"Its first bytes\">{}</pre>\n",
                            dump(sample.packet.bytes));
    }
    return text;
}

std::string stack_html(const std::vector<model::Place>& stack) {
    if (stack.empty()) return {};
    std::string frames;
    for (const model::Place& frame : stack) {
        frames += fmt::format("<li>{}</li>", html_of_words(place_words(frame)));
        for (const std::string& step : inline_words(frame.inlined)) {
            frames += fmt::format("<li class=\"soft\">inlined: {}</li>", html_of_words(step));
        }
    }
    return fmt::format("<h4>Kernel stack</h4>\n<ol class=\"stack\">{}</ol>\n", frames);
}

// With the cause, where the headline has not named it.
std::string sure_html(const model::Finding& finding) {
    std::string words = html_of_words(certainty_words(finding));
    if (finding.where) words += " &middot; cause: " + html(finding.cause);
    return words;
}

}  // namespace

std::string finding_html(const model::Finding& finding, const ClockPair& clock) {
    std::vector<std::string> evidence;
    for (const model::Evidence& each : finding.evidence) evidence.push_back(evidence_words(each));
    std::vector<std::string> settings;
    for (const model::SetBy& each : finding.set_by) settings.push_back(setting_words(each));
    std::string text = fmt::format(
        "<article class=\"finding {}\">\n<h3><span class=\"word\">{}</span>{}</h3>\n"
        "<p class=\"sentence\">{}</p>\n<p class=\"soft\">{}</p>\n"
        "<dl class=\"pairs\">{}{}{}{}</dl>\n",
        class_of(finding), verdict_word(finding), html_of_words(headline_words(finding, clock)),
        html(finding.sentence), sure_html(finding), pair("evidence", evidence),
        pair("set by", settings), pair("where", where_words(finding)),
        attempts_html(finding.try_next));
    if (finding.sample) {
        text += fmt::format(
            "<details><summary>One of the packets, and its stack</summary>\n{}{}"
            "</details>\n",
            packet_html(*finding.sample, clock), stack_html(finding.sample->stack));
    }
    return text + "</article>\n";
}

std::string findings_html(const std::vector<model::Finding>& findings, const ClockPair& clock) {
    std::string text;
    std::string harmless;
    uint64_t number = 0;
    for (const model::Finding& finding : findings) {
        if (finding.verdict == model::Verdict::Harmless) {
            harmless += finding_html(finding, clock);
            ++number;
        } else {
            text += finding_html(finding, clock);
        }
    }
    if (number == 0) return text;
    return text + fmt::format(
                      "<details class=\"table\"><summary>What looks odd and is not: {}</summary>\n"
                      "{}</details>\n",
                      counted(number, "finding"), harmless);
}

}  // namespace knowhy::render
