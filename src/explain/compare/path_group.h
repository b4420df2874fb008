// What is so of every run on one side: all paths of one subject, and what a side can be blamed for.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "explain/compare/paths.h"

namespace knowhy::explain {

// Timers and the like: work that comes when its time has come, not because of the scenario.
bool is_periodic(std::string_view function);

// How often each call and each value is in the paths of one subject on one side.
class PathGroup {
  public:
    std::vector<const CallPath*> paths;

    void add(const CallPath& path);

    // In how many of the paths that call is; in as many as a difference must be in.
    [[nodiscard]] size_t having(const CallPath& path, const CallNode& node) const;
    [[nodiscard]] bool most_have(const CallPath& path, const CallNode& node) const;
    // Whether that value was ever seen there, and whether it is the usual one.
    [[nodiscard]] bool ever(const std::string& function, const std::string& name,
                            const std::string& text) const;
    [[nodiscard]] bool usual(const std::string& function, const std::string& name,
                             const std::string& text) const;

  private:
    std::map<std::string, size_t> calls_;
    std::map<std::string, std::map<std::string, size_t>> values_;
};

using PathGroups = std::map<std::string, PathGroup>;  // by subject
PathGroups groups_of(const std::vector<CallPath>& paths);

// Whether a side saw all of its calls: only then it can be blamed for lacking one.
class SeenCalls {
  public:
    explicit SeenCalls(const model::Trace& trace);
    [[nodiscard]] bool all_of(const std::string& function) const {
        return whole_ && !missed_.contains(function);
    }
    [[nodiscard]] bool whole() const { return whole_ && missed_.empty(); }

  private:
    bool whole_;
    std::set<std::string> missed_;
};

}  // namespace knowhy::explain
