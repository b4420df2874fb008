#include "render/html/report.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/result.h"
#include "base/text.h"
#include "model/call_filter.h"
#include "model/nesting.h"
#include "render/html/findings.h"
#include "render/html/page.h"
#include "render/html/state.h"
#include "render/html/timeline.h"
#include "render/text/summary.h"

namespace knowhy::render {
namespace {

bool looked_for_losses(const model::Observation& observation) {
    return !observation.accounting.source.empty() || observation.accounting.events != 0;
}

std::string books_html(const ReportPage& page) {
    if (!looked_for_losses(page.observation)) return {};
    std::string rows = pair("packets", sum_words(page.findings, page.observation.accounting));
    for (const SummaryRow& row : summary_rows(page.observation)) {
        if (row.label != "filter" && row.label != "note" && !row.label.empty()) {
            rows += pair(row.label, row.words);
        }
    }
    return rows;
}

std::string trace_words(const model::Trace& trace, const model::Nesting& nesting) {
    const auto watched = static_cast<uint64_t>(std::count_if(
        trace.functions.begin(), trace.functions.end(),
        [](const model::TracedFunction& function) { return !function.rung.empty(); }));
    uint64_t missed = 0;
    for (const model::TracedFunction& function : trace.functions) {
        missed += function.missed.value_or(0);
    }
    std::string words = fmt::format("{} of {} watched", counted(nesting.spans.size(), "call"),
                                    counted(watched, "function"));
    if (trace.lost != 0) words += fmt::format("; {} lost (buffer full)", trace.lost);
    if (missed != 0) words += fmt::format("; {} missed by the kernel", missed);
    if (trace.cut != 0) words += fmt::format("; {} cut by the recording's bounds", trace.cut);
    if (nesting.strays != 0) {
        words += fmt::format("; {} of calls that were not seen", counted(nesting.strays, "return"));
    }
    return words;
}

std::string header_html(const ReportPage& page, const model::Nesting& nesting) {
    const model::Observation& seen = page.observation;
    std::string rows = pair("kernel", escaped(seen.host.kernel_release));
    rows += pair("machine", escaped(seen.host.machine));
    rows += pair("build-id", escaped(seen.host.build_id));
    rows += pair("recorded", date_words(seen.clock.realtime_ns, seen.clock.utc_offset_s));
    if (seen.accounting.elapsed_s > 0) {
        rows += pair("lasted", fmt::format("{:.1f} s", seen.accounting.elapsed_s));
    }
    rows += pair("asked for", asked_words(seen));
    rows += pair("meanwhile", escaped(seen.trace.scenario));
    if (seen.script) {
        rows += pair("script", escaped(seen.script->name) + "; knowhy report prints what it said");
    }
    rows += books_html(page);
    if (!seen.trace.empty()) rows += pair("calls", trace_words(seen.trace, nesting));
    std::vector<std::string> notes;
    for (const std::string& note : seen.accounting.notes) notes.push_back(escaped(note));
    for (const std::string& note : seen.trace.notes) notes.push_back(escaped(note));
    rows += pair("notes", notes);
    return fmt::format("<header>\n<h1>{}</h1>\n<dl class=\"pairs\">{}</dl>\n</header>\n",
                       html(page.name), rows);
}

std::string unexplained_html(const std::vector<model::UnexplainedCounter>& counters) {
    Table table("counters that no finding explains",
                {"counter", "scope", "device", "#change", "#explained"});
    for (const model::UnexplainedCounter& counter : counters) {
        table.row({counter.counter, counter.scope, counter.device,
                   fmt::format("{:+}", counter.delta), fmt::to_string(counter.explained)});
    }
    return table.take(true);
}

bool are_harmless(const std::vector<model::Finding>& findings) {
    return std::all_of(findings.begin(), findings.end(), [](const model::Finding& finding) {
        return finding.verdict == model::Verdict::Harmless;
    });
}

std::string all_findings_html(const ReportPage& page) {
    const ClockPair& clock = page.observation.clock;
    std::string text = "<section id=\"findings\">\n<h2>Findings</h2>\n";
    if (looked_for_losses(page.observation) && are_harmless(page.findings)) {
        text += "<p>No packet was lost.</p>\n";
    }
    text += findings_html(page.findings, clock) + unexplained_html(page.unexplained);
    if (!page.observation.host.namespaces.empty()) {
        text += "<h3>The state</h3>\n";
        if (are_harmless(page.diagnosis)) text += "<p>No fault was found.</p>\n";
        text += findings_html(page.diagnosis, clock);
    }
    return text + "</section>\n";
}

std::string left_out_html(uint64_t all, size_t most, std::string_view what) {
    if (all <= most) return {};
    return fmt::format(
        "<p><strong>The first {} of {} {} are in this page</strong>; {} are left out. "
        "<code>knowhy report</code> shows the others, and its filters choose which.</p>\n",
        most, all, what, all - most);
}

std::string timeline_html(const ReportPage& page) {
    if (page.drops.empty() && page.observation.trace.calls.empty()) return {};
    return "<section id=\"timeline\">\n<h2>Timeline</h2>\n" +
           left_out_html(page.drops.size(), kMostDrops, "packets") +
           "<p class=\"soft\">Losses by finding, calls by thread; time since the first of "
           "them.</p>\n<noscript><p>Only the timeline and the list of calls need "
           "JavaScript.</p></noscript>\n<div class=\"js\">\n"
           "<div class=\"tools\"><button type=\"button\" id=\"timeline-earlier\">Earlier</button>"
           "<button type=\"button\" id=\"timeline-later\">Later</button>"
           "<button type=\"button\" id=\"timeline-closer\">Zoom in</button>"
           "<button type=\"button\" id=\"timeline-farther\">Zoom out</button>"
           "<button type=\"button\" id=\"timeline-all\">All</button>"
           "<span id=\"timeline-window\" class=\"soft\"></span></div>\n"
           "<div class=\"drawing\"><canvas id=\"timeline-canvas\" tabindex=\"0\" "
           "role=\"application\" aria-label=\"Timeline\" aria-describedby=\"timeline-keys\">"
           "</canvas></div>\n"
           "<p id=\"timeline-readout\" class=\"readout\" role=\"status\"></p>\n"
           "<p id=\"timeline-keys\" class=\"soft\">Drag to move, Ctrl and the wheel to zoom. With "
           "the keyboard: <kbd>&larr;</kbd> <kbd>&rarr;</kbd> move, <kbd>+</kbd> <kbd>-</kbd> "
           "zoom, <kbd>Home</kbd> all, <kbd>&uarr;</kbd> <kbd>&darr;</kbd> choose a row, "
           "<kbd>,</kbd> <kbd>.</kbd> the event before and after.</p>\n"
           "<div id=\"timeline-tip\" class=\"tip\" hidden></div>\n</div>\n</section>\n";
}

// "-EINVAL 3, -ENOENT 1"
std::string errors_of(const model::FunctionCounts& counts) {
    std::string text;
    for (const auto& [error, count] : counts.errors) {
        text += fmt::format("{}-{} {}", text.empty() ? "" : ", ",
                            errno_name(static_cast<int>(-error)), count);
    }
    return text;
}

std::string watched_words(const model::TracedFunction& function) {
    return function.rung.empty() ? "not watched: " + function.why : function.rung;
}

std::string missed_words(const model::TracedFunction& function) {
    return function.missed ? fmt::to_string(*function.missed) : "";
}

// What was called, with what came of it; then what was not, or was not watched.
std::string functions_html(const model::Trace& trace) {
    Table called("functions that were called", {"function", "module", "#calls", "errors",
                                                "#microseconds in all", "#missed", "watched by"});
    Table others("functions without a call here", {"function", "module", "#missed", "watched by"});
    std::vector<bool> told(trace.functions.size());
    for (const model::FunctionCounts& counts : count_calls(trace, {}).functions) {
        const model::TracedFunction& function = trace.functions[counts.function];
        const double microseconds = static_cast<double>(counts.total_ns) / 1e3;
        called.row({function.name, function.module, fmt::to_string(counts.calls), errors_of(counts),
                    counts.returns == 0 ? "" : fmt::format("{:.1f}", microseconds),
                    missed_words(function), watched_words(function)});
        told[counts.function] = true;
    }
    for (size_t i = 0; i < told.size(); ++i) {
        const model::TracedFunction& function = trace.functions[i];
        if (told[i]) continue;
        others.row(
            {function.name, function.module, missed_words(function), watched_words(function)});
    }
    return called.take(true) + others.take();
}

std::string calls_html(const model::Trace& trace, const model::Nesting& nesting) {
    if (trace.empty()) return {};
    return "<section id=\"calls\">\n<h2>Calls</h2>\n" +
           left_out_html(nesting.spans.size(), kMostCalls, "calls") + functions_html(trace) +
           "<div class=\"js\">\n<div class=\"tools\">"
           "<button type=\"button\" id=\"calls-previous\">Previous</button>"
           "<button type=\"button\" id=\"calls-next\">Next</button>"
           "<span id=\"calls-position\" class=\"soft\" role=\"status\"></span></div>\n"
           "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Calls\"><table>"
           "<thead><tr><th scope=\"col\" class=\"number\">at</th><th scope=\"col\">call</th>"
           "<th scope=\"col\">returned</th><th scope=\"col\" class=\"number\">took</th>"
           "<th scope=\"col\">thread</th><th scope=\"col\" class=\"number\">CPU</th></tr></thead>"
           "<tbody id=\"calls-body\"></tbody></table></div>\n</div>\n</section>\n";
}

std::vector<PageSection> sections_of(const ReportPage& page, const model::Nesting& nesting) {
    std::vector<PageSection> sections = {
        {"findings", "Findings", page.findings.size() + page.diagnosis.size()}};
    if (!page.drops.empty() || !page.observation.trace.calls.empty()) {
        sections.push_back({"timeline", "Timeline", 0});
    }
    if (!page.observation.trace.empty()) {
        sections.push_back({"calls", "Calls", nesting.spans.size()});
    }
    sections.push_back({"state", "State", page.observation.host.namespaces.size()});
    return sections;
}

}  // namespace

Status write_report_page(const ReportPage& page, const Sink& out) {
    const model::HostState& host = page.observation.host;
    const model::Nesting nesting = model::nest(page.observation.trace);
    KW_CHECK_OK(out(page_begin("knowhy: " + page.name) + header_html(page, nesting) +
                    page_bar(sections_of(page, nesting))));
    KW_CHECK_OK(out(all_findings_html(page) + timeline_html(page) +
                    calls_html(page.observation.trace, nesting)));
    KW_CHECK_OK(out("<section id=\"state\">\n<h2>State</h2>\n"));
    for (const auto& [inum, state] : host.namespaces) KW_CHECK_OK(out(namespace_html(state)));
    KW_CHECK_OK(out(host_html(host) + "</section>\n"));
    return out(page_end(timeline_json(page, nesting)));
}

}  // namespace knowhy::render
