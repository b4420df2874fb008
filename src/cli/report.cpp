// knowhy report: what a recording says, on any machine, without root.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "cli/call_options.h"
#include "cli/call_packets.h"
#include "cli/command.h"
#include "cli/debug_options.h"
#include "cli/exports.h"
#include "cli/output.h"
#include "cli/packet_finding.h"
#include "cli/present.h"
#include "cli/recording.h"
#include "cli/redacted.h"
#include "cli/script_recording.h"
#include "cli/source_lines.h"
#include "explain/diagnose/diagnose.h"
#include "render/json/diagnosis.h"
#include "render/json/drops.h"
#include "render/pcapng/writer.h"
#include "render/text/diagnosis.h"

namespace knowhy::cli {
namespace {

constexpr const char* kExamples =
    "  knowhy report lost.knowhy                      the findings, as drops printed them\n"
    "  knowhy report lost.knowhy --json               the same as JSON Lines\n"
    "  knowhy report lost.knowhy --pcap lost.pcapng   its packets for Wireshark\n"
    "  knowhy report lost.knowhy --html lost.html     one page with all of it, for a browser\n"
    "  knowhy report lost.knowhy --chrome lost.json   for ui.perfetto.dev or chrome://tracing\n"
    "  knowhy report up.knowhy --function 'netif_carrier_*' --dev eth0    calls, of record\n"
    "  knowhy report lost.knowhy --stack --debug-dir DIR    with source lines, if it has none\n"
    "\n"
    "A recording is made with: knowhy drops --record FILE, run --record FILE, or record FILE. "
    "Reading\n"
    "one needs neither root nor the kernel that it was made on. Source lines are in it where that\n"
    "machine had the kernel's debug files; --vmlinux or --debug-dir add them later, of the kernel "
    "that\n"
    "was recorded only.";

struct Options {
    std::string file;
    View view;
    CallView calls;
    std::string output;
    std::string pcap_path;
    std::string html_path;
    std::string chrome_path;
    DebugOptions debug;
    bool exit_code = false;
    bool redact = false;
};

Status write_pcap(const std::string& path, const model::Observation& recorded,
                  std::vector<OtherPacket> packets) {
    for (const model::DropGroup& group : recorded.groups) {
        const model::DropGroup bare = without_samples(group);
        for (const model::DropSample& sample : group.samples) packets.push_back({bare, sample});
    }
    std::stable_sort(packets.begin(), packets.end(),
                     [](const OtherPacket& a, const OtherPacket& b) {
                         return a.sample.time_ns < b.sample.time_ns;
                     });
    KW_TRY(auto pcap, render::PcapngWriter::create(path, recorded.host.machine,
                                                   "Linux " + recorded.host.kernel_release));
    model::Observation run = recorded;
    for (const OtherPacket& packet : packets) {
        const model::Finding finding = finding_of_packet(run, packet.group, packet.sample);
        KW_CHECK_OK(pcap.add(finding, packet.group, packet.sample, recorded.clock));
    }
    KW_CHECK_OK(add_packets(pcap, recorded));
    return pcap.flush();
}

// The debug files that the user named, which must be those of the kernel that was recorded.
Result<symbols::CodeMap> open_recorded(const DebugOptions& debug, const model::HostState& host) {
    symbols::LocateOptions how = locate_options(debug);
    how.places.release = host.kernel_release;
    how.places.build_id = symbols::parse_build_id(host.build_id);
    if (host.kernel_release.empty() || !how.places.build_id) {
        return fail(ErrorKind::Usage,
                    "the recording does not tell its kernel's release and build-id: no debug file "
                    "can be known to belong to it");
    }
    return open_code_map(std::move(how), true);
}

bool wants_packets(const Options& options) {
    return !options.pcap_path.empty() || !options.html_path.empty() || !options.chrome_path.empty();
}

// Of the calls those that were asked for.
Status write_exports(const Options& options, model::Observation recorded,
                     std::vector<OtherPacket> others) {
    if (!wants_all_calls(options.calls)) {
        const size_t all = recorded.trace.calls.size();
        recorded.trace = wanted_calls(recorded.trace, options.calls);
        recorded.trace.notes.push_back(
            fmt::format("{} of {} recorded calls and returns are here: those asked for",
                        recorded.trace.calls.size(), all));
    }
    if (!options.html_path.empty()) {
        KW_CHECK_OK(export_html(options.html_path, options.file, recorded, others));
    }
    if (!options.chrome_path.empty()) {
        KW_CHECK_OK(export_chrome(options.chrome_path, recorded, others));
    }
    if (options.pcap_path.empty()) return {};
    return write_pcap(options.pcap_path, recorded, std::move(others));
}

// With all of its calls only where they are shown one by one.
Result<model::Observation> load(const Options& options, const model::OtherSample& keep,
                                model::CallSums& sums) {
    if (options.calls.summary_only && !wants_packets(options) && !options.view.json) {
        KW_TRY(model::Observation recorded, load_summary(options.file, options.calls, sums));
        if (!recorded.trace.empty()) return recorded;
    }
    KW_TRY(model::Observation recorded, load_recording(options.file, keep));
    sums = sums_of(recorded.trace, options.calls);
    return recorded;
}

// The state of the recorded namespace, as `knowhy diagnose` judges it. True when a fault was found.
Result<bool> report_state(Output& output, const View& view, const model::Observation& recorded) {
    const auto findings = explain::diagnose(recorded);
    const bool fault = std::ranges::any_of(findings, matters);
    if (!view.json) {
        render::TextOptions text;
        text.colour = output.wants_colour();
        text.width = output.width();
        text.harmless = view.harmless;
        KW_CHECK_OK(output.write('\n' + render::diagnosis_report(findings, recorded, text)));
        return fault;
    }
    std::string lines;
    for (const model::Finding& finding : findings)
        if (view.harmless || matters(finding))
            lines += render::finding_json(finding, recorded.clock);
    KW_CHECK_OK(output.write(lines + render::diagnosis_summary_json(findings, recorded)));
    return fault;
}

// A recording of functions has no losses, but the state of a namespace.
Result<bool> report(Output& output, const Options& options, const model::Observation& recorded,
                    const model::CallSums& sums) {
    if (recorded.script) {
        KW_CHECK_OK(report_script(output, recorded, options.view.json));
        return false;
    }
    if (recorded.trace.empty()) return Presenter(output, options.view).report(recorded);
    KW_CHECK_OK(report_calls(output, recorded, sums, options.calls, options.view.json));
    if (recorded.host.namespaces.empty()) return false;
    return report_state(output, options.view, recorded);
}

Result<int> run(const Options& options) {
    std::vector<OtherPacket> others;
    model::OtherSample keep;
    if (wants_packets(options)) {
        keep = [&](const model::DropGroup& group, const model::DropSample& sample) {
            others.push_back({without_samples(group), sample});
        };
    }
    model::CallSums sums;
    KW_TRY(model::Observation recorded, load(options, keep, sums));
    if (options.redact) {
        Redacted redacted({});
        redacted.apply(recorded);
        for (OtherPacket& packet : others) redacted.apply(packet.group, packet.sample);
    }
    if (any_named(options.debug)) {
        KW_TRY(auto code, open_recorded(options.debug, recorded.host));
        add_lines(recorded, code);
        for (OtherPacket& packet : others) add_lines(packet.group, code);
    }
    KW_TRY(Output output, Output::open(options.output));
    KW_TRY(const bool found, report(output, options, recorded, sums));
    KW_CHECK_OK(write_exports(options, std::move(recorded), std::move(others)));
    return found && options.exit_code ? kFound : kDone;
}

}  // namespace

Command add_report(CLI::App& program) {
    CLI::App* app = add_subcommand(program, "report", "What does this recording say?", kExamples);
    auto options = std::make_shared<Options>();
    app->add_option("FILE", options->file, "A recording of drops, record, run or diagnose")
        ->required();
    app->add_flag("--stack", options->view.stack, "Show kernel stacks");
    app->add_flag("--harmless", options->view.harmless, "List what was judged harmless, too");
    app->add_flag("--json", options->view.json, "JSON Lines (docs/json.md)");
    app->add_option("-o,--output", options->output, "Write the results to FILE")->type_name("FILE");
    app->add_option("--pcap", options->pcap_path, "Write the packets as pcapng")->type_name("FILE");
    app->add_option("--html", options->html_path, "Write all of it as one page for a browser")
        ->type_name("FILE");
    app->add_option("--chrome", options->chrome_path, "Write a trace for Chrome or Perfetto")
        ->type_name("FILE");
    app->add_flag("--redact", options->redact,
                  "Other addresses for the real ones, in what is printed and exported");
    app->add_flag("--exit-code", options->exit_code, "Exit with 3 when packets were lost");
    add_call_options(*app, options->calls);
    add_debug_file_options(*app, options->debug);
    return {app, [options] { return run(*options); }};
}

}  // namespace knowhy::cli
