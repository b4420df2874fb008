#include "collect/script/programs.h"

#include <bpf/bpf.h>
#include <sys/resource.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "base/log.h"
#include "base/text.h"
#include "bpf/codegen/program.h"
#include "collect/script/gate.h"

namespace knowhy::collect {
namespace {

// Descriptors of links, programs and maps; a shell's usual 1024 are soon gone.
void allow_many_descriptors() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::optional<bpf_prog_info> info_of(int program) {
    bpf_prog_info info{};
    uint32_t size = sizeof(info);
    if (bpf_obj_get_info_by_fd(program, &info, &size) != 0) return std::nullopt;
    return info;
}

// Others' programs are left out in silence by the kernel (trace_call_bpf).
bool counts_misses(uint32_t type) {
    return type == BPF_PROG_TYPE_TRACING || type == BPF_PROG_TYPE_RAW_TRACEPOINT;
}

// At the script's own line.
Error at_line(const Error& error, const lang::Source& source, uint32_t offset) {
    const auto at = source.position(offset);
    return error.in(fmt::format("{}:{}:{}", source.name(), at.line, at.column));
}

bool is_iterator(const lang::AttachAt& at) {
    return std::holds_alternative<lang::IteratorAt>(at);
}

}  // namespace

Result<ScriptPrograms> ScriptPrograms::load(const lang::Plan& plan, const lang::Source& source,
                                            RunningKernel& kernel, const std::vector<int>& maps,
                                            ProgramsOptions options) {
    allow_many_descriptors();
    ScriptPrograms programs(plan, source, kernel, maps, std::move(options));
    uint64_t cookie = 0;
    for (const lang::ProbePlan& probe : plan.probes) {
        if (!probe.in_user_space) KW_CHECK_OK(programs.load_probe(probe, cookie));
        cookie += probe.targets.size();
    }
    return programs;
}

// One program for all targets that it can be loaded for alike.
Status ScriptPrograms::load_probe(const lang::ProbePlan& probe, uint64_t first_cookie) {
    using Kind = std::tuple<uint32_t, uint32_t, uint32_t, std::string>;
    std::map<Kind, size_t> loaded;
    for (size_t i = 0; i < probe.targets.size(); ++i) {
        const lang::Target& target = probe.targets[i];
        Place place{&probe, &target, 0, first_cookie + i, 0};
        const auto as = load_as(target.at, *kernel_);
        const auto event = event_id(target.at);
        if (!as || !event) {
            KW_CHECK_OK(judge(place, as ? event.error() : as.error()));
            continue;
        }
        const Kind kind{as->type, as->attach, as->btf_id, as->btf_module};
        auto known = loaded.find(kind);
        if (known == loaded.end()) {
            auto program = load_program(probe, *as);
            // A program that the verifier refuses is no probe that is missing.
            if (!program && as->btf_id == 0) return tl::unexpected(program.error());
            if (!program) {
                KW_CHECK_OK(judge(place, program.error()));
                continue;
            }
            known = loaded.emplace(kind, *program).first;
        }
        place.program = known->second;
        place.event_id = *event;
        places_.push_back(place);
    }
    return {};
}

// The verifier's words.
Error ScriptPrograms::explain(const bpf::ProgramRefusal& refusal,
                              const lang::ProbePlan& probe) const {
    if (options_.verifier_log && !refusal.log.empty()) log::note("{}", refusal.log);
    return at_line(refusal.error, *source_, refusal.source.value_or(probe.span.begin));
}

Result<size_t> ScriptPrograms::load_program(const lang::ProbePlan& probe, const LoadAs& as) {
    const bool typed = as.type == BPF_PROG_TYPE_TRACING;
    const auto kind = typed ? bpf::ProgramKind::Typed : bpf::ProgramKind::Untyped;
    const auto generated = bpf::generate(with_gate(probe.program), kind);
    if (!generated)  // a limit of the kernel's that shows only then
        return tl::unexpected(at_line(generated.error(), *source_, probe.span.begin));
    UniqueFd module;
    if (!as.btf_module.empty()) {
        KW_TRY(module, module_btf(as.btf_module));
    }
    bpf::ProgramRequest request;
    request.name = probe.targets.front().name;
    request.type = static_cast<bpf_prog_type>(as.type);
    request.expected_attach = static_cast<bpf_attach_type>(as.attach);
    request.attach_btf_id = as.btf_id;
    request.attach_btf_fd = module.valid() ? module.get() : 0;
    request.maps = *maps_;
    request.source = [this](uint32_t source) {
        const auto at = source_->position(source);
        return bpf::SourceLine{source_->name(), std::string(source_->line(source)), at.line,
                               at.column};
    };
    auto loaded = bpf::load_program(*generated, request);
    if (!loaded) return tl::unexpected(explain(loaded.error(), probe));
    programs_.push_back({std::move(loaded->program), as.type});
    return programs_.size() - 1;
}

Result<uint32_t> ScriptPrograms::event_id(const lang::AttachAt& at) {
    const auto* tracepoint = std::get_if<lang::TracepointAt>(&at);
    if (!tracepoint) return 0;
    KW_TRY(const host::Tracefs* const tracefs, kernel_->tracefs());
    KW_TRY(const auto format, tracefs->format({tracepoint->system, tracepoint->name}));
    return format.id;
}

// What becomes of a probe that cannot be had: told, or the end.
Status ScriptPrograms::judge(const Place& place, const Error& error) {
    using lang::Missing;
    Missing missing = place.probe->missing;
    if (missing == Missing::Error) missing = plan_->config.missing_probes;
    // One of many that a pattern gave is never the end: it may be a function that a list of the
    // kernel's does not tell to be out of reach.
    if (missing == Missing::Error && place.probe->targets.size() == 1)
        return tl::unexpected(error.in(place.target->name));
    if (missing != Missing::Ignore) refused_.push_back({place.target->name, error.message});
    return {};
}

Status ScriptPrograms::attach() {
    std::vector<std::optional<Result<Attached>>> results(places_.size());
    in_parallel(
        places_.size(),
        [&](size_t i) {
            const Place& place = places_[i];
            Attach what;
            what.program = programs_[place.program].fd.get();
            what.at = &place.target->at;
            what.cookie = place.cookie;
            what.event_id = place.event_id;
            what.pid = options_.pid;
            results[i] = collect::attach(what);
        },
        [&](size_t done) {
            if (options_.progress) options_.progress(done, places_.size());
        });
    for (size_t i = 0; i < places_.size(); ++i) {
        if (*results[i])
            attached_.push_back({&places_[i], std::move(**results[i])});
        else
            KW_CHECK_OK(judge(places_[i], results[i]->error()));
    }
    if (attached_.empty() && !refused_.empty()) {
        return fail(ErrorKind::Unsupported, "no probe could be attached; {}: {}",
                    refused_.front().name, refused_.front().why);
    }
    return {};
}

void ScriptPrograms::detach() {
    in_parallel(attached_.size(), [&](size_t i) { attached_[i].links.clear(); });
    attached_.clear();
}

std::optional<uint64_t> ScriptPrograms::missed() const {
    uint64_t sum = 0;
    for (const Loaded& program : programs_) {
        const auto info = info_of(program.fd.get());
        if (!info || !counts_misses(program.type)) return std::nullopt;
        sum += info->recursion_misses;
    }
    return sum;
}

uint64_t ScriptPrograms::run_time_ns() const {
    uint64_t sum = 0;
    for (const Loaded& program : programs_)
        if (const auto info = info_of(program.fd.get())) sum += info->run_time_ns;
    return sum;
}

Status ScriptPrograms::walk_iterators(const std::function<void(std::string_view)>& take) const {
    for (const Live& live : attached_)
        if (is_iterator(live.place->target->at)) KW_CHECK_OK(walk_iterator(live.links, take));
    return {};
}

}  // namespace knowhy::collect
