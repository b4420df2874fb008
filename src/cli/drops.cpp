// knowhy drops: what is lost, where, and why?
#include <fmt/format.h>

#include <memory>

#include "base/text.h"
#include "cli/command.h"
#include "cli/drops_run.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "collect/drops/scope.h"

namespace knowhy::cli {
namespace {

constexpr const char* kExamples =
    "  knowhy drops                            until Ctrl-C, everything, by cause\n"
    "  knowhy drops --for 10s udp port 4791    ten seconds, RoCEv2 only\n"
    "  knowhy drops -i lo --for 10s icmp       on one device only\n"
    "  knowhy drops --each --stack --count 5   five packets, with their kernel stacks\n"
    "  knowhy drops --for 1m --record lost.knowhy    to be read with: knowhy report lost.knowhy\n"
    "  knowhy drops --for 10s --pcap lost.pcapng     for Wireshark; the cause is the comment\n"
    "\n"
    "FILTER is pcap-filter(7) syntax. Exit status: 0 done, 1 failed while running, 2 wrong usage;\n"
    "with --exit-code 3 when packets were lost.";

struct Options {
    DropsRunOptions run;
    std::vector<std::string> filter;
    std::string netns;
    std::string device;
    std::string output;
    bool exit_code = false;
    bool no_stack = false;
    bool no_points = false;
};

// What is wrong with a --max-cpu; "" when nothing is, as CLI11 wants it.
std::string percentage(const std::string& text) {
    double value = 0;
    const bool number = CLI::detail::lexical_cast(text, value);
    if (number && value >= 0.1 && value <= 100) return {};
    return fmt::format("'{}' is no percentage from 0.1 to 100", text);
}

// The same for a --count.
std::string whole_number(const std::string& text) {
    const auto value = parse_u64(text, 10);
    return value && *value > 0 ? "" : fmt::format("'{}' is no whole number from 1", text);
}

void add_options(CLI::App& app, Options& options) {
    app.add_option("FILTER", options.filter, "Only packets that match, pcap-filter(7)");
    app.add_option("-i,--device", options.device, "Only losses on this device")->type_name("DEV");
    app.add_option("--ns", options.netns,
                   "Only losses in this network namespace, and -i is a device there")
        ->type_name("NAME");
    add_duration(app, "--for", options.run.length, "End after this long: 10s, 500ms, 2m");
    app.add_option("--count", options.run.count, "End after this many lost packets")
        ->type_name("N")
        ->check(whole_number);
    app.add_flag("--each", options.run.each, "Print every packet as it is lost");
    app.add_flag("--stack", options.run.view.stack, "Show kernel stacks");
    app.add_flag("--harmless", options.run.view.harmless, "List what was judged harmless, too");
    app.add_flag("--json", options.run.view.json, "JSON Lines (docs/json.md)");
    add_duration(app, "--interval", options.run.interval,
                 "Print the findings so far every so often");
    app.add_option("-o,--output", options.output, "Write the results to FILE")->type_name("FILE");
    app.add_option("--pcap", options.run.pcap_path, "Write the packets as pcapng")
        ->type_name("FILE");
    app.add_option("--record", options.run.recording_path, "Record everything, for knowhy report")
        ->type_name("FILE");
    app.add_flag("--exit-code", options.exit_code, "Exit with 3 when packets were lost");
    app.add_option("--max-cpu", options.run.collector.max_cpu_percent,
                   "Details are shed above this share of one CPU (default 10)")
        ->type_name("PERCENT")
        ->check(percentage);
    app.add_flag("--no-points", options.no_points,
                 "Watch no deciding functions: cheaper, and less sure of causes");
    app.add_flag("--no-stack", options.no_stack, "Take no kernel stacks");
    add_debug_file_options(app, options.run.debug);
}

// A device is no filter, but many a tool takes one there.
std::string filter_help(const std::vector<std::string>& filter) {
    const bool device = filter.size() == 1 && collect::resolve_scope("", filter.front());
    return device ? fmt::format("did you mean the device, -i {}?", filter.front())
                  : "see pcap-filter(7)";
}

Result<int> run(Options& options) {
    options.run.collector.filter = fmt::format("{}", fmt::join(options.filter, " "));
    options.run.collector.stacks = !options.no_stack;
    options.run.collector.points = !options.no_points;
    if (options.no_stack && options.run.view.stack) {
        return fail(ErrorKind::Usage, "--stack and --no-stack contradict each other");
    }
    KW_TRY(options.run.collector.scope, collect::resolve_scope(options.netns, options.device));
    const Interrupts interrupts;
    KW_TRY(Output output, Output::open(options.output));
    auto opened = DropsRun::open(options.run, output);
    if (!opened && opened.error().kind == ErrorKind::Usage && !options.filter.empty()) {
        return fail(ErrorKind::Usage, "{}; {}", opened.error().message,
                    filter_help(options.filter));
    }
    KW_TRY(const auto drops, std::move(opened));
    const Status watched = drops->watch();
    KW_TRY(const bool found, drops->finish());
    KW_CHECK_OK(watched);
    return found && options.exit_code ? kFound : kDone;
}

}  // namespace

Command add_drops(CLI::App& program) {
    CLI::App* app = add_subcommand(program, "drops", "What is lost, where, and why?", kExamples);
    auto options = std::make_shared<Options>();
    add_options(*app, *options);
    return {app, [options] { return run(*options); }};
}

}  // namespace knowhy::cli
