#include "render/json/diagnosis.h"

#include <algorithm>

#include "render/json/values.h"

namespace knowhy::render {

std::string diagnosis_summary_json(const std::vector<model::Finding>& findings,
                                   const model::Observation& observation) {
    const auto normal = std::count_if(
        findings.begin(), findings.end(),
        [](const model::Finding& finding) { return finding.verdict == model::Verdict::Harmless; });
    Json notes = observation.accounting.notes;
    bool watched = false;
    for (const auto& [inum, state] : observation.host.namespaces) {
        for (const std::string& problem : state.problems) notes.push_back(problem);
        watched = watched || !state.before.empty();
    }
    return json_line({{"type", "summary"},
                      {"faults", static_cast<int64_t>(findings.size()) - normal},
                      {"normal", normal},
                      {"watched", watched},
                      {"kernel_release", observation.host.kernel_release},
                      {"events", 0},
                      {"lost_events", 0},
                      {"missed_probes", nullptr},
                      {"unexplained", Json::array()},
                      {"notes", notes},
                      {"elapsed_s", observation.accounting.elapsed_s}});
}

}  // namespace knowhy::render
