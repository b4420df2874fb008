#include "cli/list_stap.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>

#include "collect/script/pattern.h"
#include "lang/sema/code_sites.h"
#include "lang/sema/stap_points.h"
#include "lang/stap/parser.h"
#include "lang/tapset/aliases.h"

namespace knowhy::cli {
namespace {

using lang::ProbePoint;
using lang::ProbeSite;
using View = ProbeSite::View;

std::optional<lang::Script> parsed(const std::string& pattern) {
    lang::Diagnostics diagnostics;
    const lang::Source source("pattern", "probe " + pattern + " {}");
    auto script = lang::stap::parse(source, {}, diagnostics);
    const bool one = script && script->probes.size() == 1 && script->aliases.empty();
    return one ? std::move(script) : std::nullopt;
}

bool is_of_tapset(const ProbePoint& point) {
    const std::string& family = point.parts.front().name;
    return std::ranges::any_of(lang::tapset_points::aliases(),
                               [&](const lang::tapset_points::Alias& alias) {
                                   return family == alias.name.substr(0, alias.name.find('.'));
                               });
}

// "netdev.*" among the tapset's names.
std::string name_pattern(const ProbePoint& point) {
    std::string name;
    for (const ProbePoint::Part& part : point.parts) name += (name.empty() ? "" : ".") + part.name;
    return name;
}

std::vector<ListedProbe> of_tapset(const ProbePoint& point) {
    const collect::Pattern wanted(name_pattern(point));
    std::vector<ListedProbe> found;
    for (const lang::tapset_points::Alias& alias : lang::tapset_points::aliases()) {
        if (!wanted.matches(alias.name)) continue;
        found.push_back(
            {std::string(alias.name), [&alias] {
                 std::vector<ListedField> fields;
                 for (const auto& variable : alias.variables)
                     fields.push_back({std::string(variable.name), std::string(variable.what)});
                 return fields;
             }});
    }
    return found;
}

// "$skb", or why it is none there.
ListedField variable_at(symbols::CodeMap& code, const symbols::CodePlace& place,
                        const std::string& name) {
    const auto variable = code.variable(place, name);
    if (!variable) return {"?", "$" + name};
    if (variable->location.kind != symbols::Location::Kind::None)
        return {variable->type, "$" + name};
    const std::string why = variable->how.empty() ? "" : ": " + variable->how;
    return {variable->type, fmt::format("${} (not here{})", name, why)};
}

std::vector<ListedField> by_prototype(lang::Kernel& kernel, symbols::TypeId prototype) {
    std::vector<ListedField> fields;
    const symbols::Types& types = *kernel.types();
    for (const symbols::Member& member : types[types.resolved(prototype)].members)
        if (!member.name.empty()) fields.push_back({types.text(member.type), "$" + member.name});
    return fields;
}

std::vector<ListedField> variables(lang::Kernel& kernel, const ProbeSite& site) {
    if (site.view == View::ReturnRegisters) {
        std::vector<ListedField> fields;
        if (!site.entry.empty()) fields = variables(kernel, site.entry.front());
        if (site.prototype) {
            const symbols::Types& types = *kernel.types();
            const symbols::TypeId result = types[types.resolved(*site.prototype)].target;
            if (result != symbols::kVoid) fields.push_back({types.text(result), "$return"});
        }
        return fields;
    }
    if (site.code) {
        const auto code = kernel.code();
        if (!code) return {};
        std::vector<ListedField> fields;
        const auto names = (*code)->variables(*site.code, false);
        for (const std::string& name : names.value_or(std::vector<std::string>{}))
            fields.push_back(variable_at(**code, *site.code, name));
        return fields;
    }
    if (site.prototype) return by_prototype(kernel, *site.prototype);
    std::vector<ListedField> fields;
    for (const lang::TracepointField& field : site.fields)
        if (!field.name.starts_with("common_")) fields.push_back({field.c_type, "$" + field.name});
    return fields;
}

void add_sites(std::vector<ListedProbe>& found, lang::Kernel& kernel, const ProbePoint& point,
               lang::Diagnostics& said) {
    for (ProbeSite& site : lang::resolve_stap(point, kernel, said)) {
        auto kept = std::make_shared<ProbeSite>(std::move(site));
        found.push_back(
            {kept->targets.front().name, [&kernel, kept] { return variables(kernel, *kept); }});
    }
}

}  // namespace

bool is_stap_point(const std::string& pattern) {
    constexpr std::array kFamilies = {"kernel",  "module",     "kprobe",    "tracepoint",
                                      "timer",   "begin",      "end",       "error",
                                      "syscall", "nd_syscall", "tp_syscall"};
    const auto script = parsed(pattern);
    if (!script) return false;
    const ProbePoint& point = script->probes.front().points.front();
    // tracepoint alone is the other dialect's.
    const bool has_more = point.parts.size() > 1 || point.parts.front().argument;
    const bool known = std::ranges::find(kFamilies, point.parts.front().name) != kFamilies.end();
    return (known && has_more) || is_of_tapset(point);
}

Result<std::vector<ListedProbe>> list_stap(lang::Kernel& kernel, const std::string& pattern) {
    const auto script = parsed(pattern);
    if (!script) return fail(ErrorKind::Usage, "'{}' is no probe point", pattern);
    std::vector<ListedProbe> found;
    lang::Diagnostics said;
    for (const ProbePoint& point : script->probes.front().points)
        if (is_of_tapset(point)) std::ranges::move(of_tapset(point), std::back_inserter(found));
    // System calls are aliases of tracepoints.
    for (const lang::Probe& probe : lang::expanded_probes(*script, kernel, said))
        for (const ProbePoint& point : probe.points)
            if (!is_of_tapset(point)) add_sites(found, kernel, point, said);
    if (!found.empty() || said.all().empty()) return found;
    const lang::Diagnostic& first = said.all().front();
    return fail(ErrorKind::Usage, "{}{}{}", first.message, first.hint.empty() ? "" : ": ",
                first.hint);
}

}  // namespace knowhy::cli
