#include "explain/compare/path_group.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "explain/compare/call_values.h"
#include "model/drop.h"

namespace knowhy::explain {
namespace {

// From so many packets of a flow on, what parts two hosts must be so of half of them.
constexpr size_t kMany = 4;
constexpr std::array<std::string_view, 8> kPeriodic = {"timer",   "timeout",  "gc",      "expire",
                                                       "expired", "watchdog", "delayed", "rcu"};

// A second call of a function for one packet is another one than the first. How often an object is
// looked at, or into how many packets a stream is cut, is up to timing.
std::string label(const CallPath& path, const CallNode& node) {
    if (!path.is_packet || path.flow.is_stream) return node.function;
    return fmt::format("{} {}", node.function, std::min(node.occurrence, 3U));
}

std::string value_key(const std::string& function, const std::string& name) {
    return function + '\n' + name;
}

}  // namespace

bool is_periodic(std::string_view function) {
    const auto words = split(function, '_');
    return std::any_of(words.begin(), words.end(), [](std::string_view word) {
        return std::find(kPeriodic.begin(), kPeriodic.end(), word) != kPeriodic.end();
    });
}

void PathGroup::add(const CallPath& path) {
    paths.push_back(&path);
    std::set<std::string> labels;
    for (const CallNode& node : path.nodes) {
        labels.insert(label(path, node));
        for (const model::ComparedValue& value : arguments_of(*node.entered))
            ++values_[value_key(node.function, value.name)][value.text];
        if (node.returned == nullptr) continue;
        if (const auto value = outcome_of(node.function, *node.returned))
            ++values_[value_key(node.function, value->name)][value->text];
    }
    for (const std::string& each : labels) ++calls_[each];
}

size_t PathGroup::having(const CallPath& path, const CallNode& node) const {
    const auto found = calls_.find(label(path, node));
    return found != calls_.end() ? found->second : 0;
}

bool PathGroup::most_have(const CallPath& path, const CallNode& node) const {
    const size_t count = having(path, node);
    return paths.size() < kMany ? count > 0 : 2 * count >= paths.size();
}

bool PathGroup::ever(const std::string& function, const std::string& name,
                     const std::string& text) const {
    const auto found = values_.find(value_key(function, name));
    return found != values_.end() && found->second.contains(text);
}

bool PathGroup::usual(const std::string& function, const std::string& name,
                      const std::string& text) const {
    const auto found = values_.find(value_key(function, name));
    if (found == values_.end() || !found->second.contains(text)) return false;
    size_t all = 0;
    for (const auto& [each, count] : found->second) all += count;
    return all < kMany || 2 * found->second.at(text) >= all;
}

PathGroups groups_of(const std::vector<CallPath>& paths) {
    PathGroups groups;
    for (const CallPath& path : paths) groups[path.subject].add(path);
    return groups;
}

SeenCalls::SeenCalls(const model::Trace& trace) : whole_(trace.lost == 0 && trace.cut == 0) {
    for (const model::TracedFunction& function : trace.functions)
        if (function.missed.value_or(0) != 0)
            missed_.insert(model::without_clone_suffix(function.name));
}

}  // namespace knowhy::explain
