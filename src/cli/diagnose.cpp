// knowhy diagnose: what is wrong with this host's network state?
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/text.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/patient.h"
#include "cli/recording.h"
#include "cli/redacted.h"
#include "collect/drops/scope.h"
#include "explain/diagnose/diagnose.h"
#include "model/recording.h"
#include "render/json/diagnosis.h"
#include "render/json/drops.h"
#include "render/text/diagnosis.h"
#include "render/text/layout.h"

namespace knowhy::cli {
namespace {

constexpr const char* kExamples =
    "  knowhy diagnose                      this network namespace, by every rule\n"
    "  knowhy diagnose bond0                one device, with its slaves or its master\n"
    "  knowhy diagnose --ns blue --watch 10s    another namespace; what its counters do meanwhile\n"
    "  knowhy diagnose --explain bond-no-speed  what a rule looks at, and how sure it is\n"
    "  knowhy diagnose --record sick.knowhy     keep the state, and on another machine:\n"
    "  knowhy diagnose --from sick.knowhy\n"
    "  knowhy diagnose --redact --record shown.knowhy    to be given away: with other addresses\n"
    "\n"
    "Nothing is changed and nothing is sent. Without --watch, counters are judged by what they "
    "are\n"
    "since they began. Exit status: 0 done, 1 failed, 2 wrong usage; with --exit-code 3 when a\n"
    "fault was found. The rules: docs/diagnoses.md.";

struct Options {
    std::string device;
    std::string netns;
    std::optional<Duration> watch;
    std::string rule;
    std::string recording;  // to write
    std::string from;       // to read
    std::string output;
    bool json = false;
    bool harmless = false;
    bool exit_code = false;
    bool redact = false;
};

std::string rule_text(const explain::RuleInfo& rule, const render::TextOptions& options) {
    render::Sheet sheet(options);
    sheet.head("RULE", render::Ink::Bold, rule.id);
    sheet.row("finds", rule.title + '.');
    sheet.row("means", rule.remedy + '.');
    sheet.row("needs", rule.facts + '.');
    sheet.row("sure", rule.certainty + '.');
    return sheet.take();
}

render::TextOptions text_options(const Output& output) {
    render::TextOptions text;
    text.colour = output.wants_colour();
    text.width = output.width();
    return text;
}

Result<int> explain_rule(const Options& options, Output& output) {
    const auto rules = explain::diagnoses();
    const auto rule = std::find_if(rules.begin(), rules.end(),
                                   [&](const auto& each) { return each.id == options.rule; });
    if (rule == rules.end()) {
        std::string names;
        for (const auto& each : rules) names += (names.empty() ? "" : ", ") + each.id;
        return fail(ErrorKind::Usage, "no rule '{}'; there are: {}", options.rule, names);
    }
    KW_CHECK_OK(output.write(rule_text(*rule, text_options(output))));
    return kDone;
}

Status keep(const std::string& path, const model::Observation& seen) {
    KW_TRY(const auto recording, model::RecordingWriter::create(path, seen));
    return recording->finish(seen);
}

// A device of the recorded namespace.
Status narrow(model::Observation& recorded, const std::string& device) {
    if (device.empty()) return {};
    for (const auto& [inum, state] : recorded.host.namespaces) {
        const model::Link* link = state.link(device);
        if (link == nullptr) continue;
        recorded.scope = {inum, state.name, link->ifindex, device};
        return {};
    }
    return fail(ErrorKind::Usage, "the recording has no device '{}'", device);
}

Result<model::Observation> observe(const Options& options) {
    if (options.from.empty()) {
        KW_TRY(model::Scope scope, collect::resolve_scope(options.netns, options.device));
        return examine({std::move(scope), options.watch});
    }
    if (options.watch || !options.netns.empty())
        return fail(ErrorKind::Usage, "--from reads a recording: no --watch and no --ns with it");
    KW_TRY(model::Observation recorded, load_recording(options.from));
    KW_CHECK_OK(narrow(recorded, options.device));
    return recorded;
}

Status print(Output& output, const Options& options, std::vector<model::Finding> findings,
             const model::Observation& seen) {
    // Who asks about a device wants to hear that what looks odd is normal.
    const bool harmless = options.harmless || !options.device.empty();
    if (!options.json) {
        render::TextOptions text = text_options(output);
        text.harmless = harmless;
        return output.write(render::diagnosis_report(findings, seen, text));
    }
    std::string lines;
    for (const model::Finding& finding : findings)
        if (harmless || finding.verdict != model::Verdict::Harmless)
            lines += render::finding_json(finding, seen.clock);
    return output.write(lines + render::diagnosis_summary_json(findings, seen));
}

Result<int> run(const Options& options) {
    KW_TRY(Output output, Output::open(options.output));
    if (!options.rule.empty()) return explain_rule(options, output);
    KW_TRY(model::Observation seen, observe(options));
    // What a recording's host was called is not known here.
    const bool live = options.from.empty();
    if (options.redact)
        Redacted(live ? redact::host_names() : std::vector<std::string>()).apply(seen);
    if (!options.recording.empty()) KW_CHECK_OK(keep(options.recording, seen));
    auto findings = explain::diagnose(seen);
    const bool fault = std::any_of(findings.begin(), findings.end(), [](const auto& finding) {
        return finding.verdict != model::Verdict::Harmless;
    });
    KW_CHECK_OK(print(output, options, std::move(findings), seen));
    return fault && options.exit_code ? kFound : kDone;
}

}  // namespace

Command add_diagnose(CLI::App& program) {
    CLI::App* app = add_subcommand(program, "diagnose",
                                   "What is wrong with this host's network state?", kExamples);
    auto options = std::make_shared<Options>();
    app->add_option("DEV", options->device, "Only this device, its master and its ports");
    app->add_option("--ns", options->netns, "In this network namespace")->type_name("NAME");
    add_duration(*app, "--watch", options->watch, "Watch counters this long: 10s, 500ms, 2m");
    app->add_option("--explain", options->rule, "What a rule looks at, instead of a diagnosis")
        ->type_name("RULE");
    app->add_flag("--harmless", options->harmless, "List what looks odd and is normal, too");
    app->add_flag("--json", options->json, "JSON Lines (docs/json.md)");
    app->add_option("-o,--output", options->output, "Write the results to FILE")->type_name("FILE");
    app->add_option("--record", options->recording, "Keep the state that was read")
        ->type_name("FILE");
    app->add_option("--from", options->from, "Diagnose what a recording holds")->type_name("FILE");
    app->add_flag("--redact", options->redact,
                  "Other addresses for the real ones, in what is printed and recorded");
    app->add_flag("--exit-code", options->exit_code, "Exit with 3 when a fault was found");
    return {app, [options] { return run(*options); }};
}

}  // namespace knowhy::cli
