#include "lang/sema/missing_probes.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/nearest.h"

namespace knowhy::lang {
namespace {

bool is_pattern(const std::string& text) {
    return text.find_first_of("*?[") != std::string::npos;
}

std::string meant(const std::string& name) {
    return fmt::format("did you mean {}?", name);
}

std::string elsewhere(Kernel& kernel, const std::string& name, const std::string& module) {
    if (const auto anywhere = kernel.functions(name, ""); anywhere && !anywhere->empty()) {
        const std::string& there = anywhere->front().module;
        return there.empty() ? name + " is in the kernel itself, in no module"
                             : fmt::format("{} is in module {}", name, there);
    }
    const auto all = kernel.functions("*", module);
    return all && all->empty() ? fmt::format("module {} is not loaded", module) : "";
}

}  // namespace

std::string missing_function_hint(Kernel& kernel, const std::string& name,
                                  const std::string& module, Dialect dialect) {
    if (is_pattern(name)) return "knowhy list 'kprobe:PATTERN' shows what there is";
    if (!module.empty())
        if (std::string where = elsewhere(kernel, name, module); !where.empty()) return where;
    std::vector<std::string> names;
    if (const auto all = kernel.functions("*", module))
        for (const KernelFunction& function : *all) names.push_back(function.name);
    if (const auto near = nearest(name, names)) return meant(*near);
    const std::string prefix = module.empty() ? "" : module + ':';
    return dialect == Dialect::Stap
               ? std::string("a function that is inlined everywhere has no return to probe")
               : fmt::format("it may be inlined everywhere: kprobe:{}inline:{}", prefix, name);
}

std::string missing_tracepoint_hint(Kernel& kernel, const std::string& system,
                                    const std::string& event) {
    std::vector<std::string> events;
    std::vector<std::string> systems;
    if (const auto all = kernel.tracepoints("*", "*"))
        for (const Kernel::Tracepoint& each : *all) {
            if (each.system == system)
                events.push_back(each.name);
            else if (each.name == event)
                return meant(fmt::format("tracepoint:{}:{}", each.system, event));
            systems.push_back(each.system);
        }
    if (const auto near = nearest(event, events))
        return meant(fmt::format("tracepoint:{}:{}", system, *near));
    if (!events.empty())
        return fmt::format("knowhy list 'tracepoint:{}:*' shows what there is", system);
    const auto near = nearest(system, systems);
    return near ? fmt::format("there is no system {}; did you mean {}?", system, *near)
                : "knowhy list 'tracepoint:*' shows what there is";
}

std::string missing_raw_tracepoint_hint(Kernel& kernel, const std::string& event) {
    if (const auto all = kernel.raw_tracepoints("*"))
        if (const auto near = nearest(event, *all)) return meant(*near);
    return "knowhy list 'rawtracepoint:*' shows what there is";
}

}  // namespace knowhy::lang
