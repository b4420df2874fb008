#include "cli/present.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "explain/explain.h"
#include "render/json/drops.h"

namespace knowhy::cli {

bool matters(const model::Finding& finding) {
    return finding.verdict != model::Verdict::Harmless;
}

Presenter::Presenter(Output& output, View view) : output_(output), view_(view) {
    text_.colour = output.wants_colour();
    text_.stack = view.stack;
    text_.harmless = view.harmless;
    text_.width = output.width();
}

Status Presenter::armed(unsigned probes) {
    if (view_.json) return output_.write(render::armed_json(probes, ClockPair::now()));
    log::note("armed: {}; Ctrl-C ends with the summary", counted(probes, "probe"));
    return {};
}

Status Presenter::write_findings_json(const std::vector<model::Finding>& findings,
                                      const ClockPair& clock) {
    std::string lines;
    auto before = std::exchange(told_, {});
    for (const model::Finding& finding : findings) {
        const auto known = before.extract(finding.id);
        told_[finding.id] = finding;
        if (known && known.mapped().count == finding.count) continue;
        lines += render::finding_json(finding, clock);
    }
    // What became clearer has another id now; a reader would count it twice.
    for (auto& [id, gone] : before) {
        gone.count = 0;
        lines += render::finding_json(gone, clock);
    }
    return output_.write(lines);
}

Result<bool> Presenter::report(const model::Observation& observation) {
    const auto findings = explain::explain(observation);
    const auto unexplained = explain::unexplained_counters(observation, findings);
    if (view_.json) {
        // The end state is complete, whatever was told on the way.
        for (auto& [id, finding] : told_) finding.count = 0;
        KW_CHECK_OK(write_findings_json(findings, observation.clock));
        KW_CHECK_OK(output_.write(render::drops_summary_json(findings, unexplained, observation)));
    } else {
        KW_CHECK_OK(erase_table());
        KW_CHECK_OK(output_.write(render::drops_report(findings, unexplained, observation, text_)));
    }
    return std::any_of(findings.begin(), findings.end(), matters);
}

Status Presenter::progress(const model::Observation& observation) {
    const auto findings = explain::explain(observation);
    if (view_.json) return write_findings_json(findings, observation.clock);
    return output_.write(render::drops_report(findings, {}, observation, text_) + '\n');
}

Status Presenter::redraw(const model::Observation& observation) {
    text_.width = output_.width();  // the window may have changed
    const std::string table =
        render::drops_table(explain::explain(observation), observation, text_, output_.height());
    KW_CHECK_OK(erase_table());
    table_lines_ = static_cast<size_t>(std::count(table.begin(), table.end(), '\n'));
    return output_.write(table);
}

Status Presenter::erase_table() {
    if (table_lines_ == 0) return {};
    // Up to the table's first line, then clear to the end of the screen.
    Status erased = output_.write(fmt::format("\x1b[{}F\x1b[J", table_lines_));
    table_lines_ = 0;
    return erased;
}

Status Presenter::drop(const model::Finding& finding, const model::DropGroup& group,
                       const model::DropSample& sample, const ClockPair& clock) {
    return output_.write(view_.json ? render::drop_json(finding, group, sample, clock)
                                    : render::drop_line(finding, group, sample, clock, text_));
}

}  // namespace knowhy::cli
