#include "lang/bpftrace/macros.h"

#include <fmt/format.h>

#include <algorithm>

#include "lang/ast/walk.h"
#include "lang/bpftrace/discard.h"
#include "lang/bpftrace/substitute.h"
#include "lang/source/codes.h"

namespace knowhy::lang::bpftrace {
namespace {

using Kind = Macro::Parameter::Kind;

constexpr size_t kMostNested = 32;
// Macros that use each other twice grow by powers: this is where it stops.
constexpr size_t kMostNodes = 50'000;

bool fits(const Macro::Parameter& parameter, const ExprPtr& argument) {
    if (parameter.kind == Kind::Variable) return std::holds_alternative<Variable>(argument->node);
    if (parameter.kind == Kind::Expression) return true;
    const auto* map = std::get_if<MapAccess>(&argument->node);
    return map != nullptr && !map->has_keys;
}

size_t by_name(const Macro& macro) {
    return std::ranges::count_if(macro.parameters,
                                 [](const auto& it) { return it.kind != Kind::Expression; });
}

std::string signature(const Macro& macro) {
    std::vector<std::string> parameters;
    parameters.reserve(macro.parameters.size());
    for (const Macro::Parameter& each : macro.parameters) {
        const std::string_view sigil = each.kind == Kind::Variable ? "$"
                                       : each.kind == Kind::Map    ? "@"
                                                                   : "";
        parameters.push_back(fmt::format("{}{}", sigil, each.name));
    }
    return fmt::format("{}({})", macro.name, fmt::join(parameters, ", "));
}

Arguments bind(const Macro& macro, const std::vector<ExprPtr>& given) {
    Arguments bound;
    for (size_t i = 0; i < given.size(); ++i) {
        const Macro::Parameter& parameter = macro.parameters[i];
        if (parameter.kind == Kind::Variable)
            bound.variables[parameter.name] = std::get<Variable>(given[i]->node).name;
        else if (parameter.kind == Kind::Map)
            bound.maps[parameter.name] = std::get<MapAccess>(given[i]->node).name;
        else
            bound.expressions[parameter.name] = &given[i];
    }
    return bound;
}

// Throws nothing: once something is too large, it goes through the rest without expanding.
class Expander {
  public:
    Expander(const std::vector<Macro>& macros, Diagnostics& diagnostics)
        : macros_(macros), diagnostics_(diagnostics) {}

    void check_definitions();

    void expr(ExprPtr& slot) {
        expand(slot);
        const auto* block = std::get_if<BlockValue>(&slot->node);
        if (block != nullptr && !block->value)
            diagnostics_.error(codes::kMacroValue.id, slot->span, "this macro has no value",
                               "a macro's value is its last expression, without a semicolon");
    }

    void block(Block& block) {
        for (StmtPtr& stmt : block) {
            auto* value = std::get_if<ExprStmt>(&stmt->node);
            if (value == nullptr) {
                parts(*stmt);
                continue;
            }
            expand(value->value);
            stmt = discarded(std::move(value->value));
        }
    }

  private:
    template <typename Tree>
    void parts(Tree& tree) {
        if (!enter(tree.span)) return;
        each_part(tree, [this](auto& part) {
            if constexpr (std::is_same_v<std::decay_t<decltype(part)>, Block>)
                block(part);
            else
                expr(part);
        });
        --depth_;
    }

    bool enter(Span span) {
        if (stopped_) return false;
        if (depth_ >= kMaxDepth || ++nodes_ > kMostNodes) {
            too_much(span);
            return false;
        }
        ++depth_;
        return true;
    }

    void too_much(Span span) {
        stopped_ = true;
        diagnostics_.error(codes::kTooDeep.id, span, "macros expand to too much here",
                           "a macro that uses itself never ends");
    }

    void expand(ExprPtr& slot);
    const Macro* choose(const std::string& name, const std::vector<ExprPtr>& given, Span span);
    void refuse(const std::vector<const Macro*>& candidates, size_t given, Span span);

    const std::vector<Macro>& macros_;
    Diagnostics& diagnostics_;
    size_t expansions_ = 0;
    size_t nested_ = 0;
    size_t nodes_ = 0;
    uint32_t depth_ = 0;
    bool stopped_ = false;
};

void Expander::check_definitions() {
    for (size_t i = 0; i < macros_.size(); ++i) {
        const auto same = [&](const Macro& earlier) {
            return earlier.name == macros_[i].name &&
                   std::ranges::equal(earlier.parameters, macros_[i].parameters, {},
                                      &Macro::Parameter::kind, &Macro::Parameter::kind);
        };
        if (std::any_of(macros_.begin(), macros_.begin() + static_cast<ptrdiff_t>(i), same))
            diagnostics_.error(
                codes::kTwice.id, macros_[i].span,
                fmt::format("macro {} is defined twice for the same arguments", macros_[i].name));
    }
}

// A call of a macro becomes its BlockValue, or where it has no statements its value; anything else
// is gone through.
void Expander::expand(ExprPtr& slot) {
    parts(*slot);
    if (stopped_) return;
    const std::vector<ExprPtr> none;
    const auto* call = std::get_if<Call>(&slot->node);
    const auto* name = std::get_if<Name>(&slot->node);
    if (call == nullptr && name == nullptr) return;
    const std::vector<ExprPtr>& given = call != nullptr ? call->arguments : none;
    const Macro* macro = choose(call != nullptr ? call->function : name->name, given, slot->span);
    if (macro == nullptr) return;
    if (nested_ == kMostNested) return too_much(slot->span);
    ++nested_;
    slot = substitute(*macro, bind(*macro, given), ++expansions_, slot->span, diagnostics_);
    parts(*slot);
    --nested_;
    auto& body = std::get<BlockValue>(slot->node);
    if (body.statements.empty() && body.value) slot = ExprPtr(std::move(body.value));
}

const Macro* Expander::choose(const std::string& name, const std::vector<ExprPtr>& given,
                              Span span) {
    std::vector<const Macro*> candidates;
    const Macro* best = nullptr;
    for (const Macro& macro : macros_) {
        if (macro.name != name) continue;
        candidates.push_back(&macro);
        const bool takes = std::ranges::equal(macro.parameters, given, fits);
        if (takes && (best == nullptr || by_name(macro) > by_name(*best))) best = &macro;
    }
    if (best == nullptr && !candidates.empty()) refuse(candidates, given.size(), span);
    return best;
}

void Expander::refuse(const std::vector<const Macro*>& candidates, size_t given, Span span) {
    std::vector<std::string> known;
    known.reserve(candidates.size());
    for (const Macro* each : candidates) known.push_back(signature(*each));
    const bool by_count = std::ranges::none_of(
        candidates, [&](const Macro* it) { return it->parameters.size() == given; });
    diagnostics_.error(
        codes::kMacroArguments.id, span,
        by_count
            ? fmt::format("macro {} does not take {} arguments", candidates.front()->name, given)
            : fmt::format("macro {} does not take these arguments", candidates.front()->name),
        fmt::format("it is {}; $ stands for a variable, @ for a map without keys",
                    fmt::join(known, " or ")));
}

}  // namespace

void expand_macros(Script& script, Diagnostics& diagnostics) {
    if (script.macros.empty()) return;
    Expander expander(script.macros, diagnostics);
    expander.check_definitions();
    for (Function& function : script.functions) expander.block(function.body);
    for (Probe& probe : script.probes) {
        if (probe.predicate) expander.expr(probe.predicate);
        expander.block(probe.body);
    }
    script.macros.clear();
}

}  // namespace knowhy::lang::bpftrace
