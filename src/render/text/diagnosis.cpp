#include "render/text/diagnosis.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "render/text/layout.h"

namespace knowhy::render {
namespace {

bool is_normal(const model::Finding& finding) {
    return finding.verdict == model::Verdict::Harmless;
}

std::string looked_at_words(const model::NetnsState& state, double watched_s) {
    std::string words = fmt::format("{}, {}, {}, {}", counted(state.links.size(), "link"),
                                    counted(state.addresses.size(), "address", "addresses"),
                                    counted(state.routes.size(), "route"),
                                    counted(state.neighbours.size(), "neighbour"));
    if (state.before.empty()) return words + "; counters as they stand: --watch 10s sees them move";
    return words + fmt::format("; counters watched for {:.1f} s", watched_s);
}

}  // namespace

std::string diagnosis_report(const std::vector<model::Finding>& findings,
                             const model::Observation& observation, const TextOptions& options) {
    std::string report;
    for (const model::Finding& finding : findings) {
        if (is_normal(finding) && !options.harmless) continue;
        report += finding_text(finding, observation, options) + '\n';
    }
    const auto normal =
        static_cast<uint64_t>(std::count_if(findings.begin(), findings.end(), is_normal));
    const uint64_t faults = findings.size() - normal;
    Sheet sheet(options);
    sheet.head("SUMMARY", Ink::Bold, faults == 0 ? "no fault found" : counted(faults, "fault"));
    if (normal != 0 && !options.harmless) {
        sheet.row("normal", fmt::format("{} that may look odd and {} not; --harmless lists them",
                                        counted(normal, "thing"), normal == 1 ? "is" : "are"));
    }
    for (const auto& [inum, state] : observation.host.namespaces) {
        sheet.row("looked at", looked_at_words(state, observation.accounting.elapsed_s));
        std::string_view label = "not read";
        for (const std::string& problem : state.problems) {
            sheet.row(label, escaped(problem), Ink::Yellow);
            label = "";
        }
    }
    std::string_view label = "note";
    for (const std::string& note : observation.accounting.notes) {
        sheet.row(label, escaped(note));
        label = "";
    }
    return report + sheet.take();
}

}  // namespace knowhy::render
