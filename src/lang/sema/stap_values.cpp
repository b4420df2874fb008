// What is SystemTap's own in expressions: variables without a dollar, and the tapset's functions.
#include <algorithm>

#include "base/nearest.h"
#include "lang/sema/builtins.h"
#include "lang/sema/lowering.h"
#include "lang/sema/stap_statistics.h"
#include "lang/sema/tapset.h"
#include "lang/sema/text.h"
#include "lang/source/codes.h"

namespace knowhy::lang {

using ir::Constant;
using ir::Operand;
using Kind = Type::Kind;
using View = ProbeSite::View;

bool Lowering::is_stap() const {
    return script_.script.dialect == Dialect::Stap;
}

bool Lowering::is_global(const std::string& name) const {
    return is_stap() && std::ranges::find(script_.script.globals, name, &Global::name) !=
                            script_.script.globals.end();
}

// argc, argv_1 and its kin: what was given to the script, as texts.
std::optional<Value> Lowering::script_argument(const std::string& name) {
    constexpr std::string_view kPrefix = "argv_";
    const auto& given = script_.options.arguments;
    if (name == "argc") return Value::integer(Constant{given.size()}, true);
    if (!name.starts_with(kPrefix)) return std::nullopt;
    const auto number = parse_number(std::string_view(name).substr(kPrefix.size()));
    if (!number || *number == 0) return std::nullopt;
    return of(String{*number <= given.size() ? given[*number - 1] : ""}, {});
}

Value Lowering::stap_name(const std::string& name, Span span) {
    if (is_global(name)) {
        MapAccess whole;
        whole.name = name;
        return map_value(whole, span);
    }
    if (Home* home = home_of(name)) {
        if (const auto* reg = std::get_if<ir::Reg>(&home->at))
            return Value::of(home->type, Operand{*reg});
        return loaded(std::get<ir::Place>(home->at), home->type);
    }
    if (auto argument = script_argument(name)) return *argument;
    error(codes::kUndefinedVariable, span, fmt::format("{} is read and never set", name));
    return Value::unknown();
}

const std::vector<FunctionInfo>& tapset() {
    static const std::vector<FunctionInfo> kAll = [] {
        std::vector<FunctionInfo> all;
        for (const auto& table :
             {output_tapset(), string_tapset(), rewriting_tapset(), data_tapset(), indent_tapset(),
              screen_tapset(), statistic_functions(), target_operators(), stack_tapset(),
              memory_tapset(), network_tapset()})
            all.insert(all.end(), table.begin(), table.end());
        return all;
    }();
    return kAll;
}

}  // namespace knowhy::lang
