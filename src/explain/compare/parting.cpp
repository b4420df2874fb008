#include "explain/compare/parting.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "explain/compare/alignment.h"
#include "explain/compare/call_values.h"
#include "explain/compare/path_group.h"

namespace knowhy::explain {
namespace {

using model::Divergence;
using model::Side;
using model::Trace;
using Kind = Divergence::Kind;

// Further back than so many calls, what a function returned decides little.
constexpr size_t kLookBack = 12;

// Work of everybody's is done in these.
bool is_kernel_thread(std::string_view comm) {
    return comm.starts_with("kworker/") || comm.starts_with("ksoftirqd/") ||
           comm.starts_with("swapper/") || comm.starts_with("rcu");
}

bool is_resolution(std::string_view function) {
    return function.starts_with("neigh_") || function.starts_with("__neigh") ||
           function.starts_with("arp_") || function.starts_with("ndisc_");
}

void add_once(std::vector<std::string>& list, const std::string& name) {
    if (std::find(list.begin(), list.end(), name) == list.end()) list.push_back(name);
}

void add_ancestors(const CallPath& path, const CallNode& node, std::vector<std::string>& names) {
    for (auto at = node.parent; at; at = path.nodes[*at].parent)
        add_once(names, path.nodes[*at].function);
}

void add_before(const CallPath& path, size_t node, std::vector<std::string>& names) {
    for (size_t back = 1; back <= std::min(node, kLookBack); ++back)
        add_once(names, path.nodes[node - back].function);
}

void add_inner(const CallPath& path, size_t node, std::vector<std::string>& names) {
    for (size_t i = node + 1; i < path.nodes.size() && path.nodes[i].depth > path.nodes[node].depth;
         ++i)
        add_once(names, path.nodes[i].function);
}

// Who may have decided that the paths part there. A call is made, or left out, by those around it,
// on the ground of what came back before.
std::vector<std::string> deciders(const Alignment& alignment, const Candidate& candidate) {
    const CallPath& path = candidate.good ? alignment.good() : alignment.bad();
    const size_t at = candidate.good ? *candidate.good : *candidate.bad;
    const CallNode& node = path.nodes[at];
    std::vector<std::string> names;
    if (candidate.kind == Kind::MissingCall) {
        add_ancestors(path, node, names);
        add_once(names, node.function);
        for (const std::string& other : alignment.instead_of(candidate)) add_once(names, other);
    } else {
        add_once(names, node.function);
        add_inner(alignment.good(), *candidate.good, names);
        add_inner(alignment.bad(), *candidate.bad, names);
        add_ancestors(path, node, names);
    }
    add_before(path, at, names);
    return names;
}

std::vector<std::string> devices_in(const Alignment& alignment) {
    std::vector<std::string> devices;
    for (const CallPath* path : {&alignment.good(), &alignment.bad()})
        for (const CallNode& node : path->nodes)
            for (const std::string& device : devices_of(*node.entered)) add_once(devices, device);
    return devices;
}

const char* side_words(bool is_good) {
    return is_good ? "the good side" : "the bad side";
}

std::string sentence(const Divergence& divergence, const std::string& subject, bool is_packet) {
    const std::string about = is_packet ? "with " + subject : "for " + subject;
    const bool good_lacks = divergence.lacking == Side::Good;
    switch (divergence.kind) {
        case Kind::MissingCall:
            return fmt::format("{} calls {} {}; {} does not", side_words(!good_lacks),
                               divergence.function, about, side_words(good_lacks));
        case Kind::Argument:
            return fmt::format("{} is given {} = {} on the good side, {} on the bad side, {}",
                               divergence.function, divergence.value_name, divergence.good,
                               divergence.bad, about);
        case Kind::Return:
            return fmt::format("{} returns {} on the good side, {} on the bad side, {}",
                               divergence.function, divergence.good, divergence.bad, about);
        case Kind::MissingPacket:
            return fmt::format("{} has packets {}; {} has none", side_words(!good_lacks), subject,
                               side_words(good_lacks));
        case Kind::Loss:
            break;
    }
    return {};
}

class Comparer {
  public:
    Comparer(const Trace& good, const Trace& bad, const StateHints& state, const Decode& decode)
        : state_(state),
          seen_good_(good),
          seen_bad_(bad),
          good_start_ns_(good.calls.empty() ? 0 : good.calls.front().time_ns),
          bad_start_ns_(bad.calls.empty() ? 0 : bad.calls.front().time_ns) {
        watch(good, bad);
        good_paths_ = paths_of(good, functions_, decode);
        bad_paths_ = paths_of(bad, functions_, decode);
    }

    PathComparison compare() {
        const PathGroups good = groups_of(good_paths_);
        const PathGroups bad = groups_of(bad_paths_);
        for (const auto& [subject, paths] : good) {
            const auto other = bad.find(subject);
            if (other != bad.end())
                compare_groups(paths, other->second);
            else
                one_sided(paths, Side::Bad);
        }
        for (const auto& [subject, paths] : bad)
            if (!good.contains(subject)) one_sided(paths, Side::Good);
        std::stable_sort(found_.partings.begin(), found_.partings.end(), comes_before);
        found_.good_packets = packets(good_paths_);
        found_.bad_packets = packets(bad_paths_);
        return std::move(found_);
    }

  private:
    static uint64_t packets(const std::vector<CallPath>& paths) {
        return static_cast<uint64_t>(std::count_if(
            paths.begin(), paths.end(), [](const CallPath& path) { return path.is_packet; }));
    }

    // What only the bad side has comes of something; when that was, its clock cannot tell.
    static bool comes_before(const Parting& a, const Parting& b) {
        const auto is_answer = [](const Parting& parting) {
            return parting.divergence.kind == Kind::MissingPacket &&
                   parting.divergence.lacking == Side::Good;
        };
        return std::pair(is_answer(a), a.at_ns) < std::pair(is_answer(b), b.at_ns);
    }

    void watch(const Trace& good, const Trace& bad) {
        const auto ours = watched_functions(good);
        const auto theirs = watched_functions(bad);
        std::set_intersection(ours.begin(), ours.end(), theirs.begin(), theirs.end(),
                              std::inserter(functions_, functions_.end()));
        const auto tell = [&](const std::set<std::string>& names, const char* side) {
            std::string list;
            for (const std::string& name : names)
                if (!functions_.contains(name)) list += (list.empty() ? "" : ", ") + name;
            if (!list.empty())
                found_.uncompared.push_back(
                    fmt::format("watched on the {} side only: {}", side, list));
        };
        tell(ours, "good");
        tell(theirs, "bad");
        for (const auto& [side, seen] : {std::pair{"good", &seen_good_}, {"bad", &seen_bad_}})
            if (!seen->whole())
                found_.uncompared.push_back(fmt::format(
                    "the {} side missed some calls: that it lacks one is not held against it",
                    side));
    }

    void compare_groups(const PathGroup& good, const PathGroup& bad) {
        const size_t pairs = std::min(good.paths.size(), bad.paths.size());
        bool parted = false;
        for (size_t i = 0; i < pairs; ++i) {
            const Alignment alignment(*good.paths[i], *bad.paths[i]);
            found_.calls_alike += alignment.matched();
            const auto& candidates = alignment.candidates();
            const auto first =
                std::find_if(candidates.begin(), candidates.end(), [&](const Candidate& each) {
                    return each.kind == Kind::MissingCall ? lacks(alignment, each, good, bad)
                                                          : differs(alignment, each, good, bad);
                });
            if (first == candidates.end())
                ++found_.paths_alike;
            else if (!std::exchange(parted, true))
                part(alignment, *first);
        }
    }

    bool lacks(const Alignment& alignment, const Candidate& candidate, const PathGroup& good,
               const PathGroup& bad) const {
        const bool good_has = candidate.good.has_value();
        const CallPath& path = good_has ? alignment.good() : alignment.bad();
        const CallNode& node = path.nodes[good_has ? *candidate.good : *candidate.bad];
        const PathGroup& having = good_has ? good : bad;
        const PathGroup& lacking = good_has ? bad : good;
        return (good_has ? seen_bad_ : seen_good_).all_of(node.function) && counts(path, node) &&
               lacking.having(path, node) == 0 && having.most_have(path, node);
    }

    bool differs(const Alignment& alignment, const Candidate& candidate, const PathGroup& good,
                 const PathGroup& bad) const {
        const CallNode& node = alignment.good().nodes[*candidate.good];
        const std::string& name = candidate.value_name;
        return counts(alignment.good(), node) &&
               !good.ever(node.function, name, candidate.bad_value) &&
               !bad.ever(node.function, name, candidate.good_value) &&
               good.usual(node.function, name, candidate.good_value) &&
               bad.usual(node.function, name, candidate.bad_value);
    }

    [[nodiscard]] bool counts(const CallPath& path, const CallNode& node) const {
        if (is_periodic(node.function)) return false;
        return state_.neighbours_differ || !(path.flow.resolves || is_resolution(node.function));
    }

    void part(const Alignment& alignment, const Candidate& candidate) {
        Parting parting;
        Divergence& divergence = parting.divergence;
        divergence.kind = candidate.kind;
        const CallPath& path = candidate.good ? alignment.good() : alignment.bad();
        divergence.function =
            path.nodes[candidate.good ? *candidate.good : *candidate.bad].function;
        if (candidate.kind == Kind::MissingCall)
            divergence.lacking = candidate.good ? Side::Bad : Side::Good;
        divergence.value_name = candidate.value_name;
        divergence.good = candidate.good_value;
        divergence.bad = candidate.bad_value;
        divergence.path = alignment.shown(candidate, good_start_ns_, bad_start_ns_);
        divergence.sentence = sentence(divergence, path.subject, path.is_packet);
        parting.place.functions = deciders(alignment, candidate);
        parting.place.devices = devices_in(alignment);
        parting.at_ns = candidate.at_ns;
        found_.partings.push_back(std::move(parting));
    }

    // Whether that a side has nothing of the subject means something.
    [[nodiscard]] bool is_missed(const CallPath& path) const {
        if (path.is_packet) return !path.flow.background && !path.flow.name.empty();
        const auto devices = devices_of(*path.nodes.front().entered);
        const bool exists = std::any_of(devices.begin(), devices.end(), [&](const auto& device) {
            return state_.devices.contains(device);
        });
        return exists && !is_kernel_thread(path.nodes.front().entered->comm) &&
               !is_periodic(path.nodes.front().function);
    }

    // A whole subject that one side does not have.
    void one_sided(const PathGroup& group, Side lacking) {
        const CallPath& path = *group.paths.front();
        const bool good_has = lacking == Side::Bad;
        if (!is_missed(path) || !(good_has ? seen_bad_ : seen_good_).whole()) return;
        const CallPath nothing;
        const CallPath& good = good_has ? path : nothing;
        const CallPath& bad = good_has ? nothing : path;
        Parting parting;
        parting.divergence.kind = path.is_packet ? Kind::MissingPacket : Kind::MissingCall;
        parting.divergence.lacking = lacking;
        if (!path.is_packet) parting.divergence.function = path.nodes.front().function;
        const Alignment alignment(good, bad);
        Candidate first;
        (good_has ? first.good : first.bad) = 0;
        parting.divergence.path = alignment.shown(first, good_start_ns_, bad_start_ns_);
        parting.divergence.path->subject = path.subject;
        parting.divergence.path->is_packet = path.is_packet;
        parting.divergence.sentence = sentence(parting.divergence, path.subject, path.is_packet);
        parting.place.functions = deciders(alignment, first);
        parting.place.devices = devices_in(alignment);
        parting.at_ns = path.nodes.front().entered->time_ns;
        found_.partings.push_back(std::move(parting));
    }

    const StateHints& state_;
    SeenCalls seen_good_;
    SeenCalls seen_bad_;
    uint64_t good_start_ns_;
    uint64_t bad_start_ns_;
    std::set<std::string> functions_;
    std::vector<CallPath> good_paths_;
    std::vector<CallPath> bad_paths_;
    PathComparison found_;
};

}  // namespace

PathComparison compare_traces(const Trace& good, const Trace& bad, const StateHints& state,
                              const Decode& decode) {
    return Comparer(good, bad, state, decode).compare();
}

}  // namespace knowhy::explain
