#include "explain/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "explain/cause.h"
#include "explain/counter_findings.h"
#include "explain/identity.h"
#include "explain/judge.h"
#include "explain/setting.h"

namespace knowhy::explain {
namespace {

using model::Finding;

Finding to_finding(const model::Observation& observation, const model::DropGroup& group,
                   GroupJudgement judged) {
    Conclusion& conclusion = judged.best.conclusion;
    const model::NetnsState* state = observation.host.netns(group.key.netns);

    Finding finding;
    finding.cause = std::move(judged.best.cause);
    finding.certainty = conclusion.certainty;
    finding.verdict = conclusion.verdict;
    finding.count = judged.count;
    finding.first_ns = judged.first_ns;
    finding.last_ns = judged.last_ns;
    finding.sentence = std::move(conclusion.sentence);
    finding.where = group.place;
    finding.reason = group.reason;
    finding.device = group.device;
    finding.ifindex = group.key.ifindex;
    finding.netns = group.key.netns;
    if (state != nullptr) finding.netns_name = state->name;
    if (judged.sample != nullptr) finding.sample = *judged.sample;
    finding.samples_agreeing = judged.agreeing;
    finding.samples_seen = judged.seen;
    finding.evidence = std::move(conclusion.evidence);
    finding.set_by = std::move(conclusion.set_by);
    finding.try_next = std::move(conclusion.try_next);
    finding.id = finding_id(finding, conclusion.subject);
    return finding;
}

// The same finding from another key (another call site of the function, another reason value). The
// larger one lends its words; the pair is as sure as its weaker half.
void merge(Finding& into, Finding other) {
    if (other.count > into.count) std::swap(into, other);
    into.count += other.count;
    into.first_ns = std::min(into.first_ns, other.first_ns);
    into.last_ns = std::max(into.last_ns, other.last_ns);
    into.samples_agreeing += other.samples_agreeing;
    into.samples_seen += other.samples_seen;
    into.certainty = std::max(into.certainty, other.certainty);
    if (into.verdict != other.verdict) {
        const bool lost = into.verdict == Verdict::Lost || other.verdict == Verdict::Lost;
        into.verdict = lost ? Verdict::Lost : Verdict::Unknown;
    }
    if (!into.sample) into.sample = std::move(other.sample);
}

int rank(Verdict verdict) {
    switch (verdict) {
        case Verdict::Lost:
            return 0;
        case Verdict::Unknown:
            return 1;
        case Verdict::NotApplicable:
            return 2;
        case Verdict::Harmless:
            break;
    }
    return 3;
}

bool comes_before(const Finding& a, const Finding& b) {
    if (rank(a.verdict) != rank(b.verdict)) return rank(a.verdict) < rank(b.verdict);
    if (a.count != b.count) return a.count > b.count;
    return a.id < b.id;
}

}  // namespace

std::vector<Finding> explain(const model::Observation& observation) {
    std::map<std::string, Finding> by_id;
    for (const model::DropGroup& group : observation.groups) {
        for (GroupJudgement& judged : judge_group(observation, group)) {
            Finding finding = to_finding(observation, group, std::move(judged));
            const std::string id = finding.id;
            const auto [found, is_new] = by_id.try_emplace(id, finding);
            if (!is_new) merge(found->second, std::move(finding));
        }
    }
    std::vector<Finding> findings;
    findings.reserve(by_id.size());
    for (auto& [id, finding] : by_id) findings.push_back(std::move(finding));
    for (Finding& finding : counter_findings(observation, findings)) {
        findings.push_back(std::move(finding));
    }
    std::sort(findings.begin(), findings.end(), comes_before);
    return findings;
}

std::vector<std::string> sysctls_wanted(const model::DropGroup& group,
                                        const model::NetnsState* state) {
    std::vector<std::string> devices;
    const model::Link* link = state != nullptr ? state->link(group.key.ifindex) : nullptr;
    if (!group.device.empty()) {
        devices.push_back(group.device);
    } else if (link != nullptr) {
        devices.push_back(link->name);
    }
    std::set<std::string> wanted;
    for (const Cause& cause : registry()) {
        if (!cause.applies_to(group)) continue;
        for (const std::string_view name : cause.sysctls) add_setting_names(name, devices, wanted);
    }
    return {wanted.begin(), wanted.end()};
}

std::vector<CauseInfo> catalogue() {
    std::vector<CauseInfo> all;
    for (const Cause& cause : registry()) {
        all.push_back({std::string(cause.id), std::string(cause.title), std::string(cause.facts),
                       std::string(cause.certainty), cause.in_lab ? std::string(cause.id) : ""});
    }
    return all;
}

}  // namespace knowhy::explain
