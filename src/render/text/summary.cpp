#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "base/text.h"
#include "model/tally.h"
#include "render/text/layout.h"

namespace knowhy::render {
namespace {

std::string sum_words(const model::Tally& books) {
    std::string words = fmt::format("{} = {} lost + {} harmless + {} unknown + {} other",
                                    counted(books.events, "event"), books.lost, books.harmless,
                                    books.unknown, books.other);
    if (books.unaccounted != 0) {
        words += fmt::format(" + {} in no finding (a fault of knowhy: please report it)",
                             books.unaccounted);
    }
    return words;
}

std::string missed_words(const model::Accounting& books) {
    if (!books.missed_probes) return "not counted by this kernel";
    return fmt::format("{} that the kernel did not hand to the probe{}",
                       counted(*books.missed_probes, "drop"),
                       books.source.empty() ? "" : fmt::format(" ({})", escaped(books.source)));
}

std::string looked_at_words(const model::Accounting& books) {
    std::string words =
        fmt::format("{} of {}; {} lost (buffer full), {} shed (over the budget)", books.samples,
                    counted(books.events, "packet"), books.lost_samples, books.shed_samples);
    if (books.untold_samples != 0) {
        words +=
            fmt::format("; {} of them not told one by one (no time left)", books.untold_samples);
    }
    return words;
}

// "; not: nft_do_chain (module nf_tables is not loaded)"; where names would fill the screen, who
// lists them.
std::string off_words(const std::map<std::string, std::vector<std::string>>& off, size_t count) {
    constexpr size_t kNamed = 4;
    if (count > kNamed) return "; knowhy doctor, run there, says why";
    std::string words;
    for (const auto& [why, names] : off) {
        words += fmt::format("{}{} ({})", words.empty() ? "; not: " : ", ", fmt::join(names, ", "),
                             why.empty() ? "no reason given" : escaped(why));
    }
    return words;
}

void add_points(Sheet& sheet, const std::vector<model::PointStatus>& points) {
    if (points.empty()) return;
    std::map<std::string, std::vector<std::string>> off;  // by why
    size_t off_count = 0;
    uint64_t missed = 0;
    for (const model::PointStatus& point : points) {
        missed += point.missed.value_or(0);
        if (!point.rung.empty()) continue;
        off[point.why].push_back(escaped(point.point));
        ++off_count;
    }
    std::string words = fmt::format("{} of {} deciding functions watched",
                                    points.size() - off_count, points.size());
    if (missed != 0) words += fmt::format(", which missed {}", counted(missed, "hit"));
    sheet.row("points", words + off_words(off, off_count));
}

void add_unexplained(Sheet& sheet, const std::vector<model::UnexplainedCounter>& unexplained) {
    if (unexplained.empty()) return;
    sheet.head("UNEXPLAINED", Ink::Yellow, "counters that moved, and what no finding accounts for");
    for (const model::UnexplainedCounter& counter : unexplained) {
        std::string words = fmt::format("{} {:+}", escaped(counter.counter), counter.delta);
        if (counter.explained != 0) words += fmt::format(", {} explained", counter.explained);
        if (!counter.scope.empty()) words += fmt::format("  ({})", escaped(counter.scope));
        sheet.row("", words);
    }
}

// "udp port 9", "eth0 in netns fw", "eth0, udp port 9".
std::string asked_words(const model::Observation& observation) {
    const model::Scope& scope = observation.scope;
    std::string words = escaped(scope.device);
    if (!scope.netns_name.empty()) {
        words += fmt::format("{}netns {}", words.empty() ? "" : " in ", escaped(scope.netns_name));
    }
    if (!words.empty() && !observation.filter.empty()) words += ", ";
    return words + escaped(observation.filter);
}

void add_filter(Sheet& sheet, const model::Observation& observation) {
    const model::Accounting& books = observation.accounting;
    const std::string asked = asked_words(observation);
    if (asked.empty()) return;
    std::string words =
        fmt::format("{} did not match: {}", counted(books.filtered_out, "free"), asked);
    if (books.beyond_copy != 0) {
        words += fmt::format("; {} of them asked for bytes past the copy", books.beyond_copy);
    }
    sheet.row("filter", words);
}

void add_harmless(Sheet& sheet, const std::vector<model::Finding>& findings, uint64_t number,
                  bool listed) {
    if (number == 0 || listed) return;
    std::map<std::string, uint64_t> by_cause;
    for (const model::Finding& finding : findings) {
        if (finding.verdict == model::Verdict::Harmless) by_cause[finding.cause] += finding.count;
    }
    std::string words;
    for (const auto& [cause, count] : by_cause) {
        words += fmt::format("{}{} {}", words.empty() ? "" : ", ", count, escaped(cause));
    }
    sheet.row("harmless", words + "; --harmless lists them");
}

}  // namespace

std::string drops_summary(const std::vector<model::Finding>& findings,
                          const std::vector<model::UnexplainedCounter>& unexplained,
                          const model::Observation& observation, const TextOptions& options) {
    const model::Accounting& books = observation.accounting;
    const model::Tally sum = model::tally(findings, books);
    Sheet sheet(options);
    sheet.head("SUMMARY", Ink::Bold,
               fmt::format("{}  in {:.1f} s", sum_words(sum), books.elapsed_s));
    add_harmless(sheet, findings, sum.harmless, options.harmless);
    if (books.other != 0) {
        sheet.row("other", "counted without a place or cause: the kernel's table was full");
    }
    sheet.row("looked at", looked_at_words(books));
    sheet.row("missed", missed_words(books));
    add_filter(sheet, observation);
    add_points(sheet, books.points);
    std::string_view label = "note";
    for (const std::string& note : books.notes) {
        sheet.row(label, escaped(note));
        label = "";
    }
    add_unexplained(sheet, unexplained);
    return sheet.take();
}

std::string drops_report(const std::vector<model::Finding>& findings,
                         const std::vector<model::UnexplainedCounter>& unexplained,
                         const model::Observation& observation, const TextOptions& options) {
    std::string report;
    size_t shown = 0;
    const auto add = [&](bool harmless) {
        for (const model::Finding& finding : findings) {
            if ((finding.verdict == model::Verdict::Harmless) != harmless) continue;
            report += finding_text(finding, observation, options) + '\n';
            ++shown;
        }
    };
    add(false);
    if (shown == 0) report += "No packet was lost.\n\n";
    if (options.harmless) add(true);
    return report + drops_summary(findings, unexplained, observation, options);
}

}  // namespace knowhy::render
