#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "base/text.h"
#include "model/tally.h"
#include "render/text/layout.h"
#include "render/text/summary.h"

namespace knowhy::render {
namespace {

std::string tally_words(const model::Tally& books) {
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

std::string points_words(const std::vector<model::PointStatus>& points) {
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
    return words + off_words(off, off_count);
}

void add_unexplained(Sheet& sheet, const std::vector<model::UnexplainedCounter>& unexplained) {
    if (unexplained.empty()) return;
    sheet.head("UNEXPLAINED", Ink::Yellow, "counters that moved, and what no finding accounts for");
    for (const model::UnexplainedCounter& counter : unexplained) {
        sheet.row("", unexplained_words(counter));
    }
}

std::string filter_words(const model::Accounting& books, const std::string& asked) {
    std::string words =
        fmt::format("{} did not match: {}", counted(books.filtered_out, "free"), asked);
    if (books.beyond_copy != 0) {
        words += fmt::format("; {} of them asked for bytes past the copy", books.beyond_copy);
    }
    return words;
}

std::string harmless_words(const std::vector<model::Finding>& findings) {
    std::map<std::string, uint64_t> by_cause;
    for (const model::Finding& finding : findings) {
        if (finding.verdict == model::Verdict::Harmless) by_cause[finding.cause] += finding.count;
    }
    std::string words;
    for (const auto& [cause, count] : by_cause) {
        words += fmt::format("{}{} {}", words.empty() ? "" : ", ", count, escaped(cause));
    }
    return words;
}

}  // namespace

std::string asked_words(const model::Observation& observation) {
    const model::Scope& scope = observation.scope;
    std::string words = escaped(scope.device);
    if (!scope.netns_name.empty()) {
        words += fmt::format("{}netns {}", words.empty() ? "" : " in ", escaped(scope.netns_name));
    }
    if (!words.empty() && !observation.filter.empty()) words += ", ";
    return words + escaped(observation.filter);
}

std::string unexplained_words(const model::UnexplainedCounter& counter) {
    std::string words = fmt::format("{} {:+}", escaped(counter.counter), counter.delta);
    if (counter.explained != 0) words += fmt::format(", {} explained", counter.explained);
    if (!counter.scope.empty()) words += fmt::format("  ({})", escaped(counter.scope));
    return words;
}

std::string sum_words(const std::vector<model::Finding>& findings, const model::Accounting& books) {
    return fmt::format("{}  in {:.1f} s", tally_words(model::tally(findings, books)),
                       books.elapsed_s);
}

std::vector<SummaryRow> summary_rows(const model::Observation& observation) {
    const model::Accounting& books = observation.accounting;
    std::vector<SummaryRow> rows;
    if (books.other != 0) {
        rows.push_back({"other", "counted without a place or cause: the kernel's table was full"});
    }
    rows.push_back({"looked at", looked_at_words(books)});
    rows.push_back({"missed", missed_words(books)});
    const std::string asked = asked_words(observation);
    if (!asked.empty()) rows.push_back({"filter", filter_words(books, asked)});
    if (!books.points.empty()) rows.push_back({"points", points_words(books.points)});
    std::string_view label = "note";
    for (const std::string& note : books.notes) {
        rows.push_back({label, escaped(note)});
        label = "";
    }
    return rows;
}

std::string drops_summary(const std::vector<model::Finding>& findings,
                          const std::vector<model::UnexplainedCounter>& unexplained,
                          const model::Observation& observation, const TextOptions& options) {
    Sheet sheet(options);
    sheet.head("SUMMARY", Ink::Bold, sum_words(findings, observation.accounting));
    const std::string harmless = harmless_words(findings);
    if (!harmless.empty() && !options.harmless) {
        sheet.row("harmless", harmless + "; --harmless lists them");
    }
    for (const SummaryRow& row : summary_rows(observation)) sheet.row(row.label, row.words);
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
