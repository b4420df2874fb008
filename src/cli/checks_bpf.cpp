#include <array>
#include <string_view>

#include "cli/checks.h"

namespace knowhy::cli {
namespace {

struct Consequence {
    std::string_view feature;
    std::string_view cost;
    std::string_view remedy;
};

constexpr std::string_view kNoPoints =
    "deciding functions are not seen returning: causes rest on packet and state, mostly likely";

// What is weaker without a way to attach. One that is not here costs nothing today, and what does
// not even load is told once, where it is missed.
constexpr std::array<Consequence, 6> kConsequences = {{
    {"tp_btf", "drops uses raw_tp instead", "CAP_BPF, CAP_PERFMON and a kernel with BTF"},
    {"raw_tp", "no second way to see drops where tp_btf is refused", "CAP_BPF and CAP_PERFMON"},
    {"fentry", kNoPoints, "CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS, and no policy that forbids it"},
    {"fexit", kNoPoints, "CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS, and no policy that forbids it"},
    {"kprobe", "functions that fexit cannot reach are not seen", "CONFIG_KPROBE_EVENTS"},
    {"kretprobe", "functions that fexit cannot reach are not seen", "CONFIG_KPROBE_EVENTS"},
}};

model::CheckGroup group_of(std::string title, const std::vector<bpf::Feature>& features,
                           std::string_view worked) {
    model::CheckGroup group{std::move(title), {}};
    for (const bpf::Feature& feature : features) {
        group.checks.push_back({feature.name, std::string(feature.works ? worked : feature.why),
                                feature.works, "", ""});
    }
    return group;
}

void add_consequences(model::Check& check) {
    for (const Consequence& consequence : kConsequences) {
        if (check.works == true || consequence.feature != check.name) continue;
        check.cost = consequence.cost;
        check.remedy = consequence.remedy;
    }
}

}  // namespace

model::CheckGroup check_programs(const bpf::Features& features) {
    return group_of("BPF programs that load, tried", features.programs, "loads");
}

model::CheckGroup check_attaches(const bpf::Features& features) {
    model::CheckGroup group = group_of("Ways to attach, tried", features.attaches, "attaches");
    for (model::Check& check : group.checks) add_consequences(check);
    return group;
}

model::CheckGroup check_maps(const bpf::Features& features) {
    model::CheckGroup group = group_of("BPF maps, tried", features.maps, "can be made");
    for (model::Check& check : group.checks) {
        if (check.works == false) check.cost = "drops cannot run";
    }
    return group;
}

}  // namespace knowhy::cli
