#include "lang/sema/functions.h"

#include <algorithm>

#include "lang/sema/tapset.h"
#include "lang/source/codes.h"

namespace knowhy::lang {
namespace {

using ir::Constant;
using ir::ContextArgument;
using ir::Helper;
using ir::MapId;
using ir::Operand;

// Aggregations by themselves: only good on the right of `@x =`.
Value aggregation_alone(Lowering& lowering, const Call& call, Span span) {
    lowering.error(codes::kOnlyInMap, span, fmt::format("{}() makes a map's value", call.function),
                   fmt::format("@x = {}(...)", call.function));
    return Value::unknown();
}

}  // namespace

Value kernel_stack(Lowering& lowering, const Type::Stack& how, Span span) {
    if (lowering.site().in_user_space()) {
        lowering.error(codes::kNotHere, span,
                       fmt::format("{} has no kernel stack", lowering.probe_text()),
                       "it runs in user space; probes in the kernel have one");
        return Value::unknown();
    }
    Type type = Type::of(Type::Kind::KernelStack);
    type.stack = how;
    const MapId map{stack_map(lowering.script(), how.depth)};
    return Value::of(type, lowering.emitter().call(Helper::StackId,
                                                   {ContextArgument{}, map, Operand{Constant{0}}}));
}

const std::vector<FunctionInfo>& functions() {
    static const std::vector<FunctionInfo> kAll = [] {
        std::vector<FunctionInfo> all = {
            {"count", "@x = count()", "how often", 0, 0, false, aggregation_alone},
            {"sum", "@x = sum(n)", "the sum of n", 1, 1, false, aggregation_alone},
            {"min", "@x = min(n)", "the least n", 1, 1, false, aggregation_alone},
            {"max", "@x = max(n)", "the greatest n", 1, 1, false, aggregation_alone},
            {"avg", "@x = avg(n)", "the mean of n", 1, 1, false, aggregation_alone},
            {"stats", "@x = stats(n)", "count, mean and sum of n", 1, 1, false, aggregation_alone},
            {"hist", "@x = hist(n[, bits])", "a histogram of n, by powers of two", 1, 2, false,
             aggregation_alone},
            {"lhist", "@x = lhist(n, min, max, step)", "a histogram of n, in equal steps", 4, 4,
             false, aggregation_alone},
        };
        for (const auto& table : {output_functions(), value_functions(), string_functions(),
                                  task_functions(), language_functions(), packet_functions()})
            all.insert(all.end(), table.begin(), table.end());
        std::ranges::sort(all, {}, &FunctionInfo::name);
        return all;
    }();
    return kAll;
}

const FunctionInfo* find_function(std::string_view name, Dialect dialect) {
    const auto& table = dialect == Dialect::Stap ? tapset() : functions();
    const auto found = std::ranges::find(table, name, &FunctionInfo::name);
    return found != table.end() ? &*found : nullptr;
}

std::vector<std::string> function_names(Dialect dialect) {
    std::vector<std::string> names;
    for (const FunctionInfo& function : dialect == Dialect::Stap ? tapset() : functions())
        names.emplace_back(function.name);
    return names;
}

}  // namespace knowhy::lang
