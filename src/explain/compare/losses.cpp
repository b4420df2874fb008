#include "explain/compare/losses.h"

#include <fmt/format.h>

#include <algorithm>

#include "explain/explain.h"

namespace knowhy::explain {
namespace {

using model::Finding;
using model::Observation;
using model::Verdict;

std::vector<Finding> lost(const Observation& observation) {
    std::vector<Finding> findings = explain(observation);
    std::erase_if(findings, [](const Finding& finding) {
        return finding.verdict == Verdict::Harmless || finding.count == 0;
    });
    return findings;
}

uint64_t packets(const std::vector<Finding>& findings) {
    uint64_t sum = 0;
    for (const Finding& finding : findings) sum += finding.count;
    return sum;
}

bool are_alike(const Finding& a, const Finding& b) {
    const std::string place = a.where ? a.where->function : "";
    return a.cause == b.cause && a.device == b.device &&
           place == (b.where ? b.where->function : "");
}

std::vector<Finding> without(const std::vector<Finding>& findings,
                             const std::vector<Finding>& others) {
    std::vector<Finding> rest;
    for (const Finding& finding : findings) {
        const bool both = std::any_of(others.begin(), others.end(), [&](const Finding& other) {
            return are_alike(finding, other);
        });
        if (!both) rest.push_back(finding);
    }
    return rest;
}

// Whether the recording looked for losses at all: a recording of functions or of state did not.
bool looked(const Observation& observation) {
    return !observation.accounting.source.empty();
}

PartingPlace place_of(const Finding& finding) {
    PartingPlace place;
    for (const model::SetBy& setting : finding.set_by) place.names.push_back(setting.name);
    if (!finding.device.empty()) place.devices.push_back(finding.device);
    if (finding.sample)
        for (const model::Fact& fact : finding.sample->facts)
            if (fact.kind == model::Fact::Kind::Around || fact.value.value_or(0) != 0)
                place.functions.insert(place.functions.begin(), fact.point);
    if (finding.where) place.functions.push_back(finding.where->function);
    if (finding.sample)
        for (const model::Place& caller : finding.sample->stack)
            if (std::find(place.functions.begin(), place.functions.end(), caller.function) ==
                place.functions.end())
                place.functions.push_back(caller.function);
    return place;
}

}  // namespace

std::optional<Parting> compare_losses(const Observation& good, const Observation& bad,
                                      model::Comparison& into) {
    into.losses_compared = looked(good) && looked(bad);
    if (!into.losses_compared) return std::nullopt;
    const auto ours = lost(good);
    const auto theirs = lost(bad);
    into.good.lost = packets(ours);
    into.bad.lost = packets(theirs);
    const auto only_bad = without(theirs, ours);
    into.losses_alike = theirs.size() - only_bad.size();
    for (const Finding& finding : only_bad) into.losses.push_back({model::Side::Bad, finding});
    for (const Finding& finding : without(ours, theirs))
        into.losses.push_back({model::Side::Good, finding});
    if (only_bad.empty()) return std::nullopt;
    const Finding& first = *std::min_element(
        only_bad.begin(), only_bad.end(),
        [](const Finding& a, const Finding& b) { return a.first_ns < b.first_ns; });
    Parting parting;
    parting.divergence.kind = model::Divergence::Kind::Loss;
    parting.divergence.lacking = model::Side::Good;
    if (first.where) parting.divergence.function = first.where->function;
    parting.divergence.loss = first;
    parting.divergence.sentence =
        fmt::format("the bad side loses packets that the good side does not: {}", first.sentence);
    parting.place = place_of(first);
    return parting;
}

}  // namespace knowhy::explain
