#include "lang/sema/stap_syscalls.h"

#include <fmt/format.h>

#include "lang/source/codes.h"

namespace knowhy::lang {
namespace {

template <typename Node>
ExprPtr expression(Span span, Node node) {
    return std::make_unique<Expr>(Expr{span, std::move(node)});
}

StmtPtr assignment(Span span, std::string name, ExprPtr value) {
    Assign assign{expression(span, Name{std::move(name)}), std::nullopt, false, std::move(value)};
    return std::make_unique<Stmt>(Stmt{span, ExprStmt{expression(span, std::move(assign))}});
}

bool is_own_of_tracing(const std::string& field) {
    return field.starts_with("common_") || field == "__syscall_nr" || field == "nr";
}

void add_argument(Block& into, const TracepointField& field, Span span) {
    const auto value = [&] { return expression(span, Variable{field.name}); };
    const bool pointer = field.c_type.find('*') != std::string::npos;
    if (pointer) into.push_back(assignment(span, field.name + "_uaddr", value()));
    if (!pointer || field.c_type.find("char *") == std::string::npos)
        return into.push_back(assignment(span, field.name, value()));
    Call text{"user_string_quoted", {}, span};
    text.arguments.push_back(value());
    into.push_back(assignment(span, field.name, expression(span, std::move(text))));
}

std::unique_ptr<ProbeAlias> alias_of(const Kernel::Tracepoint& event, const std::string& call,
                                     bool at_return, const std::vector<TracepointField>& fields,
                                     Span span) {
    auto alias = std::make_unique<ProbeAlias>();
    alias->span = span;
    ProbePoint point;
    point.span = span;
    ProbePoint::Part part;
    part.span = span;
    part.name = "tracepoint";
    part.argument = event.system + ":" + event.name;
    point.parts.push_back(std::move(part));
    alias->probe.points.push_back(std::move(point));
    Block& body = alias->probe.body;
    body.push_back(assignment(span, "name", expression(span, String{call})));
    if (at_return) {
        body.push_back(assignment(span, "retval", expression(span, Variable{"ret"})));
        return alias;
    }
    for (const TracepointField& field : fields)
        if (!is_own_of_tracing(field.name)) add_argument(body, field, span);
    return alias;
}

bool is_syscall(const ProbePoint& point) {
    const std::string& family = point.parts.front().name;
    return family == "syscall" || family == "nd_syscall" || family == "tp_syscall";
}

}  // namespace

std::vector<const ProbeAlias*> syscall_aliases(const ProbePoint& point, Kernel& kernel,
                                               Diagnostics& diagnostics, MadeAliases& made) {
    if (!is_syscall(point) || point.parts.size() < 2 || point.parts.size() > 3) return {};
    const bool at_return = point.parts.size() == 3;
    if (at_return && point.parts[2].name != "return") return {};
    const std::string prefix = at_return ? "sys_exit_" : "sys_enter_";
    const auto events = kernel.tracepoints("syscalls", prefix + point.parts[1].name);
    if (!events) {
        diagnostics.error(codes::kKernelUnreadable, point.span, events.error().message);
        return {};
    }
    std::vector<const ProbeAlias*> found;
    for (const Kernel::Tracepoint& event : *events) {
        auto& alias = made[event.name];
        if (!alias) {
            const auto fields = kernel.tracepoint_fields(event);
            if (!fields) {
                diagnostics.error(codes::kKernelUnreadable, point.span, fields.error().message);
                return {};
            }
            alias =
                alias_of(event, event.name.substr(prefix.size()), at_return, *fields, point.span);
        }
        found.push_back(alias.get());
    }
    return found;
}

}  // namespace knowhy::lang
