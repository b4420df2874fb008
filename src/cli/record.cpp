// knowhy record: the calls of a set of functions, and the state before and after, into a file.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <memory>
#include <thread>

#include "base/log.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/duration.h"
#include "cli/interrupt.h"
#include "cli/list_option.h"
#include "cli/output.h"
#include "cli/patient.h"
#include "cli/size_option.h"
#include "collect/drops/scope.h"
#include "collect/functions/functions.h"
#include "collect/functions/sets.h"
#include "host/child.h"
#include "model/recording.h"
#include "redact/redact.h"

namespace knowhy::cli {
namespace {

constexpr const char* kExamples =
    "  knowhy record up.knowhy --for 10s                   the usual functions, for ten seconds\n"
    "  knowhy record up.knowhy -- ip link set lo up        while a command runs\n"
    "  knowhy record up.knowhy --for 5s --functions 'netif_carrier_*,linkwatch_*,rfc2863_policy'\n"
    "  knowhy record lacp.knowhy --functions @lacp,@carrier --for 1m --max-size 50M --rotate 3\n"
    "  knowhy record --sets                                the sets of functions there are\n"
    "  knowhy report up.knowhy                             what it says, on any machine\n"
    "\n"
    "Two recordings of the same thing, on a healthy host and on a sick one, are compared with:\n"
    "knowhy diff GOOD BAD. Exit status: 0 done, 1 failed while running, 2 wrong usage.";

constexpr int kPollMs = 100;
constexpr uint64_t kDefaultSize = 100'000'000;
constexpr uint32_t kMostFiles = 1000;

struct Options {
    std::string file;
    std::vector<std::string> functions;
    bool arguments = true;
    bool returns = true;
    std::string netns;
    std::string device;
    std::string command;
    std::vector<std::string> scenario;  // the same in words
    std::optional<Duration> length;
    uint64_t max_bytes = kDefaultSize;
    uint32_t files = 1;
    bool sets = false;
    bool dump = false;
    bool verifier_log = false;
    bool redact = false;
    double max_cpu_percent = 50.0 * static_cast<double>(std::thread::hardware_concurrency());
};

void add_options(CLI::App& app, Options& options) {
    app.add_option("FILE", options.file, "The recording; what is there is replaced");
    app.add_option("COMMAND", options.scenario, "After --: run this, and end with it");
    add_list(app, "--functions", options.functions,
             "Names, globs, MODULE:NAME, @SET; default: all sets")
        ->type_name("LIST");
    app.add_flag_callback(
        "--args", [] {}, "Needless: arguments are recorded unless told otherwise");
    app.add_flag_callback(
        "--no-args", [&options] { options.arguments = false; }, "Without arguments");
    app.add_flag_callback(
        "--return", [] {}, "Needless: returns are recorded unless told otherwise");
    app.add_flag_callback(
        "--no-return", [&options] { options.returns = false; }, "Without returns");
    app.add_option("--ns", options.netns,
                   "Only calls about this network namespace, and its state (else your own's)")
        ->type_name("NAME");
    app.add_option("--dev", options.device, "Only what is about the device of this name")
        ->type_name("DEV");
    app.add_option("-c", options.command, "The same in one word")->type_name("CMD");
    add_duration(app, "--for", options.length, "End after this long: 10s, 500ms, 2m");
    add_size(app, "--max-size", options.max_bytes,
             "The most that calls may take: 500k, 100M, 2G (default 100M)");
    app.add_option("--rotate", options.files,
                   "Keep the last of it, in up to N files: FILE, FILE.1...")
        ->type_name("N")
        ->check(CLI::Range(1U, kMostFiles));
    app.add_option("--max-cpu", options.max_cpu_percent,
                   "End above this share of one CPU, 0 never (default: half of all CPUs)")
        ->type_name("PERCENT");
    app.add_flag("--redact", options.redact, "Record other addresses for the real ones");
    app.add_flag("--sets", options.sets, "Only list the sets of functions");
    app.add_flag("--dump", options.dump, "Only show the script that watches the functions");
    app.add_flag("--verifier-log", options.verifier_log,
                 "Show the whole of what the kernel says of a program that it refuses");
}

std::string sets_text() {
    std::string text;
    for (const collect::FunctionSet& set : collect::function_sets())
        text +=
            fmt::format("@{}: {}\n    {}\n", set.name, set.title, fmt::join(set.functions, " "));
    return text;
}

std::vector<std::string> wanted_functions(const Options& options) {
    if (!options.functions.empty()) return options.functions;
    std::vector<std::string> all;
    for (const collect::FunctionSet& set : collect::function_sets()) all.push_back("@" + set.name);
    return all;
}

// One recording, from its first snapshot to its last.
class Recorder {
  public:
    Recorder(const Options& options, model::Scope scope)
        : options_(options), scope_(std::move(scope)) {}

    Status run() {
        if (!options_.scenario.empty()) {
            KW_TRY(child_, host::Child::start_held(options_.scenario));
        }
        if (options_.redact) redactor_.emplace(redact::host_names());
        KW_TRY(before_, look());
        KW_CHECK_OK(open());
        Interrupts::armed();
        log::note("armed: {}{}", counted(session_->probes(), "probe"),
                  child_ || options_.length ? "" : "; Ctrl-C ends the recording");
        if (child_) KW_CHECK_OK(child_->let_go());
        Status watched = watch();
        KW_CHECK_OK(finish());
        return watched;
    }

  private:
    Result<model::Observation> look() const {
        PatientOptions how;
        how.scope = scope_;
        how.all_sysctls = true;
        return examine(how);
    }

    void record(const model::TracedCall& call) {
        ++calls_;
        if (!recorded_) return;
        if (!redactor_) {
            recorded_ = writer_->add_call(call);
            return;
        }
        model::TracedCall other = call;
        redactor_->apply(other);
        recorded_ = writer_->add_call(other);
    }

    Status open() {
        collect::FunctionsOptions how;
        how.wanted = wanted_functions(options_);
        how.tracer.arguments = options_.arguments;
        how.tracer.returns = options_.returns;
        how.tracer.device = options_.device;
        if (!options_.netns.empty()) how.tracer.netns = scope_.netns;
        how.max_cpu_percent = options_.max_cpu_percent;
        how.verifier_log = options_.verifier_log;
        if (child_) how.child_ended = child_->descriptor();
        how.called = [this](const model::TracedCall& call) { record(call); };
        KW_TRY(session_, collect::FunctionsSession::open(kernel_, std::move(how)));
        model::Observation start = before_;
        start.trace = session_->trace();
        start.trace.scenario = options_.command;
        if (redactor_) {
            redactor_->learn(start.host);
            redactor_->apply(start);
        }
        KW_TRY(writer_, model::RecordingWriter::create(options_.file, start,
                                                       {options_.max_bytes, options_.files}));
        return {};
    }

    Status watch() {
        const auto end =
            options_.length ? Clock::now() + *options_.length : Clock::time_point::max();
        while (!Interrupts::asked_to_stop() && Clock::now() < end) {
            KW_TRY(const bool goes_on, session_->poll(kPollMs));
            KW_CHECK_OK(recorded_);
            KW_CHECK_OK(writer_->tick());
            if (!goes_on) break;
        }
        return {};
    }

    Status finish() {
        KW_TRY(model::Trace trace, session_->finish());
        KW_CHECK_OK(recorded_);
        KW_TRY(model::Observation end, look());
        trace.scenario = options_.command;
        // The same namespace before: what its counters were then, and all else.
        for (auto& [inum, state] : end.host.namespaces) {
            const auto was = before_.host.namespaces.find(inum);
            if (was == before_.host.namespaces.end()) continue;
            state.before = was->second.after;
            end.host.earlier.push_back(was->second);
        }
        end.host.before = before_.host.after;
        end.accounting.elapsed_s =
            static_cast<double>(end.clock.monotonic_ns - before_.clock.monotonic_ns) / 1e9;
        end.clock = before_.clock;
        end.trace = std::move(trace);
        if (redactor_) redactor_->apply(end);
        KW_CHECK_OK(writer_->finish(end));
        tell(end.trace);
        return {};
    }

    void tell(const model::Trace& trace) const {
        log::note("{} recorded in {}; read it with: knowhy report {}",
                  counted(calls_ - writer_->cut(), "call or return", "calls and returns"),
                  escaped(options_.file), escaped(options_.file));
        if (writer_->cut() > 0)
            log::warn("{} left out: --max-size",
                      counted(writer_->cut(), "call or return was", "calls and returns were"));
        if (trace.lost > 0)
            log::warn("{} lost: they came faster than they could be written",
                      counted(trace.lost, "call or return was", "calls and returns were"));
        for (const std::string& note : trace.notes) log::note("{}", escaped(note));
    }

    const Options& options_;
    model::Scope scope_;
    collect::RunningKernel kernel_;
    std::optional<host::Child> child_;
    std::optional<redact::Redactor> redactor_;
    model::Observation before_;
    std::unique_ptr<collect::FunctionsSession> session_;
    std::unique_ptr<model::RecordingWriter> writer_;
    uint64_t calls_ = 0;
    Status recorded_;  // the first failure, from inside the callback
};

Status check_options(Options& options) {
    if (options.file.empty()) return fail(ErrorKind::Usage, "no FILE to record into");
    if (!options.scenario.empty() && !options.command.empty())
        return fail(ErrorKind::Usage, "-c and a command after -- contradict each other");
    if (!options.command.empty()) {
        KW_TRY(options.scenario, host::split_words(options.command));
    } else {
        options.command = fmt::format("{}", fmt::join(options.scenario, " "));
    }
    return {};
}

Result<int> run(Options& options) {
    KW_TRY(Output output, Output::open(""));
    if (options.sets) {
        KW_CHECK_OK(output.write(sets_text()));
        return kDone;
    }
    KW_TRY(model::Scope scope, collect::resolve_scope(options.netns, ""));
    if (options.dump) {
        collect::RunningKernel kernel;
        collect::FunctionsOptions how;
        how.wanted = wanted_functions(options);
        how.tracer = {options.arguments, options.returns, options.netns.empty() ? 0 : scope.netns,
                      options.device};
        KW_TRY(const std::string text, collect::functions_script(kernel, how));
        KW_CHECK_OK(output.write(text));
        return kDone;
    }
    KW_CHECK_OK(check_options(options));
    const Interrupts interrupts;
    KW_CHECK_OK(Recorder(options, std::move(scope)).run());
    return kDone;
}

}  // namespace

Command add_record(CLI::App& program) {
    CLI::App* app = add_subcommand(
        program, "record", "Which functions were called, and what did they return?", kExamples);
    auto options = std::make_shared<Options>();
    add_options(*app, *options);
    return {app, [options] { return run(*options); }};
}

}  // namespace knowhy::cli
