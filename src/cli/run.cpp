// knowhy run: a script of bpftrace's or SystemTap's language, straight to the kernel.
#include <fmt/format.h>
#include <unistd.h>

#include <map>
#include <memory>
#include <thread>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "bpf/codegen/program.h"
#include "bpf/insn/print.h"
#include "cli/command.h"
#include "cli/debug_options.h"
#include "cli/duration.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/script_printer.h"
#include "cli/script_recording.h"
#include "cli/script_source.h"
#include "collect/script/image_kernel.h"
#include "collect/script/session.h"
#include "host/child.h"
#include "ir/print.h"

namespace knowhy::cli {
namespace {

constexpr const char* kExamples =
    "  knowhy run -e 'BEGIN { printf(\"hello\\n\"); exit(); }'\n"
    "  knowhy run --for 5s -e 'tracepoint:skb:kfree_skb { @[args.protocol] = count(); }'\n"
    "  knowhy run -c 'ping -c 1 127.0.0.1' -e 'tracepoint:net:net_dev_xmit { @[comm] = count(); "
    "}'\n"
    "  knowhy run --check -e 'rawtracepoint:kfree_skb { @ = count(); }'\n"
    "\n"
    "What is printed is bpftrace's: text, or with -f json its JSON. --json is knowhy's own.\n"
    "Exit status: 0 done, or what exit() was given; 1 failed while running; 2 wrong usage, or a\n"
    "script with errors.";

constexpr int kPollMs = 100;      // how long Ctrl-C and --for may go unnoticed
constexpr double kDetach = 0.04;  // seconds a probe: measured with a few at a time (attach.h)
constexpr size_t kMany = 200;     // probes whose attaching takes long enough to be told of

struct Options {
    std::vector<std::string> words;
    std::string program;
    bool has_program = false;
    std::string language;
    std::string command;
    std::optional<int> pid;
    std::string output;
    std::string recording;
    std::string format = "text";
    bool json = false;
    std::optional<Duration> length;
    bool check = false;
    DebugOptions debug;
    std::string dump;
    bool unsafe = false;
    bool verifier_log = false;
    bool quiet = false;
    bool no_warnings = false;
    bool dry_run = false;
    // What a host can spare for a while: half of its CPUs.
    double max_cpu_percent = 50.0 * static_cast<double>(std::thread::hardware_concurrency());
    std::string compat;
};

// bpftrace's, for what is always so here: lines come out when they are said, types come from the
// kernel's BTF, failed reads are counted in the summary.
void add_needless_options(CLI::App& app) {
    const auto nothing = [](const std::string&) {};
    app.add_option_function<std::string>("-B", nothing,
                                         "bpftrace's buffering: none, line or full. Needless here")
        ->type_name("MODE")
        ->check(CLI::IsMember({"none", "line", "full"}));
    for (const char* name : {"-I", "--include"})
        app.add_option_function<std::string>(name, nothing,
                                             "Needless: the kernel itself tells its types")
            ->type_name("HEADERS");
    app.add_option_function<std::string>("--no-feature", nothing, "Needless: nothing rests on them")
        ->type_name("NAMES");
    app.add_flag_callback(
        "-k", [] {}, "Needless: failed reads are counted in the summary");
}

void add_options(CLI::App& app, Options& options) {
    app.add_option("SCRIPT", options.words, "A file, or - for standard input; then $1, $2...");
    app.add_option_function<std::string>(
           "-e",
           [&options](const std::string& text) {
               options.program = text;
               options.has_program = true;
           },
           "The script itself")
        ->type_name("PROGRAM");
    app.add_option("--lang", options.language,
                   "bpftrace or stap; else the file's name and its #! line tell")
        ->type_name("LANG");
    app.add_option("-c", options.command, "Run this command, and end with it")->type_name("CMD");
    app.add_option("-p,--pid", options.pid,
                   "End with this process; clocks and software events count in it alone")
        ->type_name("PID");
    app.add_option("-o,--output", options.output, "Write what is printed to FILE")
        ->type_name("FILE");
    app.add_option("--record", options.recording, "Record what it says, for knowhy report")
        ->type_name("FILE");
    app.add_option("-f", options.format, "text, or json as bpftrace writes it")
        ->type_name("FORMAT")
        ->check(CLI::IsMember({"text", "json"}));
    app.add_flag("--json", options.json, "JSON Lines of knowhy's own (docs/json.md)");
    add_duration(app, "--for", options.length, "End after this long: 10s, 500ms, 2m");
    app.add_flag("--check", options.check, "Only say what is wrong with the script; needs no root");
    // bpftrace's own names for what is nearest.
    const std::map<std::string, std::string> passes = {{"ast", "parse"},  {"types", "plan"},
                                                       {"codegen", "ir"}, {"codegen-opt", "ir"},
                                                       {"libbpf", "bpf"}, {"dis", "bpf"}};
    app.add_option("-d,--dump", options.dump, "Show the script after a pass: parse, plan, ir, bpf")
        ->type_name("PASS")
        ->transform(CLI::Transformer(passes))
        ->check(CLI::IsMember({"parse", "plan", "ir", "bpf"}));
    app.add_flag("--dry-run", options.dry_run, "Attach, and end at once");
    app.add_flag("--unsafe", options.unsafe, "Allow system() and signals");
    app.add_flag("--verifier-log", options.verifier_log,
                 "Show the whole of what the kernel says of a program that it refuses");
    app.add_option("--max-cpu", options.max_cpu_percent,
                   "End above this share of one CPU, 0 never (default: half of all CPUs)")
        ->type_name("PERCENT");
    app.add_option("--compat", options.compat, "Print as bpftrace 0.17 did")
        ->type_name("VERSION")
        ->check(CLI::IsMember({"0.17", "0.26"}));
    add_debug_file_options(app, options.debug);
    app.add_flag("-q", options.quiet, "No word about attaching");
    app.add_flag("--no-warnings", options.no_warnings, "Only errors of the script, no warnings");
    add_needless_options(app);
    app.add_flag_callback(
        "-v", [] { log::set_verbose(true); }, "The same as --verbose");
}

Result<NamedScript> script_of(Options& options) {
    if (options.has_program) return script_of_argument(options.program, options.language);
    if (options.words.empty())
        return fail(ErrorKind::Usage, "no script: name a file, or give one with -e");
    const std::string path = options.words.front();
    options.words.erase(options.words.begin());
    return read_script(path, options.language);
}

Status check_options(const Options& options) {
    if (options.json && options.format == "json")
        return fail(ErrorKind::Usage, "--json and -f json contradict each other");
    if (!options.command.empty() && options.pid)
        return fail(ErrorKind::Usage, "-c and -p contradict each other");
    return {};
}

Result<std::string> bpf_text(const lang::ProbePlan& probe) {
    const bool typed = std::holds_alternative<lang::TracingAt>(probe.targets.front().at) ||
                       std::holds_alternative<lang::IteratorAt>(probe.targets.front().at);
    KW_TRY(const auto generated, bpf::generate(probe.program, typed ? bpf::ProgramKind::Typed
                                                                    : bpf::ProgramKind::Untyped));
    return bpf::to_text(generated.insns);
}

Result<std::string> dump_of(const lang::Plan& plan, const std::string& pass) {
    if (pass == "plan") return lang::to_text(plan);
    std::string text;
    for (const lang::ProbePlan& probe : plan.probes) {
        text += fmt::format("{}:\n", escaped(probe.targets.front().name));
        if (pass == "ir" || probe.in_user_space) {
            text += ir::to_text(probe.program);
        } else {
            KW_TRY(const std::string code, bpf_text(probe));
            text += code;
        }
    }
    return text;
}

symbols::LocateOptions debug_places(const DebugOptions& debug) {
    symbols::LocateOptions how = locate_options(debug);
    how.places.ask_servers = false;  // it may be the network that is looked into
    return how;
}

// --vmlinux of a kernel that does not run is what a script is checked by; else it is where debug
// information is.
Result<std::unique_ptr<lang::Kernel>> kernel_to_check(const Options& options) {
    if (options.debug.vmlinux.empty())
        return std::make_unique<collect::RunningKernel>(debug_places(options.debug));
    return collect::ImageKernel::open(options.debug.vmlinux);
}

// --check and --dump.
Result<int> look(const Options& options, const NamedScript& script, lang::Script parsed,
                 Output& output) {
    if (options.dump == "parse") {
        KW_CHECK_OK(output.write(lang::to_text(parsed)));
        return kDone;
    }
    KW_TRY(const auto kernel, kernel_to_check(options));
    const auto plan = compile_script(script, std::move(parsed), *kernel,
                                     {options.words, options.unsafe, std::nullopt});
    if (!plan) return kUsage;
    if (options.dump.empty()) return kDone;
    KW_TRY(const std::string text, dump_of(*plan, options.dump));
    KW_CHECK_OK(output.write(text));
    return kDone;
}

// Tells of an attaching that takes its time, by what the first ones took.
class AttachProgress {
  public:
    void operator()(size_t done, size_t all) {
        if (all < kMany || done == 0) return;
        const double spent = static_cast<double>(monotonic_now_ns() - begun_ns_) / 1e9;
        const double left = spent / static_cast<double>(done) * static_cast<double>(all - done);
        if (left < 1 && !told_) return;
        if (!told_)
            log::note("{} to attach: that takes about {:.0f} s", counted(all, "probe"),
                      spent + left);
        told_ = true;
        if (is_terminal_)
            fmt::print(stderr, "\r{} of {} attached{}", done, all, done == all ? "\n" : "");
    }

  private:
    uint64_t begun_ns_ = monotonic_now_ns();
    bool is_terminal_ = isatty(2) == 1;
    bool told_ = false;
};

// The results are out by then, and it looks as if nothing happened any more.
void tell_of_detaching(size_t probes) {
    if (probes < kMany) return;
    log::note("letting go of {}: the kernel takes about {:.0f} s for that",
              counted(probes, "probe"), kDetach * static_cast<double>(probes));
}

render::ScriptOptions printed_as(const Options& options, const NamedScript& script,
                                 const lang::Config& config) {
    render::ScriptOptions how;
    if (options.compat == "0.17") how.compat = render::ScriptOptions::Compat::Bpftrace017;
    if (script.dialect == lang::Dialect::Stap) how.dialect = model::FormatDialect::SystemTap;
    how.cut_trailer = config.str_trunc_trailer;
    return how;
}

ScriptFormat format_of(const Options& options) {
    if (options.json) return ScriptFormat::Json;
    return options.format == "json" ? ScriptFormat::PeerJson : ScriptFormat::Text;
}

collect::ScriptOptions session_options(const Options& options,
                                       const std::optional<host::Child>& child,
                                       ScriptPrinter& printer, ScriptRecorder* recorder) {
    collect::ScriptOptions how;
    how.pid = options.pid;
    how.only_of_pid = options.pid.has_value();
    if (child) how.child_ended = child->descriptor();
    how.verifier_log = options.verifier_log;
    how.max_cpu_percent = options.max_cpu_percent;
    how.said = [&printer, recorder](const model::ScriptEvent& event) {
        if (recorder != nullptr) recorder->say(event);
        printer.say(event);
    };
    how.format = [&printer](const model::Formatted& what) { return printer.formatted(what); };
    how.progress = AttachProgress();
    return how;
}

Status watch(const Options& options, collect::ScriptSession& session, ScriptPrinter& printer,
             ScriptRecorder* recorder) {
    const auto end = options.length ? Clock::now() + *options.length : Clock::time_point::max();
    while (!Interrupts::asked_to_stop() && Clock::now() < end) {
        KW_TRY(const bool goes_on, session.poll(kPollMs));
        KW_CHECK_OK(printer.flush());
        if (recorder != nullptr) KW_CHECK_OK(recorder->tick());
        if (!goes_on) break;
    }
    return {};
}

Result<int> run_to_its_end(const Options& options, collect::ScriptSession& session,
                           std::optional<host::Child>& child, ScriptPrinter& printer,
                           ScriptRecorder* recorder) {
    printer.attaching(session.probes());
    KW_CHECK_OK(printer.flush());
    if (auto armed = session.arm(); !armed) {
        KW_CHECK_OK(printer.never_armed());
        return tl::unexpected(armed.error());
    }
    Interrupts::armed();
    const auto clock = ClockPair::now();
    if (recorder != nullptr) recorder->say(model::AttachedProbes{session.probes(), clock});
    KW_CHECK_OK(printer.armed(session.probes(), clock));
    if (child) KW_CHECK_OK(child->let_go());
    const Status watched = options.dry_run ? Status() : watch(options, session, printer, recorder);
    KW_CHECK_OK(session.finish());
    printer.end_of_words();
    if (recorder != nullptr) recorder->end_of_words();
    session.print_maps();
    const collect::ScriptBooks books = session.books();
    if (recorder != nullptr) KW_CHECK_OK(recorder->finish(session, books));
    KW_CHECK_OK(printer.summary(books));
    tell_of_detaching(books.attached);
    KW_CHECK_OK(watched);
    return session.exit_status();
}

Result<int> run(Options& options) {
    KW_CHECK_OK(check_options(options));
    KW_TRY(NamedScript script, script_of(options));
    script.warnings = !options.no_warnings;
    auto parsed = parse_script(script, options.words);
    if (!parsed) return kUsage;
    KW_TRY(Output output, Output::open(options.output));
    if (options.check || !options.dump.empty())
        return look(options, script, std::move(*parsed), output);

    const Interrupts interrupts;
    std::optional<host::Child> child;
    lang::CompileOptions compile{options.words, options.unsafe, std::nullopt};
    if (!options.command.empty()) {
        KW_TRY(const auto words, host::split_words(options.command));
        KW_TRY(child, host::Child::start_held(words));
        compile.child = static_cast<uint32_t>(child->pid());
    }
    collect::RunningKernel kernel(debug_places(options.debug));
    const auto plan = compile_script(script, std::move(*parsed), kernel, compile);
    if (!plan) return kUsage;
    ScriptPrinter printer(output, format_of(options), printed_as(options, script, plan->config),
                          options.quiet);
    std::unique_ptr<ScriptRecorder> recorder;
    if (!options.recording.empty()) {
        KW_TRY(recorder,
               ScriptRecorder::create(options.recording, script,
                                      printed_as(options, script, plan->config), options.quiet));
    }
    KW_TRY(const auto session,
           collect::ScriptSession::load(*plan, script.source, kernel,
                                        session_options(options, child, printer, recorder.get())));
    return run_to_its_end(options, *session, child, printer, recorder.get());
}

}  // namespace

Command add_run(CLI::App& program) {
    CLI::App* app = add_subcommand(program, "run",
                                   "Anything you can script: bpftrace and SystemTap", kExamples);
    auto options = std::make_shared<Options>();
    add_options(*app, *options);
    return {app, [options] { return run(*options); }};
}

}  // namespace knowhy::cli
