// Takes an observation apart, one ingredient at a time.
#include <functional>

#include "explain/fixture.h"

namespace knowhy::explain::testing {
namespace {

using model::Observation;
using Reduced = std::map<std::string, Observation>;
using Change = std::function<void(Observation&)>;

model::DropSample* sample_of(Observation& observation) {
    auto& samples = observation.groups.front().samples;
    return samples.empty() ? nullptr : &samples.front();
}

void without(Reduced& into, const std::string& name, const Observation& whole,
             const Change& change) {
    Observation reduced = whole;
    change(reduced);
    into.emplace(name, std::move(reduced));
}

void disarm(Observation& observation, const std::string& point) {
    for (model::PointStatus& status : observation.accounting.points) {
        if (status.point == point) status.rung.clear();
    }
}

// A fact is missing when its point could not be armed. The group, which knows its last deciding
// point as well, must forget with the sample.
void forget_fact(Observation& observation, const std::string& point) {
    disarm(observation, point);
    model::DropGroup& group = observation.groups.front();
    if (group.point == point) {
        group.point.clear();
        group.key.point = 0;
        group.key.point_value = 0;
    }
    model::DropSample* sample = sample_of(observation);
    if (sample == nullptr) return;
    std::erase_if(sample->facts, [&](const model::Fact& fact) { return fact.point == point; });
}

template <typename T>
Change unread(std::vector<T> model::NetnsState::*part) {
    return [part](Observation& observation) {
        model::NetnsState& state = observation.host.namespaces[kNetns];
        (state.*part).clear();
        state.complete = false;
    };
}

void without_facts(Reduced& into, const Observation& whole) {
    const auto& group = whole.groups.front();
    std::vector<std::string> points = {group.point};
    for (const auto& sample : group.samples) {
        for (const auto& fact : sample.facts) points.push_back(fact.point);
    }
    for (const std::string& point : points) {
        if (point.empty()) continue;
        without(into, "fact:" + point, whole,
                [&](Observation& observation) { forget_fact(observation, point); });
    }
}

// A point that had nothing to tell is evidence, too: it must be missed when it was not armed.
void without_silent_points(Reduced& into, const Observation& whole) {
    for (const model::PointStatus& status : whole.accounting.points) {
        if (into.contains("fact:" + status.point)) continue;
        without(into, "point:" + status.point, whole,
                [&](Observation& observation) { disarm(observation, status.point); });
    }
}

void without_event_parts(Reduced& into, const Observation& whole) {
    without(into, "reason", whole,
            [](Observation& observation) { observation.groups.front().reason = {}; });
    without(into, "place", whole, [](Observation& observation) {
        observation.groups.front().place = {};
        if (model::DropSample* sample = sample_of(observation)) sample->stack.clear();
    });
    without(into, "rule_handle", whole,
            [](Observation& observation) { observation.groups.front().key.rule_handle = 0; });
    without(into, "sample", whole,
            [](Observation& observation) { observation.groups.front().samples.clear(); });
    if (whole.groups.front().samples.empty()) return;
    without(into, "packet", whole, [](Observation& observation) {
        sample_of(observation)->decoded = {};
        sample_of(observation)->packet = {};
    });
    without(into, "dst_error", whole,
            [](Observation& observation) { sample_of(observation)->dst_error.reset(); });
    without(into, "socket", whole,
            [](Observation& observation) { sample_of(observation)->socket.reset(); });
    without(into, "stack", whole,
            [](Observation& observation) { sample_of(observation)->stack.clear(); });
}

void without_state_parts(Reduced& into, const Observation& whole) {
    using State = model::NetnsState;
    without(into, "links", whole, unread(&State::links));
    without(into, "address", whole, unread(&State::addresses));
    without(into, "route", whole, unread(&State::routes));
    without(into, "rule", whole, unread(&State::rules));
    without(into, "neighbour", whole, unread(&State::neighbours));
    without(into, "fdb", whole, unread(&State::fdb));
    without(into, "qdisc", whole, unread(&State::qdiscs));
    without(into, "tc_filter", whole, unread(&State::tc_filters));
    without(into, "nft_chain", whole, unread(&State::nft_chains));
    without(into, "nft_rule", whole, unread(&State::nft_rules));
    without(into, "listener", whole, unread(&State::listeners));
    without(into, "groups", whole, [](Observation& observation) {
        observation.host.namespaces[kNetns].multicast_groups.clear();
        observation.host.namespaces[kNetns].complete = false;
    });
    without(into, "counters", whole,
            [](Observation& observation) { observation.host.namespaces[kNetns].after.clear(); });
    without(into, "host counters", whole,
            [](Observation& observation) { observation.host.after.clear(); });
    without(into, "state", whole,
            [](Observation& observation) { observation.host.namespaces.clear(); });
    const model::NetnsState* state = whole.host.netns(kNetns);
    if (state == nullptr) return;
    for (const auto& [name, value] : state->sysctls) {
        without(into, "sysctl:" + name, whole, [&name = name](Observation& observation) {
            observation.host.namespaces[kNetns].sysctls.erase(name);
        });
    }
}

}  // namespace

std::map<std::string, Observation> without_each(const Observation& observation) {
    Reduced reduced;
    without_facts(reduced, observation);
    without_silent_points(reduced, observation);
    without_event_parts(reduced, observation);
    without_state_parts(reduced, observation);
    return reduced;
}

}  // namespace knowhy::explain::testing
