// What a cause is: a descriptor in one registry, from which explain(), sysctls_wanted() and
// docs/causes.md all follow. The causes themselves stand in cause_*.cpp, by area.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "explain/conclusion.h"
#include "explain/context.h"

namespace knowhy::explain {

struct Cause {
    std::string_view id;
    std::string_view title;
    std::string_view facts;      // what it needs, for people
    std::string_view certainty;  // when certain, when likely, for people
    bool in_lab = true;          // false: no recipe shows it on the lab's kernels

    // A group is put to this cause when the kernel's reason is one of these or the packet was freed
    // in one of these functions (clone suffixes ignored). match() decides; these only narrow.
    std::vector<std::string_view> reasons = {};
    std::vector<std::string_view> places = {};

    // Sysctls that match() looks at. "{dev}" stands for the group's device and for "all"; `default`
    // is never read, because it does not act on a device that exists.
    std::vector<std::string_view> sysctls = {};

    std::optional<Conclusion> (*match)(const Context&) = nullptr;

    [[nodiscard]] bool applies_to(const model::DropGroup& group) const;
};

// Every cause, in the order in which equally sure ones are preferred. Two of them being certain of
// one packet is a bug in one of them.
const std::vector<Cause>& registry();
const Cause* find_cause(std::string_view id);

}  // namespace knowhy::explain
