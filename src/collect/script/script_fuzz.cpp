// A script of any bytes, in both dialects, as `knowhy run` would take it: read, resolved against
// the kernel that runs, typed, and its programs made. With the privilege to load programs the
// kernel's verifier must take them. Nothing is attached and nothing runs.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "bpf/codegen/program.h"
#include "collect/script/running_kernel.h"
#include "collect/script/session.h"
#include "ir/print.h"
#include "ir/verify.h"
#include "lang/bpftrace/macros.h"
#include "lang/bpftrace/parser.h"
#include "lang/sema/compile.h"
#include "lang/stap/parser.h"
#include "lang/tapset/aliases.h"

namespace {

using namespace knowhy;

void check(bool holds, const std::string& what) {
    if (holds) return;
    std::fprintf(stderr, "%s\n", what.c_str());
    std::abort();
}

// Types that scripts define stay with the kernel they were compiled against: now and then a new
// one.
collect::RunningKernel& kernel() {
    constexpr int kScripts = 2000;
    static std::unique_ptr<collect::RunningKernel> current;
    static int scripts = 0;
    if (!current || ++scripts % kScripts == 0) current = std::make_unique<collect::RunningKernel>();
    return *current;
}

std::optional<lang::Script> read(const lang::Source& source, lang::Dialect dialect,
                                 lang::Diagnostics& diagnostics) {
    if (dialect == lang::Dialect::Stap) {
        lang::stap::Options options;
        options.value_of = [](std::string_view) { return "6.1.0"; };
        auto script = lang::stap::parse(source, options, diagnostics);
        if (script) lang::tapset_points::add_aliases(*script);
        return script;
    }
    auto script = lang::bpftrace::parse(source, diagnostics);
    if (script) lang::bpftrace::expand_macros(*script, diagnostics);
    return diagnostics.has_error() ? std::nullopt : std::move(script);
}

// Whoever may load programs is told by the first one that is refused for want of privilege.
void load(const lang::Plan& plan, const lang::Source& source) {
    static bool may_load = true;
    if (!may_load) return;
    const auto session = collect::ScriptSession::load(plan, source, kernel(), {});
    if (session) return;
    if (session.error().kind == ErrorKind::Privilege) may_load = false;
    check(session.error().kind != ErrorKind::Internal && session.error().kind != ErrorKind::System,
          "refused: " + session.error().message);
}

void compile(const lang::Source& source, lang::Dialect dialect) {
    lang::Diagnostics diagnostics;
    const auto script = read(source, dialect, diagnostics);
    std::optional<lang::Plan> plan;
    if (script) {
        plan = lang::compile(*script, source, kernel(), {{"1", "x"}, true, 1}, diagnostics);
        check(plan.has_value() != diagnostics.has_error(), "a plan with errors, or none without");
    }
    for (const lang::Diagnostic& each : diagnostics.all()) to_text(source, each);
    if (!plan) return;
    to_text(*plan);
    constexpr size_t kMostTargets = 64;  // of a wildcard: enough to see how it is loaded
    for (lang::ProbePlan& probe : plan->probes) {
        check(ir::verify(probe.program).has_value(), "no program:\n" + ir::to_text(probe.program));
        if (probe.targets.size() > kMostTargets) probe.targets.resize(kMostTargets);
    }
    load(*plan, source);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const lang::Source source("fuzz", {reinterpret_cast<const char*>(data), size});
    compile(source, lang::Dialect::Bpftrace);
    compile(source, lang::Dialect::Stap);
    return 0;
}
