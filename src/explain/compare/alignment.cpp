#include "explain/compare/alignment.h"

#include <algorithm>

#include "explain/compare/call_values.h"
#include "explain/compare/sequence.h"

namespace knowhy::explain {
namespace {

using model::ComparedCall;
using model::ComparedValue;
using model::PathStep;
using Kind = model::Divergence::Kind;

constexpr size_t kShownBefore = 5;
constexpr size_t kShownAfter = 7;

std::optional<ComparedValue> outcome(const CallNode& node) {
    return node.returned != nullptr ? outcome_of(node.function, *node.returned) : std::nullopt;
}

const ComparedValue* named(const std::vector<ComparedValue>& values, const std::string& name) {
    const auto found = std::find_if(values.begin(), values.end(),
                                    [&](const ComparedValue& value) { return value.name == name; });
    return found != values.end() ? &*found : nullptr;
}

ComparedCall shown_call(const CallNode& node, uint64_t start_ns) {
    ComparedCall call;
    call.function = node.function;
    call.arguments = arguments_of(*node.entered);
    call.returned = outcome(node);
    call.comm = node.entered->comm;
    call.after_ns = node.entered->time_ns - std::min(start_ns, node.entered->time_ns);
    return call;
}

void keep_what_tells(ComparedCall& call) {
    std::erase_if(call.arguments,
                  [](const ComparedValue& value) { return !is_worth_showing(value); });
}

// True when they differ.
bool mark(std::vector<ComparedValue>& good, std::vector<ComparedValue>& bad) {
    bool differs = false;
    for (ComparedValue& value : good) {
        for (ComparedValue& other : bad) {
            if (value.name != other.name || value.text == other.text) continue;
            value.differs = other.differs = differs = true;
        }
    }
    return differs;
}

PathStep both_step(const CallNode& good, const CallNode& bad, uint64_t good_ns, uint64_t bad_ns) {
    PathStep step;
    step.depth = good.depth;
    step.good = shown_call(good, good_ns);
    step.bad = shown_call(bad, bad_ns);
    bool differs = mark(step.good->arguments, step.bad->arguments);
    if (step.good->returned && step.bad->returned &&
        step.good->returned->text != step.bad->returned->text)
        step.good->returned->differs = step.bad->returned->differs = differs = true;
    step.kind = differs ? PathStep::Kind::Values : PathStep::Kind::Alike;
    keep_what_tells(*step.good);
    keep_what_tells(*step.bad);
    return step;
}

// The steps in order, each with the nodes that it stands for.
struct Script {
    std::vector<std::pair<std::optional<size_t>, std::optional<size_t>>> nodes;

    Script(const std::vector<std::pair<size_t, size_t>>& matches, size_t good_size,
           size_t bad_size) {
        size_t good = 0;
        size_t bad = 0;
        const auto fill = [&](size_t good_end, size_t bad_end) {
            for (; good < good_end; ++good) nodes.emplace_back(good, std::nullopt);
            for (; bad < bad_end; ++bad) nodes.emplace_back(std::nullopt, bad);
        };
        for (const auto& [a, b] : matches) {
            fill(a, b);
            nodes.emplace_back(good++, bad++);
        }
        fill(good_size, bad_size);
    }
};

}  // namespace

Alignment::Alignment(const CallPath& good, const CallPath& bad) : good_(good), bad_(bad) {
    matches_ = common_sequence(good.nodes.size(), bad.nodes.size(), [&](size_t a, size_t b) {
        return good.nodes[a].function == bad.nodes[b].function;
    });
    for (const auto& [a, b] : matches_) {
        const CallNode& left = good.nodes[a];
        const CallNode& right = bad.nodes[b];
        moments_.emplace_back(right.entered->time_ns, left.entered->time_ns);
        if (left.returned != nullptr && right.returned != nullptr)
            moments_.emplace_back(right.returned->time_ns, left.returned->time_ns);
    }
    std::sort(moments_.begin(), moments_.end());
    for (const auto& [a, b] : matches_) compare_nodes(a, b);
    add_missing();
    std::stable_sort(candidates_.begin(), candidates_.end(),
                     [](const Candidate& a, const Candidate& b) { return a.at_ns < b.at_ns; });
}

void Alignment::compare_nodes(size_t good, size_t bad) {
    const CallNode& left = good_.nodes[good];
    const CallNode& right = bad_.nodes[bad];
    const auto theirs = arguments_of(*right.entered);
    for (const ComparedValue& value : arguments_of(*left.entered)) {
        const ComparedValue* other = named(theirs, value.name);
        if (other == nullptr || other->text == value.text) continue;
        candidates_.push_back({Kind::Argument, good, bad, value.name, value.text, other->text,
                               left.entered->time_ns});
    }
    const auto ours = outcome(left);
    const auto others = outcome(right);
    if (ours && others && ours->text != others->text)
        candidates_.push_back(
            {Kind::Return, good, bad, "return", ours->text, others->text, left.returned->time_ns});
}

uint64_t Alignment::on_good_clock(uint64_t bad_ns) const {
    const auto later =
        std::upper_bound(moments_.begin(), moments_.end(), std::pair{bad_ns, ~uint64_t{0}});
    if (later == moments_.begin())
        return good_.nodes.empty() ? 0 : good_.nodes.front().entered->time_ns;
    return std::prev(later)->second;
}

void Alignment::add_missing() {
    const Script script(matches_, good_.nodes.size(), bad_.nodes.size());
    for (const auto& [good, bad] : script.nodes) {
        if (good && bad) continue;
        Candidate candidate;
        candidate.kind = Kind::MissingCall;
        candidate.good = good;
        candidate.bad = bad;
        candidate.at_ns = good ? good_.nodes[*good].entered->time_ns
                               : on_good_clock(bad_.nodes[*bad].entered->time_ns);
        candidates_.push_back(std::move(candidate));
    }
}

std::vector<std::string> Alignment::instead_of(const Candidate& candidate) const {
    const bool of_good = candidate.good.has_value();
    const size_t at = of_good ? *candidate.good : *candidate.bad;
    const CallPath& other = of_good ? bad_ : good_;
    size_t first = 0;
    size_t end = other.nodes.size();
    for (const auto& [good, bad] : matches_) {
        const size_t here = of_good ? good : bad;
        const size_t there = of_good ? bad : good;
        if (here > at) {
            end = there;
            break;
        }
        first = there + 1;
    }
    std::vector<std::string> names;
    for (size_t i = first; i < end; ++i) names.push_back(other.nodes[i].function);
    return names;
}

model::ComparedPath Alignment::shown(const Candidate& candidate, uint64_t good_start_ns,
                                     uint64_t bad_start_ns) const {
    model::ComparedPath path;
    path.subject = good_.subject;
    path.is_packet = good_.is_packet;
    const Script script(matches_, good_.nodes.size(), bad_.nodes.size());
    const auto& nodes = script.nodes;
    const auto parting = static_cast<size_t>(
        std::find(nodes.begin(), nodes.end(), std::pair{candidate.good, candidate.bad}) -
        nodes.begin());
    const size_t first = parting - std::min(parting, kShownBefore);
    const size_t end = std::min(nodes.size(), parting + 1 + kShownAfter);
    for (size_t i = 0; i < nodes.size(); ++i) {
        const auto& [good, bad] = nodes[i];
        if (i < first && good && bad) ++path.alike;
        if (i >= end && good) ++path.rest_good;
        if (i >= end && bad) ++path.rest_bad;
        if (i < first || i >= end) continue;
        if (good && bad) {
            path.steps.push_back(
                both_step(good_.nodes[*good], bad_.nodes[*bad], good_start_ns, bad_start_ns));
            continue;
        }
        PathStep& step = path.steps.emplace_back();
        const CallNode& node = good ? good_.nodes[*good] : bad_.nodes[*bad];
        step.kind = good ? PathStep::Kind::GoodOnly : PathStep::Kind::BadOnly;
        step.depth = node.depth;
        auto& call = good ? step.good : step.bad;
        call = shown_call(node, good ? good_start_ns : bad_start_ns);
        keep_what_tells(*call);
    }
    path.parting = parting - first;
    return path;
}

}  // namespace knowhy::explain
