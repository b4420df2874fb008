#include "lang/sema/stap_points.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <set>

#include "lang/ast/clone.h"
#include "lang/ast/walk.h"
#include "lang/sema/stap_syscalls.h"
#include "lang/source/codes.h"

namespace knowhy::lang {
namespace {

constexpr unsigned kMostAliases = 16;  // one within the other

ProbePoint copy_of(const ProbePoint& point) {
    ProbePoint copy;
    copy.span = point.span;
    copy.parts = point.parts;
    copy.optional = point.optional;
    copy.sufficient = point.sufficient;
    copy.condition = clone(point.condition);
    return copy;
}

ExprPtr both(ExprPtr one, ExprPtr other) {
    if (!one || !other) return one ? std::move(one) : std::move(other);
    const Span span = one->span;
    return std::make_unique<Expr>(
        Expr{span, Binary{BinaryOp::LogicalAnd, std::move(one), std::move(other), span}});
}

// ---- What is read

void collect_names(std::set<std::string>& names, const Block& block);

void collect_names(std::set<std::string>& names, const Expr& expr) {
    if (const auto* name = std::get_if<Name>(&expr.node)) names.insert(name->name);
    if (const auto* map = std::get_if<MapAccess>(&expr.node)) names.insert(map->name);
    each_part(expr, [&](const auto& part) {
        if constexpr (std::is_same_v<std::decay_t<decltype(part)>, ExprPtr>)
            collect_names(names, *part);
        else
            collect_names(names, part);
    });
}

// "x" of a statement `x = value` and nothing else.
const std::string* assigned(const Stmt& statement) {
    const auto* alone = std::get_if<ExprStmt>(&statement.node);
    const auto* assign = alone != nullptr ? std::get_if<Assign>(&alone->value->node) : nullptr;
    if (assign == nullptr || assign->op || assign->accumulate) return nullptr;
    const auto* name = std::get_if<Name>(&assign->target->node);
    return name != nullptr ? &name->name : nullptr;
}

void collect_names(std::set<std::string>& names, const Stmt& statement) {
    if (assigned(statement) != nullptr) {
        const auto& assign = std::get<Assign>(std::get<ExprStmt>(statement.node).value->node);
        return collect_names(names, *assign.value);
    }
    if (const auto* loop = std::get_if<Foreach>(&statement.node)) names.insert(loop->map);
    each_part(statement, [&](const auto& part) {
        if constexpr (std::is_same_v<std::decay_t<decltype(part)>, ExprPtr>)
            collect_names(names, *part);
        else
            collect_names(names, part);
    });
}

void collect_names(std::set<std::string>& names, const Block& block) {
    for (const StmtPtr& statement : block) collect_names(names, *statement);
}

// Without the assignments of `block` that nothing in it or in `other` reads. Globals are read by
// others.
Block without_unread(Block block, const Block& other, const Script& script) {
    const auto is_global = [&](const std::string& name) {
        return std::ranges::find(script.globals, name, &Global::name) != script.globals.end();
    };
    for (size_t before = block.size() + 1; block.size() < before;) {
        before = block.size();
        std::set<std::string> names;
        collect_names(names, block);
        collect_names(names, other);
        std::erase_if(block, [&](const StmtPtr& statement) {
            const std::string* name = assigned(*statement);
            return name != nullptr && !names.contains(*name) && !is_global(*name);
        });
    }
    return block;
}

// ---- Whose text it is

// What knowhy's own alias says is said where the script uses it.
void place_at(Block& block, Span span);

void place_at(Expr& expr, Span span) {
    expr.span = span;
    if (auto* call = std::get_if<Call>(&expr.node)) call->name_span = span;
    if (auto* field = std::get_if<Field>(&expr.node)) field->name_span = span;
    each_part(expr, [&](auto& part) {
        if constexpr (std::is_same_v<std::decay_t<decltype(part)>, ExprPtr>)
            place_at(*part, span);
        else
            place_at(part, span);
    });
}

void place_at(Block& block, Span span) {
    for (StmtPtr& statement : block) {
        statement->span = span;
        each_part(*statement, [&](auto& part) {
            if constexpr (std::is_same_v<std::decay_t<decltype(part)>, ExprPtr>)
                place_at(*part, span);
            else
                place_at(part, span);
        });
    }
}

Block joined(Block first, Block second) {
    std::ranges::move(second, std::back_inserter(first));
    return first;
}

// ---- Aliases

bool fits(const std::string& pattern, const std::string& name) {
    return fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
}

// How many parts of the point the alias's name takes; 0: it is not meant. "**" takes any number.
size_t parts_taken(const ProbePoint& point, const ProbePoint& name) {
    size_t taken = 0;
    for (const ProbePoint::Part& part : name.parts) {
        if (taken >= point.parts.size()) return 0;
        const ProbePoint::Part& asked = point.parts[taken];
        if (asked.argument || !fits(asked.name, part.name)) return 0;
        const bool many = asked.name.find("**") != std::string::npos;
        if (!many || &part == &name.parts.back()) ++taken;
    }
    return taken;
}

class Expansion {
  public:
    Expansion(const Script& script, Kernel& kernel, Diagnostics& diagnostics)
        : script_(script), kernel_(kernel), diagnostics_(diagnostics) {}

    void add(const Probe& probe) {
        Probe plain;
        plain.span = probe.span;
        for (const ProbePoint& point : probe.points) {
            if (!is_alias(point) && !point.condition) {
                plain.points.push_back(copy_of(point));
                continue;
            }
            std::vector<ProbePoint> one;
            one.push_back(copy_of(point));
            one.front().condition = nullptr;
            use(std::move(one), clone(probe.body), clone(point.condition),
                to_text(point, Dialect::Stap), 0);
        }
        if (plain.points.empty()) return;
        plain.body = clone(probe.body);
        probes_.push_back(std::move(plain));
    }

    std::vector<Probe> take() { return std::move(probes_); }

  private:
    // The aliases that the point names, those whose names take most of it.
    std::vector<const ProbeAlias*> aliases_of(const ProbePoint& point, size_t& taken) {
        std::vector<const ProbeAlias*> found;
        taken = 0;
        for (const ProbeAlias& alias : script_.aliases) {
            const size_t here = parts_taken(point, alias.name);
            if (here == 0 || here < taken) continue;
            if (here > taken) found.clear();
            taken = here;
            found.push_back(&alias);
        }
        if (!found.empty()) return found;
        found = syscall_aliases(point, kernel_, diagnostics_, made_);
        if (!found.empty()) taken = point.parts.size();
        return found;
    }
    bool is_alias(const ProbePoint& point) {
        size_t taken = 0;
        return !aliases_of(point, taken).empty();
    }

    // A probe at these points, of which the aliases are taken apart.
    void use(std::vector<ProbePoint> points, Block body, ExprPtr condition,
             const std::string& written, unsigned depth) {
        if (depth > kMostAliases) {
            diagnostics_.error(codes::kProbeForm, points.front().span,
                               "this alias comes to stand for itself");
            return;
        }
        Probe plain;
        for (ProbePoint& point : points) {
            size_t taken = 0;
            const auto aliases = aliases_of(point, taken);
            if (aliases.empty() && !point.condition) {
                plain.points.push_back(std::move(point));
                continue;
            }
            ExprPtr when = both(clone(condition), clone(point.condition));
            if (aliases.empty()) {
                point.condition = nullptr;
                std::vector<ProbePoint> one;
                one.push_back(std::move(point));
                finish(std::move(one), clone(body), std::move(when), written);
                continue;
            }
            for (const ProbeAlias* alias : aliases)
                use_alias(*alias, point, taken, body, when, written, depth);
        }
        if (!plain.points.empty())
            finish(std::move(plain.points), std::move(body), std::move(condition), written);
    }

    void use_alias(const ProbeAlias& alias, const ProbePoint& point, size_t taken,
                   const Block& body, const ExprPtr& condition, const std::string& written,
                   unsigned depth) {
        std::vector<ProbePoint> points;
        for (const ProbePoint& stands_for : alias.probe.points) {
            ProbePoint& each = points.emplace_back(copy_of(stands_for));
            each.span = point.span;
            each.parts.insert(each.parts.end(), point.parts.begin() + static_cast<ptrdiff_t>(taken),
                              point.parts.end());
            each.optional = each.optional || point.optional || point.sufficient;
        }
        Block own = clone(alias.probe.body);
        Block after = clone(alias.after);
        if (alias.from_tapset) place_at(own, point.span);
        own = without_unread(std::move(own), body, script_);
        Block all = alias.epilogue ? joined(clone(body), std::move(own))
                                   : joined(std::move(own), clone(body));
        use(std::move(points), joined(std::move(all), std::move(after)), clone(condition), written,
            depth + 1);
    }

    void finish(std::vector<ProbePoint> points, Block body, ExprPtr condition,
                const std::string& written) {
        Probe probe;
        probe.span = points.front().span;
        probe.label = written;
        probe.points = std::move(points);
        probe.predicate = std::move(condition);
        probe.body = std::move(body);
        probes_.push_back(std::move(probe));
    }

    const Script& script_;
    Kernel& kernel_;
    Diagnostics& diagnostics_;
    MadeAliases made_;
    std::vector<Probe> probes_;
};

}  // namespace

std::vector<Probe> expanded_probes(const Script& script, Kernel& kernel, Diagnostics& diagnostics) {
    Expansion expansion(script, kernel, diagnostics);
    for (const Probe& probe : script.probes) expansion.add(probe);
    return expansion.take();
}

}  // namespace knowhy::lang
