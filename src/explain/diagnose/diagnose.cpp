#include "explain/diagnose/diagnose.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "explain/diagnose/rule.h"
#include "explain/identity.h"
#include "explain/setting.h"

namespace knowhy::explain {
namespace {

using model::Finding;

Finding to_finding(const Inspection& inspection, const Rule& rule, const std::string& device,
                   Conclusion found) {
    Finding finding;
    finding.cause = rule.id;
    finding.certainty = found.certainty;
    finding.verdict = found.verdict;
    finding.count = 1;
    finding.sentence = std::move(found.sentence);
    finding.device = device;
    const model::Link* link = inspection.state.link(device);
    if (link != nullptr) finding.ifindex = link->ifindex;
    finding.netns = inspection.state.inum;
    finding.netns_name = inspection.state.name;
    finding.evidence = std::move(found.evidence);
    finding.set_by = std::move(found.set_by);
    finding.try_next = std::move(found.try_next);
    finding.id = finding_id(finding, found.subject);
    return finding;
}

// The devices that a question about one of them is about: itself, its master, its ports, and what
// these are built on.
std::set<std::string> related(const model::NetnsState& state, const std::string& device) {
    std::set<std::string> names{device};
    const model::Link* asked = state.link(device);
    if (asked == nullptr) return names;
    for (const model::Link& link : state.links) {
        const bool is_part = link.master == asked->ifindex;
        const bool is_below = link.ifindex == asked->lower && link.ifindex != 0;
        const bool is_above = link.ifindex == asked->master && link.ifindex != 0;
        if (is_part || is_below || is_above) names.insert(link.name);
    }
    return names;
}

std::vector<Rule> all_rules() {
    std::vector<Rule> all;
    for (const auto area :
         {link_rules, driver_rules, bond_rules, lacp_rules, mtu_rules, address_rules, gateway_rules,
          source_rules, setting_rules, limit_rules, loss_rules, queue_rules}) {
        for (Rule& rule : area()) all.push_back(std::move(rule));
    }
    return all;
}

// Faults before what is normal, the surer ones first; then as the rules stand.
bool comes_before(const Finding& a, const Finding& b) {
    const bool a_harmless = a.verdict == Verdict::Harmless;
    const bool b_harmless = b.verdict == Verdict::Harmless;
    if (a_harmless != b_harmless) return b_harmless;
    return a.certainty < b.certainty;
}

}  // namespace

const std::vector<Rule>& rules() {
    static const std::vector<Rule> all = all_rules();
    return all;
}

std::vector<Finding> diagnose(const model::Observation& observation) {
    std::vector<Finding> findings;
    for (const auto& [inum, state] : observation.host.namespaces) {
        if (!observation.scope.has(inum)) continue;
        const std::string& asked = observation.scope.device;
        const auto about = related(state, asked);
        const Inspection inspection(observation.host, state);
        for (const Rule& rule : rules()) {
            rule.inspect(inspection, [&](const std::string& device, Conclusion found) {
                if (!asked.empty() && !about.contains(device)) return;
                findings.push_back(to_finding(inspection, rule, device, std::move(found)));
            });
        }
    }
    std::stable_sort(findings.begin(), findings.end(), comes_before);
    return findings;
}

std::vector<std::string> sysctls_to_diagnose(const model::NetnsState& state) {
    std::vector<std::string> devices;
    for (const model::Link& link : state.links) devices.push_back(link.name);
    std::set<std::string> wanted;
    for (const Rule& rule : rules())
        for (const std::string_view name : rule.sysctls) add_setting_names(name, devices, wanted);
    return {wanted.begin(), wanted.end()};
}

std::vector<RuleInfo> diagnoses() {
    std::vector<RuleInfo> all;
    for (const Rule& rule : rules()) {
        all.push_back({std::string(rule.id), std::string(rule.title), std::string(rule.facts),
                       std::string(rule.certainty), std::string(rule.remedy),
                       rule.in_lab ? std::string(rule.id) : ""});
    }
    return all;
}

}  // namespace knowhy::explain
