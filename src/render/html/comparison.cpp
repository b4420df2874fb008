#include "render/html/comparison.h"

#include <fmt/format.h>

#include "base/text.h"
#include "render/html/findings.h"
#include "render/html/markup.h"
#include "render/html/page.h"
#include "render/html/path.h"

namespace knowhy::render {
namespace {

using model::ComparedSide;
using model::Comparison;
using model::Divergence;
using model::Side;
using model::StateDifference;

std::string sides_html(const ComparedSide& good, const ComparedSide& bad) {
    std::string rows;
    const auto row = [&rows](std::string_view what, const std::string& a, const std::string& b) {
        if (a.empty() && b.empty()) return;
        rows += fmt::format("<tr{}><th scope=\"row\">{}</th><td>{}</td><td>{}</td></tr>\n",
                            a == b ? "" : " class=\"other\"", what, html(a), html(b));
    };
    const auto number = [](uint64_t value) { return value == 0 ? "" : fmt::to_string(value); };
    const auto date = [](uint64_t value) { return value == 0 ? "" : date_words(value); };
    row("file", good.name, bad.name);
    row("kernel", good.kernel_release, bad.kernel_release);
    row("machine", good.machine, bad.machine);
    row("build-id", good.build_id, bad.build_id);
    row("recorded", date(good.started_ns), date(bad.started_ns));
    row("meanwhile", good.scenario, bad.scenario);
    row("calls", number(good.calls), number(bad.calls));
    row("not seen", number(good.unseen), number(bad.unseen));
    row("packets", number(good.packets), number(bad.packets));
    row("lost", number(good.lost), number(bad.lost));
    return fmt::format(
        "<div class=\"scroll\"><table class=\"sides\"><thead><tr><td></td>"
        "<th scope=\"col\" class=\"good\">good</th><th scope=\"col\" class=\"bad\">bad</th></tr>"
        "</thead>\n<tbody>\n{}</tbody></table></div>\n",
        rows);
}

std::string verdict_words(const Comparison& comparison) {
    if (!comparison.differs()) return "No difference that two equal runs would not have.";
    if (comparison.first) return comparison.first->sentence;
    return fmt::format("{} of the state; {} on one side only",
                       counted(comparison.state.size(), "difference"),
                       counted(comparison.losses.size(), "loss", "losses"));
}

// The page's own heading has the sentence already, so that without a path the loss alone is left.
std::string parting_html(const Divergence& divergence, const ClockPair& bad) {
    std::string text;
    if (divergence.path) {
        text = fmt::format(
            "<article class=\"finding lost\">\n<p class=\"sentence\">{}</p>\n{}"
            "</article>\n",
            html(divergence.sentence), path_html(*divergence.path));
    }
    if (divergence.loss) text += finding_html(*divergence.loss, bad);
    return text;
}

std::string further_html(const std::vector<Divergence>& further) {
    std::string text;
    for (const Divergence& divergence : further) {
        if (!divergence.path) {
            text += fmt::format("<p>{}</p>\n", html(divergence.sentence));
            continue;
        }
        text += fmt::format("<details><summary>{}</summary>\n{}</details>\n",
                            html(divergence.sentence), path_html(*divergence.path));
    }
    if (text.empty()) return {};
    return fmt::format("<h3>{}</h3>\n",
                       counted(further.size(), "other path parts, too", "other paths part, too")) +
           text;
}

std::string value_text(const std::optional<std::string>& value) {
    if (!value) return "not there";
    return value->empty() ? "there" : *value;
}

// Why a difference stands where it does.
std::string why_there(const StateDifference& difference) {
    switch (difference.rank) {
        case StateDifference::Rank::Read:
            return fmt::format("{} reads it, where the paths part", difference.read_by);
        case StateDifference::Rank::Setting:
            return "a setting";
        case StateDifference::Rank::Condition:
            return "a condition";
        case StateDifference::Rank::Other:
            return "seldom decides";
    }
    return {};
}

std::string differences_html(const std::vector<StateDifference>& differences) {
    Table table("differences, what decides more first",
                {"#rank", "what", "name", "device", "namespace", "good", "bad", "why there",
                 "to make the bad side as the good one"});
    size_t rank = 0;
    for (const StateDifference& difference : differences) {
        table.row({fmt::to_string(++rank), difference.kind, difference.name, difference.device,
                   difference.netns, value_text(difference.good), value_text(difference.bad),
                   why_there(difference), difference.fix ? difference.fix->command : ""});
    }
    return table.take(true);
}

std::string identity_html(const std::vector<StateDifference>& differences) {
    Table table("what tells one host from another",
                {"what", "name", "device", "namespace", "good", "bad"});
    for (const StateDifference& difference : differences) {
        table.row({difference.kind, difference.name, difference.device, difference.netns,
                   value_text(difference.good), value_text(difference.bad)});
    }
    return table.take();
}

std::string losses_html(const Comparison& comparison, const ClockPair& good, const ClockPair& bad) {
    std::string text;
    for (const model::LossDifference& loss : comparison.losses) {
        const bool is_bad = loss.side == Side::Bad;
        const bool is_told = is_bad && comparison.first && comparison.first->loss &&
                             comparison.first->loss->id == loss.finding.id;
        if (is_told) continue;
        text += fmt::format("<p class=\"soft\">Only the {} side loses:</p>\n", name_of(loss.side)) +
                finding_html(loss.finding, is_bad ? bad : good);
    }
    return text;
}

std::string alike_html(const Comparison& comparison) {
    std::string rows;
    if (comparison.paths_compared) {
        rows +=
            pair("paths", fmt::format("{} alike, with {}", counted(comparison.paths_alike, "path"),
                                      counted(comparison.calls_alike, "call")));
    }
    if (comparison.losses_compared) {
        rows += pair("losses", fmt::format("{} on both sides",
                                           counted(comparison.losses_alike, "loss", "losses")));
    }
    if (comparison.state_compared) {
        rows += pair("state", fmt::format("{} alike; {} of what only one side has; {} of a kind "
                                          "that differs in any two runs (counters, timers)",
                                          counted(comparison.equal_facts, "fact"),
                                          comparison.following, comparison.moving));
    }
    std::vector<std::string> not_compared;
    for (const std::string& line : comparison.uncompared) not_compared.push_back(escaped(line));
    rows += pair("not compared", not_compared);
    return fmt::format("<dl class=\"pairs\">{}</dl>\n", rows);
}

std::string section(std::string_view id, std::string_view name, const std::string& content) {
    if (content.empty()) return {};
    return fmt::format("<section id=\"{}\">\n<h2>{}</h2>\n{}</section>\n", id, name, content);
}

}  // namespace

Status write_comparison_page(const Comparison& comparison, const model::Observation& good,
                             const model::Observation& bad, const Sink& out) {
    std::vector<PageSection> sections;
    std::string body;
    const auto add = [&](std::string_view id, std::string_view name, uint64_t count,
                         const std::string& content) {
        if (content.empty()) return;
        sections.push_back({id, name, count});
        body += section(id, name, content);
    };
    std::string parting;
    if (comparison.first) parting = parting_html(*comparison.first, bad.clock);
    add("parting", "Where they part", 0, parting + further_html(comparison.further));
    add("state", "State that differs", comparison.state.size(), differences_html(comparison.state));
    add("losses", "Other losses on one side", 0, losses_html(comparison, good.clock, bad.clock));
    add("alike", "What is alike", 0, alike_html(comparison) + identity_html(comparison.identity));
    KW_CHECK_OK(out(page_begin("knowhy diff: " + comparison.bad.name)));
    KW_CHECK_OK(
        out(fmt::format("<header>\n<h1>{}</h1>\n{}</header>\n", html(verdict_words(comparison)),
                        sides_html(comparison.good, comparison.bad))));
    KW_CHECK_OK(out(page_bar(sections) + body));
    return out(page_end(""));
}

}  // namespace knowhy::render
