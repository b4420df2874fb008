// knowhy doctor: what can this kernel and this user do?
#include <sys/utsname.h>

#include <memory>

#include "cli/checks.h"
#include "cli/command.h"
#include "cli/output.h"
#include "collect/drops/drops.h"
#include "render/json/checkup.h"
#include "render/text/checkup.h"

namespace knowhy::cli {
namespace {

constexpr const char* kExamples =
    "  knowhy doctor           what works here, and what each missing thing costs\n"
    "  knowhy doctor --json    the same as one line of JSON\n"
    "\n"
    "Everything is tried, nothing is concluded from version numbers. Exit status 0, whatever is\n"
    "missing.";

struct Options {
    bool json = false;
    std::string output;
};

// Arms what `knowhy drops` would, and lets go of it.
void try_points(model::Checkup& checkup) {
    const auto session = collect::DropsSession::open({});
    if (!session) {
        checkup.points_problem = session.error().message;
        return;
    }
    const auto seen = (*session)->observe(false);
    if (!seen) {
        checkup.points_problem = seen.error().message;
        return;
    }
    checkup.points = seen->accounting.points;
}

model::Checkup examine() {
    utsname names{};
    uname(&names);
    model::Checkup checkup;
    checkup.kernel_release = names.release;
    checkup.machine = names.machine;
    const auto build = symbols::running_build_id("vmlinux");
    if (build) checkup.build_id = symbols::build_id_text(*build);
    checkup.max_cpu_percent = collect::DropsOptions().max_cpu_percent;
    const auto btf = symbols::KernelBtf::load_running();
    const bpf::Features features = bpf::probe_features(btf ? &*btf : nullptr);
    checkup.groups = {check_privileges(),       check_symbols(),
                      check_programs(features), check_attaches(features),
                      check_maps(features),     check_other_sources(checkup.kernel_release)};
    try_points(checkup);
    return checkup;
}

Result<int> run(const Options& options) {
    KW_TRY(Output output, Output::open(options.output));
    const model::Checkup checkup = examine();
    render::TextOptions text;
    text.colour = output.wants_colour();
    text.width = output.width();
    KW_CHECK_OK(output.write(options.json ? render::checkup_json(checkup)
                                          : render::checkup_text(checkup, text)));
    return kDone;
}

}  // namespace

Command add_doctor(CLI::App& program) {
    CLI::App* app =
        add_subcommand(program, "doctor", "What can this kernel and this user do?", kExamples);
    auto options = std::make_shared<Options>();
    app->add_flag("--json", options->json, "JSON Lines (docs/json.md)");
    app->add_option("-o,--output", options->output, "Write the results to FILE")->type_name("FILE");
    return {app, [options] { return run(*options); }};
}

}  // namespace knowhy::cli
