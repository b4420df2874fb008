#include "lang/bpftrace/substitute.h"

#include <fmt/format.h>

#include <set>

#include "lang/ast/clone.h"
#include "lang/ast/parsing.h"
#include "lang/ast/walk.h"

namespace knowhy::lang::bpftrace {
namespace {

// The variables that a body sets itself.
class Locals {
  public:
    explicit Locals(const Macro& macro) {
        block(macro.body);
        if (macro.value) expr(*macro.value);
    }

    [[nodiscard]] bool contains(const std::string& name) const { return names_.contains(name); }

  private:
    void expr(const Expr& expr) {
        if (const auto* assign = std::get_if<Assign>(&expr.node))
            if (const auto* variable = std::get_if<Variable>(&assign->target->node))
                names_.insert(variable->name);
        parts(expr);
    }

    void block(const Block& block) {
        for (const StmtPtr& stmt : block) {
            if (const auto* let = std::get_if<Let>(&stmt->node)) names_.insert(let->name);
            if (const auto* loop = std::get_if<ForMap>(&stmt->node)) names_.insert(loop->variable);
            if (const auto* loop = std::get_if<ForRange>(&stmt->node))
                names_.insert(loop->variable);
            parts(*stmt);
        }
    }

    template <typename Tree>
    void parts(const Tree& tree) {
        each_part(tree, [this](const auto& part) {
            if constexpr (std::is_same_v<std::decay_t<decltype(part)>, Block>)
                block(part);
            else
                expr(*part);
        });
    }

    std::set<std::string> names_;
};

class Substitution {
  public:
    Substitution(const Macro& macro, const Arguments& arguments, size_t number,
                 Diagnostics& diagnostics)
        : macro_(macro),
          arguments_(arguments),
          number_(number),
          diagnostics_(diagnostics),
          locals_(macro) {}

    void expr(ExprPtr& slot) {
        if (const auto* name = std::get_if<Name>(&slot->node)) {
            const auto argument = arguments_.expressions.find(name->name);
            if (argument != arguments_.expressions.end()) slot = clone(*argument->second);
            return;
        }
        if (auto* variable = std::get_if<Variable>(&slot->node))
            rename_variable(variable->name, slot->span);
        if (auto* map = std::get_if<MapAccess>(&slot->node)) rename_map(map->name, slot->span);
        parts(*slot);
    }

    void block(Block& block) {
        for (StmtPtr& stmt : block) {
            if (auto* let = std::get_if<Let>(&stmt->node)) rename_variable(let->name, stmt->span);
            if (auto* loop = std::get_if<ForRange>(&stmt->node))
                rename_variable(loop->variable, stmt->span);
            if (auto* loop = std::get_if<ForMap>(&stmt->node)) {
                rename_variable(loop->variable, stmt->span);
                rename_map(loop->map, loop->map_span);
            }
            parts(*stmt);
        }
    }

  private:
    template <typename Tree>
    void parts(Tree& tree) {
        each_part(tree, [this](auto& part) {
            if constexpr (std::is_same_v<std::decay_t<decltype(part)>, Block>)
                block(part);
            else
                expr(part);
        });
    }

    void rename_variable(std::string& name, Span span) {
        const auto argument = arguments_.variables.find(name);
        if (argument != arguments_.variables.end())
            name = argument->second;
        else if (locals_.contains(name))
            name += fmt::format("@{}", number_);
        else
            foreign("$" + name, span);
    }

    void rename_map(std::string& name, Span span) {
        const auto argument = arguments_.maps.find(name);
        if (argument != arguments_.maps.end())
            name = argument->second;
        else
            foreign("@" + name, span);
    }

    void foreign(const std::string& what, Span span) {
        diagnostics_.error(
            codes::kMacroHygiene.id, span,
            fmt::format("macro {} uses {}, which was not passed to it", macro_.name, what),
            fmt::format("make it a parameter: macro {}({})", macro_.name, what));
    }

    const Macro& macro_;
    const Arguments& arguments_;
    size_t number_;
    Diagnostics& diagnostics_;
    Locals locals_;
};

}  // namespace

ExprPtr substitute(const Macro& macro, const Arguments& arguments, size_t number, Span call,
                   Diagnostics& diagnostics) {
    BlockValue body{clone(macro.body), clone(macro.value)};
    Substitution substitution(macro, arguments, number, diagnostics);
    substitution.block(body.statements);
    if (body.value) substitution.expr(body.value);
    return make_expr(call, std::move(body));
}

}  // namespace knowhy::lang::bpftrace
