// knowhy demo: show me.
#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <set>

#include "base/log.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/demo_scene.h"
#include "cli/output.h"
#include "cli/present.h"
#include "cli/recording.h"
#include "collect/drops/drops.h"
#include "explain/explain.h"
#include "model/recording.h"
#include "render/json/drops.h"
#include "render/text/drops.h"
#include "render/text/layout.h"

namespace knowhy::cli {
namespace {

constexpr const char* kExamples =
    "  knowhy demo                martian: two NICs of one host, and no packet gets across\n"
    "  knowhy demo closed-port    datagrams that nobody answers\n"
    "  knowhy demo firewall       datagrams that a rule drops\n"
    "\n"
    "The packets are real, in network namespaces of their own that vanish afterwards. Without "
    "root\n"
    "or BPF a recording of the same scene is shown.";

struct Options {
    std::string name = "martian";
    bool json = false;
    std::string recording;  // where to write one; how the recordings that ship are made
};

// What of a run took place in these namespaces. The books are of that part.
model::Observation only_in(model::Observation seen, const std::set<uint32_t>& namespaces) {
    const auto elsewhere = [&](uint32_t inum) { return !namespaces.contains(inum); };
    std::erase_if(seen.groups, [&](const auto& group) { return elsewhere(group.key.netns); });
    std::erase_if(seen.host.namespaces, [&](const auto& state) { return elsewhere(state.first); });
    model::Accounting& books = seen.accounting;
    books.other = 0;
    books.events = books.samples = 0;
    for (const model::DropGroup& group : seen.groups) {
        books.events += group.count;
        books.samples += group.samples.size();
    }
    return seen;
}

Result<std::unique_ptr<collect::DropsSession>> arm() {
    collect::DropsOptions options;
    options.sysctls_wanted = [](const model::DropGroup& group, const model::NetnsState* state) {
        return explain::sysctls_wanted(group, state);
    };
    return collect::DropsSession::open(std::move(options));
}

Result<model::Observation> watch(collect::DropsSession& session, const Network& network) {
    // Long enough for five packets and the answers to them.
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(500);
    while (std::chrono::steady_clock::now() < end) {
        KW_TRY(const bool goes_on, session.poll(100));
        if (!goes_on) break;
    }
    std::set<uint32_t> namespaces;
    for (const host::Netns& netns : network) namespaces.insert(netns.inum);
    KW_TRY(model::Observation seen, session.observe(true));
    return only_in(std::move(seen), namespaces);
}

Status save(const std::string& path, const model::Observation& seen) {
    KW_TRY(const auto recording, model::RecordingWriter::create(path, seen));
    return recording->finish(seen);
}

// Tells the story on the way, step by step. With --json there is no story, only its findings.
class Teller {
  public:
    Teller(Output& output, bool json) : output_(output), json_(json) {
        text_.colour = output.wants_colour();
        text_.width = output.width();
    }

    Status title(const Scene& scene) { return say(scene.title + ".\n\n"); }

    Status step(const std::string& text) {
        constexpr size_t kMargin = 3;
        std::string lines;
        for (const std::string& line : render::wrapped(text, text_.width - kMargin)) {
            lines += lines.empty() ? fmt::format("{}. ", ++steps_) : "   ";
            lines += line + '\n';
        }
        return say(lines);
    }

    Status findings(const model::Observation& seen) {
        const auto findings = explain::explain(seen);
        std::string lines = json_ ? "" : "\n";
        for (const model::Finding& finding : findings) {
            if (json_) {
                lines += render::finding_json(finding, seen.clock);
            } else if (matters(finding)) {
                lines += render::finding_text(finding, seen, text_) + '\n';
            }
        }
        if (json_) lines += render::drops_summary_json(findings, {}, seen);
        return output_.write(lines);
    }

  private:
    Status say(const std::string& text) { return json_ ? Status{} : output_.write(text); }

    Output& output_;
    bool json_;
    render::TextOptions text_;
    unsigned steps_ = 0;
};

Status live(const Scene& scene, const Options& options, Output& output) {
    KW_TRY(const Network network, scene.build());
    KW_TRY(auto session, arm());
    Teller teller(output, options.json);
    KW_CHECK_OK(teller.title(scene));
    KW_CHECK_OK(teller.step("Built: " + scene.setup));
    KW_CHECK_OK(teller.step(fmt::format("Armed: {}, as `knowhy drops` does on this kernel.",
                                        counted(session->armed_probes(), "probe"))));
    KW_CHECK_OK(scene.send(network));
    KW_CHECK_OK(teller.step("Sent: " + scene.traffic + " " + scene.puzzle));
    KW_TRY(const model::Observation seen, watch(*session, network));
    session.reset();
    KW_CHECK_OK(teller.step(
        fmt::format("The kernel, {}, was asked why:", escaped(seen.host.kernel_release))));
    KW_CHECK_OK(teller.findings(seen));
    if (!options.recording.empty()) KW_CHECK_OK(save(options.recording, seen));
    return teller.step("The namespaces, the NICs and the probes are gone again.");
}

Status replay(const Scene& scene, const Options& options, Output& output, const Error& why) {
    const std::string path = shipped_recording(scene.name + ".knowhy");
    if (path.empty()) {
        return tl::unexpected(why.in("the demo cannot run here, and its recording is not there"));
    }
    KW_TRY(const model::Observation seen, load_recording(path));
    log::note("{}", escaped(why.message));
    log::note("So this is a recording of the demo, made on {}.", escaped(seen.host.kernel_release));
    Teller teller(output, options.json);
    KW_CHECK_OK(teller.title(scene));
    KW_CHECK_OK(teller.step("Built: " + scene.setup));
    KW_CHECK_OK(teller.step("Sent: " + scene.traffic + " " + scene.puzzle));
    KW_CHECK_OK(teller.step("The kernel was asked why:"));
    return teller.findings(seen);
}

Result<int> run(const Options& options) {
    const Scene* scene = find_scene(options.name);
    if (scene == nullptr) {
        std::vector<std::string> names;
        for (const Scene& known : scenes()) names.push_back(known.name);
        return fail(ErrorKind::Usage, "no demo is called '{}'; there are {}", options.name,
                    fmt::join(names, ", "));
    }
    Output output;
    const Status shown = live(*scene, options, output);
    if (shown) return kDone;
    const bool cannot_here =
        shown.error().kind == ErrorKind::Privilege || shown.error().kind == ErrorKind::Unsupported;
    if (!cannot_here) return tl::unexpected(shown.error());
    KW_CHECK_OK(replay(*scene, options, output, shown.error()));
    return kDone;
}

}  // namespace

Command add_demo(CLI::App& program) {
    CLI::App* app =
        add_subcommand(program, "demo", "Show me: what does an answer look like?", kExamples);
    auto options = std::make_shared<Options>();
    app->add_option("NAME", options->name, "martian, closed-port or firewall");
    app->add_flag("--json", options->json, "JSON Lines (docs/json.md)");
    app->add_option("--record", options->recording, "Record the scene, for knowhy report")
        ->type_name("FILE");
    return {app, [options] { return run(*options); }};
}

}  // namespace knowhy::cli
