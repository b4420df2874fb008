#include <algorithm>
#include <map>
#include <utility>

#include "base/text.h"
#include "collect/functions/functions.h"
#include "collect/script/session.h"
#include "lang/bpftrace/macros.h"
#include "lang/bpftrace/parser.h"
#include "lang/sema/compile.h"

namespace knowhy::collect {
namespace {

// A burst of calls is written faster than it is read: 40 MB hold some 200,000 of them.
constexpr uint32_t kRingBytes = 64U << 20U;

// Names a rung as model::TracedFunction has it.
const char* rung_name(Rung rung) {
    return rung == Rung::Fentry ? "fentry" : rung == Rung::Kprobe ? "kprobe" : "";
}

// A script that this house wrote: what is wrong with it is the house's fault.
Result<lang::Plan> compiled(const lang::Source& source, lang::Kernel& kernel) {
    lang::Diagnostics diagnostics;
    std::optional<lang::Plan> plan;
    auto script = lang::bpftrace::parse(source, diagnostics);
    if (script) {
        lang::bpftrace::expand_macros(*script, diagnostics);
        plan = lang::compile(*script, source, kernel, {}, diagnostics);
    }
    if (plan) return std::move(*plan);
    std::string first = "no plan";
    for (const lang::Diagnostic& diagnostic : diagnostics.all()) {
        if (diagnostic.severity != lang::Severity::Error) continue;
        first = lang::to_text(source, diagnostic);
        break;
    }
    return fail(ErrorKind::Internal, "the script that watches functions: {}", first);
}

class Session final : public FunctionsSession {
  public:
    Session(RunningKernel& kernel, FunctionsOptions options)
        : kernel_(kernel), options_(std::move(options)) {}

    Status open() {
        KW_TRY(functions_, choose_functions(options_.wanted, kernel_));
        const bool any = std::ranges::any_of(
            functions_, [](const ChosenFunction& one) { return !one.bodies.empty(); });
        if (!any)
            return fail(ErrorKind::Usage, "this kernel has none of the functions: {}",
                        escaped(functions_.empty() ? "" : functions_.front().name));
        // What a trampoline is refused for is tried with a kprobe.
        while (true) {
            const Status armed = try_all();
            if (!demote()) {
                KW_CHECK_OK(armed);
                break;
            }
            session_.reset();
        }
        describe();
        heard_ = true;
        return {};
    }

    [[nodiscard]] const model::Trace& trace() const override { return trace_; }
    [[nodiscard]] size_t probes() const override { return session_->books().attached; }
    Result<bool> poll(int timeout_ms) override { return session_->poll(timeout_ms); }

    Result<model::Trace> finish() override {
        KW_CHECK_OK(session_->finish());
        const ScriptBooks books = session_->books();
        trace_.lost = books.lost_records;
        trace_.notes.insert(trace_.notes.end(), books.notes.begin(), books.notes.end());
        for (model::TracedFunction& function : trace_.functions)
            if (!function.rung.empty()) function.missed = missed_of(function, books);
        return trace_;
    }

  private:
    Status try_all() {
        tracer_ = make_tracer(functions_, kernel_, options_.tracer);
        source_.emplace("functions", tracer_.text);
        KW_TRY(plan_, compiled(*source_, kernel_));
        plan_->ir_maps[lang::Plan::kRecords].max_entries = kRingBytes;
        ScriptOptions how;
        how.child_ended = options_.child_ended;
        how.max_cpu_percent = options_.max_cpu_percent;
        how.verifier_log = options_.verifier_log;
        how.progress = options_.progress;
        how.format = [](const model::Formatted&) { return std::string(); };
        how.said = [this](const model::ScriptEvent& event) { hear(event); };
        KW_TRY(session_, ScriptSession::load(*plan_, *source_, kernel_, std::move(how)));
        return session_->arm();
    }

    void hear(const model::ScriptEvent& event) {
        const auto* said = std::get_if<model::PrintedValue>(&event);
        if (said == nullptr || !heard_) return;
        if (const auto call = call_of(said->value, tracer_.shapes, *plan_->types))
            options_.called(*call);
    }

    // Bodies whose probes the kernel refused go a rung down; true when one has another to try.
    bool demote() {
        bool again = false;
        if (!session_) return false;
        for (const RefusedProbe& refused : session_->books().refused) {
            for (ChosenFunction& function : functions_) {
                for (FunctionBody& body : function.bodies) {
                    if (!is_of(refused.name, body)) continue;
                    function.why = refused.why;
                    again |= body.rung == Rung::Fentry;
                    body.rung = body.rung == Rung::Fentry ? Rung::Kprobe : Rung::Off;
                }
            }
        }
        return again;
    }

    // "fexit:vmlinux:ip_rcv" is one of ip_rcv's.
    static bool is_of(const std::string& probe, const FunctionBody& body) {
        const bool traced = probe.starts_with("fentry:") || probe.starts_with("fexit:");
        if (traced != (body.rung == Rung::Fentry) || body.rung == Rung::Off) return false;
        return probe.substr(probe.rfind(':') + 1) == body.symbol;
    }

    void describe() {
        size_t absent = 0;
        for (const ChosenFunction& function : functions_) {
            model::TracedFunction told{function.name, function.module, "", function.why, {}};
            for (const FunctionBody& body : function.bodies) {
                if (body.rung != Rung::Off) told.rung = rung_name(body.rung);
                if (body.rung != Rung::Off && body.symbol != function.name)
                    clones_.push_back(body.symbol);
            }
            if (!told.rung.empty()) told.why.clear();
            absent += function.bodies.empty() ? 1 : 0;
            trace_.functions.push_back(std::move(told));
        }
        if (absent > 0)
            trace_.notes.push_back(fmt::format("{} not in this kernel, or inlined everywhere",
                                               counted(absent, "function is", "functions are")));
        tell("without arguments, as these are the compiler's clones: {}", clones_);
        tell("of every device and namespace, as they are given none: {}", tracer_.unfiltered);
    }

    void tell(const char* note, std::vector<std::string>& names) {
        std::ranges::sort(names);
        names.erase(std::unique(names.begin(), names.end()), names.end());
        if (!names.empty())
            trace_.notes.push_back(fmt::format(fmt::runtime(note), fmt::join(names, ", ")));
    }

    // The engine counts all programs' together; the kernel counts none of a kprobe's.
    [[nodiscard]] static std::optional<uint64_t> missed_of(const model::TracedFunction& function,
                                                           const ScriptBooks& books) {
        if (function.rung != "fentry" || books.missed.value_or(1) != 0) return std::nullopt;
        return 0;
    }

    RunningKernel& kernel_;
    FunctionsOptions options_;
    std::vector<ChosenFunction> functions_;
    std::vector<std::string> clones_;
    Tracer tracer_;
    std::optional<lang::Source> source_;
    std::optional<lang::Plan> plan_;
    std::unique_ptr<ScriptSession> session_;
    model::Trace trace_;
    bool heard_ = false;  // the programs are those that stay
};

}  // namespace

Result<std::unique_ptr<FunctionsSession>> FunctionsSession::open(RunningKernel& kernel,
                                                                 FunctionsOptions options) {
    auto session = std::make_unique<Session>(kernel, std::move(options));
    KW_CHECK_OK(session->open());
    return session;
}

Result<std::string> functions_script(lang::Kernel& kernel, const FunctionsOptions& options) {
    KW_TRY(const auto functions, choose_functions(options.wanted, kernel));
    return make_tracer(functions, kernel, options.tracer).text;
}

}  // namespace knowhy::collect
