#include "bpf/load/ladder.h"

#include <fmt/format.h>

namespace knowhy::bpf {
namespace {

// A trampoline passes on at most this many arguments (BPF_MAX_TRAMP_ARGS less those on the stack,
// kernel/bpf/trampoline.c): with more, a program loads and its attach fails with ENOTSUPP.
constexpr unsigned kTrampolineArguments = 6;

std::string why_not(const Rung& rung, const FunctionFacts& function, const Abilities& abilities) {
    if (rung.means == Rung::Means::Kprobe) {
        return abilities.kprobe.empty() ? "" : fmt::format("kprobe: {}", abilities.kprobe);
    }
    if (!abilities.tracing.empty()) return fmt::format("{}: {}", rung.name, abilities.tracing);
    if (!function.in_btf) return fmt::format("{}: no BTF for this function", rung.name);
    if (function.parameters.value_or(0) > kTrampolineArguments) {
        return fmt::format("{}: {} parameters, more than a trampoline passes on", rung.name,
                           *function.parameters);
    }
    return "";
}

}  // namespace

Choice choose_rungs(const std::vector<Rung>& ladder, const FunctionFacts& function,
                    const Abilities& abilities) {
    Choice choice;
    if (!function.in_btf && !function.module_loaded) {
        choice.why = fmt::format("module {} is not loaded", function.module);
        return choice;
    }
    for (const Rung& rung : ladder) {
        const std::string why = why_not(rung, function, abilities);
        if (why.empty()) {
            choice.rungs.push_back(rung);
            continue;
        }
        if (!choice.why.empty()) choice.why += "; ";
        choice.why += why;
    }
    return choice;
}

}  // namespace knowhy::bpf
