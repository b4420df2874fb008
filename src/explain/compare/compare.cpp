#include "explain/compare/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "explain/compare/losses.h"
#include "explain/compare/parting.h"
#include "explain/compare/reads.h"
#include "explain/compare/state_difference.h"

namespace knowhy::explain {
namespace {

using model::Observation;

model::ComparedSide side_of(const std::string& name, const Observation& observation) {
    model::ComparedSide side;
    side.name = name;
    side.kernel_release = observation.host.kernel_release;
    side.machine = observation.host.machine;
    side.build_id = observation.host.build_id;
    side.scenario = observation.trace.scenario;
    side.started_ns = observation.clock.realtime_ns;
    const model::Trace& trace = observation.trace;
    side.calls = static_cast<uint64_t>(
        std::count_if(trace.calls.begin(), trace.calls.end(), [](const model::TracedCall& call) {
            return call.kind == model::TracedCall::Kind::Entered;
        }));
    side.unseen = trace.lost + trace.cut;
    for (const model::TracedFunction& function : trace.functions)
        side.unseen += function.missed.value_or(0);
    return side;
}

bool tells_of_neighbours(const FactComparison& facts) {
    return std::any_of(facts.differences.begin(), facts.differences.end(),
                       [](const FactDifference& difference) {
                           return difference.about.kind == "neighbour" &&
                                  difference.about.nature <= Nature::Condition;
                       });
}

std::set<std::string> devices_of(const Observation& observation) {
    std::set<std::string> devices;
    for (const auto& [inum, state] : observation.host.namespaces)
        for (const model::Link& link : state.links) devices.insert(link.name);
    return devices;
}

StateHints hints(const FactComparison& facts, const Observation& good, const Observation& bad) {
    StateHints state;
    state.neighbours_differ = tells_of_neighbours(facts);
    const auto ours = devices_of(good);
    const auto theirs = devices_of(bad);
    std::set_intersection(ours.begin(), ours.end(), theirs.begin(), theirs.end(),
                          std::inserter(state.devices, state.devices.end()));
    return state;
}

// Says what it was that one side has and the other has not.
void note_what_is_missing(const Observation& good, const Observation& bad,
                          model::Comparison& into) {
    if (good.trace.empty() != bad.trace.empty())
        into.uncompared.push_back(fmt::format("function calls: only the {} side recorded any",
                                              good.trace.empty() ? "bad" : "good"));
    if (good.accounting.source.empty() != bad.accounting.source.empty())
        into.uncompared.push_back(fmt::format("losses: only the {} side looked for them",
                                              good.accounting.source.empty() ? "bad" : "good"));
}

}  // namespace

model::Comparison compare(const Observation& good, const Observation& bad,
                          const CompareOptions& options) {
    model::Comparison result;
    result.good = side_of(options.good_name, good);
    result.bad = side_of(options.bad_name, bad);
    FactComparison facts = compare_states(good, bad);
    std::vector<Parting> partings;
    if (!options.state_only) {
        note_what_is_missing(good, bad, result);
        result.paths_compared = !good.trace.empty() && !bad.trace.empty();
        if (result.paths_compared) {
            PathComparison paths =
                compare_traces(good.trace, bad.trace, hints(facts, good, bad), options.decode);
            result.paths_alike = paths.paths_alike;
            result.calls_alike = paths.calls_alike;
            result.good.packets = paths.good_packets;
            result.bad.packets = paths.bad_packets;
            result.uncompared = std::move(paths.uncompared);
            partings = std::move(paths.partings);
        }
        // A loss has its cause with it: it says more than where calls part.
        if (auto loss = compare_losses(good, bad, result))
            partings.insert(partings.begin(), std::move(*loss));
    }
    tell_state(facts, partings.empty() ? PartingPlace{} : partings.front().place, result);
    for (Parting& parting : partings) {
        if (!result.first)
            result.first = std::move(parting.divergence);
        else
            result.further.push_back(std::move(parting.divergence));
    }
    return result;
}

std::vector<ReaderInfo> known_readers() {
    std::vector<ReaderInfo> all;
    for (const Reader& reader : readers()) {
        ReaderInfo info;
        for (const std::string_view function : reader.functions)
            info.functions.emplace_back(function);
        info.what = reader.what;
        for (const ReadFact& fact : reader.facts)
            info.facts.push_back(fact.name == "*" ? std::string(fact.kind)
                                                  : fmt::format("{} {}", fact.kind, fact.name));
        all.push_back(std::move(info));
    }
    return all;
}

}  // namespace knowhy::explain
