// knowhy diff: where do a good host and a bad one part?
#include <fmt/format.h>

#include <memory>
#include <string>

#include "cli/command.h"
#include "cli/exports.h"
#include "cli/output.h"
#include "cli/recording.h"
#include "explain/compare/compare.h"
#include "net/decode/decode.h"
#include "render/html/comparison.h"
#include "render/json/comparison.h"
#include "render/text/comparison.h"

namespace knowhy::cli {
namespace {

constexpr const char* kExamples =
    "  knowhy diff good.knowhy bad.knowhy           where they part first, and the state there\n"
    "  knowhy diff good.knowhy bad.knowhy --state   the state alone\n"
    "  knowhy diff good.knowhy bad.knowhy --json    the same as JSON Lines\n"
    "  knowhy diff good.knowhy bad.knowhy --html parting.html    one page, for a browser\n"
    "\n"
    "Make both with the same question, on a host where it works and on one where it does not:\n"
    "  knowhy record good.knowhy --functions @receive -- ping -c 1 127.0.0.1    calls and state\n"
    "  knowhy drops --for 10s --record good.knowhy                              losses and state\n"
    "  knowhy diagnose --record good.knowhy                                     the state alone\n"
    "Paths of functions are compared where both have them, losses where both looked for them, the\n"
    "state always. What differs in any two runs (addresses in memory, times, counters, MACs) is\n"
    "counted and never told as a difference. Exit status: 0 done, 1 failed, 2 wrong usage; with\n"
    "--exit-code 3 when something differs. docs/diff.md says how.";

struct Options {
    std::string good;
    std::string bad;
    std::string output;
    std::string html_path;
    bool state_only = false;
    bool json = false;
    bool all = false;
    bool exit_code = false;
};

// A recording of a script's run alone has nothing that could be compared.
Status require_state(const std::string& path, const model::Observation& recorded) {
    const bool empty = recorded.host.namespaces.empty() && recorded.trace.empty() &&
                       recorded.accounting.source.empty();
    if (!empty) return {};
    return fail(ErrorKind::Usage, "{}: it holds neither state, nor calls, nor losses to compare",
                path);
}

Result<model::Observation> load(const std::string& path) {
    KW_TRY(model::Observation recorded, load_recording(path));
    KW_CHECK_OK(require_state(path, recorded));
    return recorded;
}

Result<int> run(const Options& options) {
    KW_TRY(const model::Observation good, load(options.good));
    KW_TRY(const model::Observation bad, load(options.bad));
    KW_TRY(Output output, Output::open(options.output));
    const model::Comparison comparison =
        explain::compare(good, bad, {options.good, options.bad, options.state_only, net::decode});
    if (options.json) {
        KW_CHECK_OK(output.write(render::comparison_json(comparison, good, bad)));
    } else {
        render::ComparisonOptions how;
        how.all = options.all;
        how.text.colour = output.wants_colour();
        how.text.width = output.width();
        KW_CHECK_OK(output.write(render::comparison_report(comparison, good, bad, how)));
    }
    if (!options.html_path.empty()) {
        KW_CHECK_OK(write_into(options.html_path, [&](const Sink& out) {
            return render::write_comparison_page(comparison, good, bad, out);
        }));
    }
    return comparison.differs() && options.exit_code ? kFound : kDone;
}

}  // namespace

Command add_diff(CLI::App& program) {
    CLI::App* app =
        add_subcommand(program, "diff", "Where do a good host and a bad one part?", kExamples);
    auto options = std::make_shared<Options>();
    app->add_option("GOOD", options->good, "A recording of the host where it works")->required();
    app->add_option("BAD", options->bad, "One of the host where it does not")->required();
    app->add_flag("--state", options->state_only, "Compare the state alone");
    app->add_flag("--all", options->all, "List every difference, and what tells hosts apart");
    app->add_flag("--json", options->json, "JSON Lines (docs/json.md)");
    app->add_option("--html", options->html_path, "Write it as one page for a browser, too")
        ->type_name("FILE");
    app->add_option("-o,--output", options->output, "Write the results to FILE")->type_name("FILE");
    app->add_flag("--exit-code", options->exit_code, "Exit with 3 when something differs");
    return {app, [options] { return run(*options); }};
}

}  // namespace knowhy::cli
