#include <algorithm>

#include "explain/causes.h"

namespace knowhy::explain {
namespace {

std::vector<Cause> all_causes() {
    std::vector<Cause> all;
    for (const auto area : {ipv4_source_causes}) {
        for (Cause& cause : area()) all.push_back(std::move(cause));
    }
    return all;
}

}  // namespace

const std::vector<Cause>& registry() {
    static const std::vector<Cause> causes = all_causes();
    return causes;
}

const Cause* find_cause(std::string_view id) {
    const auto& all = registry();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const Cause& cause) { return cause.id == id; });
    return found != all.end() ? &*found : nullptr;
}

}  // namespace knowhy::explain
