#include "lang/sema/compile.h"

#include <algorithm>
#include <set>
#include <string>

#include "ir/simplify.h"
#include "ir/verify.h"
#include "lang/ast/walk.h"
#include "lang/sema/code_sites.h"
#include "lang/sema/config.h"
#include "lang/sema/lowering.h"
#include "lang/sema/probes.h"
#include "lang/sema/stap_globals.h"
#include "lang/sema/stap_points.h"
#include "lang/sema/text.h"
#include "lang/source/codes.h"

namespace knowhy::lang {
namespace {

constexpr unsigned kMostRounds = 16;

// Which builtins a probe's body names: they decide whether its targets can share a program.
struct Mentions {
    bool arguments = false;
    bool later_arguments = false;  // arg1...
    bool probe = false;
    std::set<std::string> used;      // variables
    std::set<std::string> assigned;  // those that are the script's own

    // Variables of the probed code live in other places in each function.
    [[nodiscard]] bool probed_variables() const { return !std::ranges::includes(assigned, used); }

    void look(const Expr& expr) {
        if (const auto* variable = std::get_if<Variable>(&expr.node)) used.insert(variable->name);
        if (const auto* assign = std::get_if<Assign>(&expr.node))
            if (const auto* target = std::get_if<Variable>(&assign->target->node))
                assigned.insert(target->name);
        if (const auto* call = std::get_if<Call>(&expr.node))
            if (call->function == "find" && call->arguments.size() == 3)
                if (const auto* found = std::get_if<Variable>(&call->arguments[2]->node))
                    assigned.insert(found->name);
        if (const auto* name = std::get_if<Name>(&expr.node)) {
            arguments |= name->name == "args" || name->name == "retval";
            later_arguments |= argument_number(name->name).value_or(0) > 0;
            probe |= name->name == "probe";
        }
        each_part(expr, [&](const auto& part) { look(part); });
    }
    void look(const ExprPtr& expr) {
        if (expr) look(*expr);
    }
    void look(const Block& block) {
        for (const StmtPtr& statement : block) {
            if (const auto* let = std::get_if<Let>(&statement->node)) assigned.insert(let->name);
            if (const auto* loop = std::get_if<ForMap>(&statement->node))
                assigned.insert(loop->variable);
            if (const auto* loop = std::get_if<ForRange>(&statement->node))
                assigned.insert(loop->variable);
            each_part(*statement, [&](const auto& part) { look(part); });
        }
    }
};

struct Place {
    const Probe* probe = nullptr;
    std::vector<ProbeSite> sites;
};

void join_sites(std::vector<ProbeSite>& into, std::vector<ProbeSite> more) {
    for (ProbeSite& site : more) {
        const auto same = [&](const ProbeSite& other) {
            return !site.prototype && !site.code && site.fields.empty() &&
                   other.view == site.view && other.provider == site.provider && !other.prototype &&
                   other.fields.empty() && other.at_entry == site.at_entry &&
                   !site.in_user_space() && other.result == site.result;
        };
        const auto found = std::ranges::find_if(into, same);
        if (found != into.end())
            std::ranges::move(site.targets, std::back_inserter(found->targets));
        else
            into.push_back(std::move(site));
    }
}

// Where only some of a probe's points are not there, the others do: scripts name what the releases
// of the kernel call a function.
void tell_missing(const Diagnostics& said, const Config& config, bool others, Diagnostics& to) {
    for (const Diagnostic& each : said.all()) {
        const bool missing =
            each.code == codes::kNoSuchFunction || each.code == codes::kNoSuchTracepoint;
        const bool may_be = others || config.missing_probes != Missing::Error;
        if (each.severity == Severity::Error && !(missing && may_be))
            to.error(each.code, each.span, each.message, each.hint);
        else if (!missing || config.missing_probes != Missing::Ignore)
            to.warning(each.code, each.span, each.message, each.hint);
    }
}

// `?` makes a point optional; after one with `!` that is there the others are not looked at.
void resolve_stap_point(std::vector<ProbeSite>& into, const Probe& probe, const ProbePoint& point,
                        Kernel& kernel, Diagnostics& said) {
    Diagnostics own;
    auto sites = resolve_stap(point, kernel, own);
    const bool may_be_missing = point.optional || point.sufficient;
    for (const Diagnostic& each : own.all()) {
        if (each.severity == Severity::Warning)
            said.warning(each.code, each.span, each.message, each.hint);
        else if (!may_be_missing)
            said.error(each.code, each.span, each.message, each.hint);
    }
    for (ProbeSite& site : sites) {
        site.written = probe.label.empty() ? to_text(point, Dialect::Stap) : probe.label;
        into.push_back(std::move(site));
    }
}

// What a return's probe asks of its function's entry is kept there by a program of its own.
void note_entries(ScriptContext& context, const std::vector<Place>& places) {
    for (const Place& place : places) {
        for (const ProbeSite& site : place.sites) {
            if (site.entry.empty()) continue;
            auto wanted = entry_expressions(*place.probe);
            if (wanted.empty()) continue;
            const auto number = static_cast<uint32_t>(context.entries.size());
            context.entries[&site] = {number, std::move(wanted), {}, {}};
        }
    }
}

std::vector<Place> resolve_all(ScriptContext& context, const std::vector<Probe>& probes,
                               const Config& config) {
    std::vector<Place> places;
    for (const Probe& probe : probes) {
        Mentions mentions;
        mentions.look(probe.predicate);
        mentions.look(probe.body);
        Place place{&probe, {}};
        Diagnostics said;
        const bool is_stap = context.script.dialect == Dialect::Stap;
        for (const ProbePoint& point : probe.points) {
            if (is_stap) {
                resolve_stap_point(place.sites, probe, point, context.kernel, said);
                if (point.sufficient && !place.sites.empty()) break;
            } else {
                join_sites(place.sites,
                           resolve({point, mentions.arguments || mentions.probed_variables(),
                                    mentions.later_arguments},
                                   context.kernel, config, said));
            }
        }
        tell_missing(said, config, !place.sites.empty(), context.diagnostics);
        // A raw tracepoint's link has no cookie that would tell which one it is.
        std::vector<ProbeSite> alone;
        for (ProbeSite& site : place.sites) {
            const bool tells = site.view != ProbeSite::View::Arguments || !mentions.probe;
            if (tells || site.targets.size() < 2) {
                alone.push_back(std::move(site));
                continue;
            }
            for (Target& target : site.targets) {
                ProbeSite one = site;
                one.targets = {std::move(target)};
                alone.push_back(std::move(one));
            }
        }
        place.sites = std::move(alone);
        places.push_back(std::move(place));
    }
    return places;
}

void begin_round(ScriptContext& context, const Config& config) {
    context.plan = {};
    context.plan.config = config;
    context.plan.types = context.kernel.types();
    context.map_ids.clear();
    context.stack_maps.clear();
    context.learned = false;
    constexpr uint32_t kRecordBytes = 4U << 20U;
    context.plan.ir_maps = {
        {ir::Map::Kind::RingBuffer, "records", 0, 0, kRecordBytes},
        {ir::Map::Kind::PerCpuArray, "counters", 4, 8, 2},
    };
    context.plan.maps.resize(context.plan.ir_maps.size());
    if (context.script.dialect == Dialect::Stap) place_globals(context);
}

void declare_maps(ScriptContext& context) {
    for (const Global& global : context.script.globals) {
        MapFacts& facts = context.maps[global.name];
        facts.kind = global.map_type;
        facts.entries = global.entries;
        facts.first = global.span;
    }
    if (context.script.dialect == Dialect::Stap) declare_globals(context);
}

ProbePlan plan_for(const Place& place, const ProbeSite& site) {
    ProbePlan plan;
    plan.span = place.probe->span;
    if (!place.probe->points.empty())
        plan.span = join(place.probe->points.front().span, place.probe->points.back().span);
    plan.in_user_space = site.in_user_space();
    plan.order = site.order;
    return plan;
}

// The kernel hands packets to such a program only where it knows the pointer's type.
bool sends_packets(const ir::Program& program) {
    for (const ir::Function& function : program.functions)
        for (const ir::Block& block : function.blocks)
            for (const ir::Instruction& instruction : block.body)
                if (const auto* call = std::get_if<ir::CallHelper>(&instruction))
                    if (call->helper == ir::Helper::SkbOutput) return true;
    return false;
}

void finish(ScriptContext& context, ProbePlan plan, const ProbeSite& site) {
    const bool typed = sends_packets(plan.program);
    for (const Target& target : site.targets) {
        plan.targets.push_back(target);
        if (auto* raw = std::get_if<RawTracepointAt>(&plan.targets.back().at)) raw->typed = typed;
        context.plan.names.push_back(target.name);
    }
    context.plan.probes.push_back(std::move(plan));
}

void lower_all(ScriptContext& context, const std::vector<Place>& places) {
    for (const Place& place : places) {
        VariableTypes& variables = context.variables[place.probe];
        for (const ProbeSite& site : place.sites) {
            if (const auto entry = context.entries.find(&site); entry != context.entries.end()) {
                ProbePlan plan = plan_for(place, site.entry.front());
                VariableTypes none;
                Lowering before(context, site.entry.front(), none, plan.program);
                keep_entry_values(before, entry->second);
                finish(context, std::move(plan), site.entry.front());
            }
            ProbePlan plan = plan_for(place, site);
            Lowering(context, site, variables, plan.program).probe(*place.probe);
            finish(context, std::move(plan), site);
        }
    }
}

}  // namespace

std::optional<Plan> compile(const Script& script, const Source& source, Kernel& kernel,
                            const CompileOptions& options, Diagnostics& diagnostics) {
    CDefinitions definitions(kernel);
    for (const CDefinition& each : script.definitions)
        definitions.read(source, each.span, diagnostics);
    ScriptContext context{kernel, source, options, diagnostics, script, definitions};
    const Config config = read_config(context);
    check_declarations(context);
    std::vector<Probe> expanded;
    const bool is_stap = script.dialect == Dialect::Stap;
    if (is_stap) expanded = expanded_probes(script, kernel, diagnostics);
    const std::vector<Place> places =
        resolve_all(context, is_stap ? expanded : script.probes, config);
    if (diagnostics.has_error()) return std::nullopt;
    note_entries(context, places);
    declare_maps(context);
    for (unsigned round = 0; round < kMostRounds; ++round) {
        begin_round(context, config);
        lower_all(context, places);
        if (!context.learned) break;
    }
    context.last = true;
    begin_round(context, config);
    lower_all(context, places);
    if (diagnostics.has_error()) return std::nullopt;
    for (ProbePlan& probe : context.plan.probes) {
        probe.program.maps = context.plan.ir_maps;
        for (ir::Function& function : probe.program.functions) ir::simplify(function);
        if (const auto status = ir::verify(probe.program); !status) {
            diagnostics.error(codes::kInternal, probe.span,
                              "this probe came to a wrong program: " + status.error().message,
                              "a mistake of knowhy's; please report it");
            return std::nullopt;
        }
    }
    return std::move(context.plan);
}

}  // namespace knowhy::lang
