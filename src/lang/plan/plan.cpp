#include "lang/plan/plan.h"

#include <fmt/format.h>

#include "base/text.h"
#include "ir/print.h"

namespace knowhy::lang {
namespace {

std::string_view kind_name(const OutputKind& kind) {
    constexpr std::string_view kNames[] = {"printf",  "value",     "map",   "map element", "exit",
                                           "time",    "join",      "cat",   "system",      "error",
                                           "failure", "histogram", "packet"};
    return kNames[kind.index()];
}

std::string_view kind_name(ir::Map::Kind kind) {
    constexpr std::string_view kNames[] = {
        "hash",          "lru hash",    "per-CPU hash", "per-CPU lru hash", "array",
        "per-CPU array", "ring buffer", "stacks",       "perf events"};
    return kNames[static_cast<size_t>(kind)];
}

}  // namespace

std::string to_text(const Plan& plan) {
    std::string text;
    for (size_t i = 0; i < plan.ir_maps.size(); ++i) {
        const ir::Map& map = plan.ir_maps[i];
        const MapPlan& seen = plan.maps[i];
        text += fmt::format("map {}: {}, {} entries", i, kind_name(map.kind), map.max_entries);
        if (!seen.name.empty())
            text += fmt::format(", {}[{}] = {}", seen.name, to_text(seen.key, *plan.types),
                                to_text(seen.value, *plan.types));
        text += fmt::format(", {} -> {} bytes\n", map.key_bytes, map.value_bytes);
    }
    for (size_t i = 0; i < plan.outputs.size(); ++i) {
        const Output& output = plan.outputs[i];
        text += fmt::format("output {}: {}", i, kind_name(output.kind));
        if (const auto* printf = std::get_if<PrintfOutput>(&output.kind))
            text += " \"" + escaped(printf->format) + "\"";
        for (const OutputField& field : output.fields)
            text += fmt::format(", {} at {}", to_text(field.type, *plan.types), field.offset);
        text += '\n';
    }
    for (const ProbePlan& probe : plan.probes) {
        text += probe.in_user_space ? "probe in user space:" : "probe:";
        for (const Target& target : probe.targets) text += ' ' + target.name;
        text += '\n';
    }
    return text;
}

}  // namespace knowhy::lang
