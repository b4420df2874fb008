// What is SystemTap's own in expressions: variables without a dollar, and the tapset's functions.
#include <algorithm>

#include "base/nearest.h"
#include "lang/sema/builtins.h"
#include "lang/sema/codes.h"
#include "lang/sema/lowering.h"
#include "lang/sema/stap_statistics.h"
#include "lang/sema/tapset.h"

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
    error(code::kUndefinedVariable, span, fmt::format("{} is read and never set", name));
    return Value::unknown();
}

const std::vector<FunctionInfo>& tapset() {
    static const std::vector<FunctionInfo> kAll = [] {
        std::vector<FunctionInfo> all;
        for (const auto& table :
             {output_tapset(), string_tapset(), rewriting_tapset(), data_tapset(), indent_tapset(),
              statistic_functions(), target_operators(), stack_tapset(), memory_tapset(),
              network_tapset()})
            all.insert(all.end(), table.begin(), table.end());
        return all;
    }();
    return kAll;
}

}  // namespace knowhy::lang
