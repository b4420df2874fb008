#include "lang/sema/stap_globals.h"

#include <algorithm>
#include <set>

#include "lang/ast/walk.h"
#include "lang/sema/tapset.h"
#include "lang/sema/text.h"
#include "lang/source/codes.h"

namespace knowhy::lang {
namespace {

// Which globals the script reads, and which it writes. `x++;` and `x += 1;` only write.
class Uses {
  public:
    explicit Uses(const Script& script) {
        for (const Probe& probe : script.probes) {
            for (const ProbePoint& point : probe.points)
                if (point.condition) look(*point.condition, true);
            look(probe.body);
        }
        for (const ProbeAlias& alias : script.aliases) {
            look(alias.probe.body);
            look(alias.after);
        }
        for (const Function& function : script.functions) look(function.body);
    }

    // Written, and never read.
    [[nodiscard]] bool is_shown(const std::string& global) const {
        return written_.contains(global) && !read_.contains(global);
    }

  private:
    void look(const Expr& expr, bool is_used) {
        if (const auto* name = std::get_if<Name>(&expr.node)) read_.insert(name->name);
        if (const auto* access = std::get_if<MapAccess>(&expr.node)) read_.insert(access->name);
        if (const auto* in = std::get_if<InMap>(&expr.node)) read_.insert(in->map);
        if (const auto* assign = std::get_if<Assign>(&expr.node)) {
            target(*assign->target, is_used);
            return look(*assign->value, true);
        }
        if (const auto* step = std::get_if<Step>(&expr.node)) return target(*step->target, is_used);
        each_part(expr, [&](const auto& part) { look(part); });
    }
    void target(const Expr& expr, bool is_used) {
        if (is_used) return look(expr, true);
        if (const auto* name = std::get_if<Name>(&expr.node)) {
            written_.insert(name->name);
        } else if (const auto* access = std::get_if<MapAccess>(&expr.node)) {
            written_.insert(access->name);
            for (const ExprPtr& key : access->keys) look(key);
        } else {
            look(expr, true);
        }
    }
    void look(const ExprPtr& expr) {
        if (expr) look(*expr, true);
    }
    void look(const Block& block) {
        for (const StmtPtr& statement : block) look(*statement);
    }
    void look(const Stmt& statement) {
        if (const auto* alone = std::get_if<ExprStmt>(&statement.node))
            return look(*alone->value, false);
        if (const auto* loop = std::get_if<For>(&statement.node)) {
            if (loop->first) look(*loop->first, false);
            look(loop->condition);
            if (loop->step) look(*loop->step, false);
            return look(loop->body);
        }
        if (const auto* gone = std::get_if<Delete>(&statement.node)) {
            if (const auto* access = std::get_if<MapAccess>(&gone->target->node))
                for (const ExprPtr& key : access->keys) look(key);
            return;
        }
        if (const auto* loop = std::get_if<Foreach>(&statement.node)) read_.insert(loop->map);
        each_part(statement, [&](const auto& part) { look(part); });
    }

    std::set<std::string> written_;
    std::set<std::string> read_;
};

// A number or a text, as the language has it: nothing that would have to be computed.
std::variant<std::monostate, int64_t, std::string> known_value(const Expr& expr,
                                                               const CompileOptions& options) {
    if (const auto* number = std::get_if<Integer>(&expr.node))
        return static_cast<int64_t>(number->value);
    if (const auto* text = std::get_if<String>(&expr.node)) return text->value;
    if (const auto* unary = std::get_if<Unary>(&expr.node)) {
        const auto inner = known_value(*unary->operand, options);
        const auto* number = std::get_if<int64_t>(&inner);
        if (number != nullptr && unary->op == UnaryOp::Minus)
            return static_cast<int64_t>(0 - static_cast<uint64_t>(*number));
        return {};
    }
    const auto* parameter = std::get_if<Positional>(&expr.node);
    if (parameter == nullptr || parameter->number == 0 ||
        parameter->number > options.arguments.size())
        return {};
    const std::string& given = options.arguments[parameter->number - 1];
    if (parameter->as_string) return given;
    if (const auto number = parse_integer(given)) return *number;
    return {};
}

}  // namespace

void declare_globals(ScriptContext& script) {
    const Uses uses(script.script);
    for (const Global& global : script.script.globals) {
        MapFacts& facts = script.maps[global.name];
        facts.is_shown = uses.is_shown(global.name);
        if (global.wraps) facts.kind = "lruhash";
        if (!global.value) continue;
        facts.value_at_first = known_value(*global.value, script.options);
        if (std::holds_alternative<std::monostate>(facts.value_at_first)) {
            script.diagnostics.error(codes::kNotConstant, global.value->span,
                                     "a global begins as a number or a text in quotes",
                                     "assign to it in probe begin");
            continue;
        }
        facts.key = Type::none();
        facts.value = std::holds_alternative<int64_t>(facts.value_at_first) ? Type::integer(8, true)
                                                                            : stap_string();
    }
}

void place_globals(ScriptContext& script) {
    for (const Global& global : script.script.globals)
        if (const MapFacts& facts = script.maps.at(global.name); facts.is_shown && facts.value)
            map_id(script, global.name);
}

}  // namespace knowhy::lang
