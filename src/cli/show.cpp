// knowhy show: what is in this struct of the kernel now?
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/show_request.h"
#include "collect/show/path.h"
#include "collect/show/value_reader.h"
#include "collect/show/walk.h"
#include "model/shown.h"
#include "render/json/shown.h"
#include "render/text/shown.h"

namespace knowhy::cli {
namespace {

using collect::KernelView;
using model::Shown;

constexpr const char* kExamples =
    "  knowhy show dev lo                       a device's struct net_device\n"
    "  knowhy show dev lo name mtu 'ip_ptr->ifa_list->ifa_address'    these members only\n"
    "  knowhy show bond bond0                   a bond, its slaves, their LACP ports\n"
    "  knowhy show sock 22                      the sockets at a local port\n"
    "  knowhy show 'struct net' init_net ns.inum loopback_dev     by a symbol\n"
    "  knowhy show module modules --head --list list name       every module\n"
    "  knowhy show --core vmcore --vmlinux vmlinux dev lo        of a crashed kernel\n"
    "\n"
    "A member's path may go through pointers and arrays: 'ip_ptr->ifa_list->ifa_mask',\n"
    "'_tx[0].qdisc->ops->id'. Nothing is written and nothing is attached; an address that cannot\n"
    "be read is an error. Exit status: 0 done, 1 something could not be read, 2 wrong usage.";

struct Options {
    ShowRequest request;
    unsigned depth = 1;
    bool layout = false;
    bool json = false;
    std::string output;
};

// A path that cannot be gone: the error's line is main's, what stands below it is ours.
tl::unexpected<Error> refused(const std::string& path, size_t at, Error error) {
    if (error.kind == ErrorKind::Usage)
        log::note("  {}\n  {}^", escaped(path), std::string(at, ' '));
    return tl::unexpected(std::move(error));
}

class Reading {
  public:
    Reading(KernelView& view, unsigned depth) : view_(view), depth_(depth) {}

    Result<model::ShownObject> object(const WantedObject& wanted) {
        const collect::KernelObject& object = wanted.object;
        model::ShownObject shown;
        shown.title = object.type().text();
        shown.module = object.type().module;
        shown.note = wanted.note;
        shown.whole = wanted.paths.empty();
        collect::ReadOptions how;
        how.depth = depth_;
        collect::ValueReader reader(view_, how);
        const std::string& name = object.type().resolved().name;
        if (shown.whole) {
            shown.root = reader.read({object.type(), object.address(), 0, 0, name, ""}, "");
            note_missing(shown, shown.root);
            return shown;
        }
        shown.root.kind = Shown::Kind::Struct;
        shown.root.type = shown.title;
        shown.root.address = object.address();
        shown.root.bytes = object.type().bytes();
        for (const std::string& path : wanted.paths) {
            if (!wanted.asked && !object.has(path)) continue;
            KW_TRY(Shown member, by_path(reader, object, path));
            note_missing(shown, member);
            shown.root.members.push_back(std::move(member));
        }
        return shown;
    }

    [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }

  private:
    Result<Shown> by_path(collect::ValueReader& reader, const collect::KernelObject& object,
                          const std::string& path) {
        auto steps = collect::parse_path(path);
        if (!steps)
            return refused(path, steps.error().at,
                           {ErrorKind::Usage, fmt::format("in the path '{}': {}", escaped(path),
                                                          steps.error().message)});
        auto spot = collect::walk(view_, object.type(), object.address(), *steps);
        if (spot) return reader.read(*spot, path);
        if (spot.error().error.kind == ErrorKind::Usage)
            return refused(path, spot.error().at, std::move(spot.error().error));
        Shown missing;
        missing.name = path;
        missing.kind = Shown::Kind::Missing;
        missing.text = spot.error().error.message;
        return missing;
    }

    void note_missing(const model::ShownObject& in, const Shown& shown) {
        if (shown.kind != Shown::Kind::Missing) return;
        problems_.push_back(fmt::format("{} at {}{}: {}", in.title,
                                        hex(in.whole ? shown.address : in.root.address),
                                        shown.name.empty() ? "" : ", " + shown.name, shown.text));
    }

    KernelView& view_;
    unsigned depth_;
    std::vector<std::string> problems_;
};

Result<int> run(const Options& options) {
    KW_TRY(Output output, Output::open(options.output));
    KW_TRY(const auto view, open_view(options.request));
    KW_TRY(const WantedObjects wanted, find_objects(options.request, *view));
    Reading reading(*view, options.depth);
    model::Showing showing{view->release(), options.request.core, {}};
    for (const WantedObject& each : wanted.objects) {
        KW_TRY(model::ShownObject shown, reading.object(each));
        const bool nothing = shown.root.kind == Shown::Kind::Missing && !options.json;
        if (!nothing) showing.objects.push_back(std::move(shown));
    }
    render::TextOptions text;
    text.colour = output.wants_colour();
    text.width = output.width();
    KW_CHECK_OK(output.write(options.json ? render::showing_json(showing)
                                          : render::showing_text(showing, options.layout, text)));
    std::vector<std::string> problems = reading.problems();
    if (!wanted.problem.empty()) problems.push_back(wanted.problem);
    for (const std::string& problem : problems)
        fmt::print(stderr, "knowhy: {}\n", escaped(problem));
    return problems.empty() ? kDone : kFailed;
}

}  // namespace

Command add_show(CLI::App& program) {
    CLI::App* app =
        add_subcommand(program, "show", "What is in this struct of the kernel now?", kExamples);
    auto options = std::make_shared<Options>();
    ShowRequest& request = options->request;
    app->add_option("WHAT", request.words,
                    "TYPE ADDR, dev NAME, bond NAME or sock PORT; then members")
        ->required()
        ->type_name("");
    app->add_option("--depth", options->depth, "Open structs and pointers this many levels deep")
        ->type_name("N")
        ->check(CLI::Range(1, 8));
    app->add_flag("--all", request.all, "Of dev, bond and sock all members, not the telling ones");
    app->add_option("--list", request.list, "Follow the list that this member links")
        ->type_name("MEMBER");
    app->add_flag("--head", request.head, "With --list: ADDR is the list's head, not an object");
    app->add_option("--max", request.most, "With --list: at most this many objects (100)")
        ->type_name("N")
        ->check(CLI::Range(1, 100'000));
    app->add_option("--ns", request.netns, "In this network namespace")->type_name("NAME");
    app->add_option("--cpu", request.cpu, "This CPU's copy: ADDR is a per-CPU variable")
        ->type_name("N");
    app->add_option("--module", request.module, "Whose type it is, where several have the name")
        ->type_name("NAME");
    app->add_option("--core", request.core, "Of a crashed kernel: its vmcore; needs --vmlinux")
        ->type_name("FILE");
    add_debug_file_options(*app, request.debug);
    app->add_flag("--layout", options->layout, "With each member's offset and type");
    app->add_flag("--json", options->json, "JSON Lines (docs/json.md)");
    app->add_option("-o,--output", options->output, "Write the results to FILE")->type_name("FILE");
    return {app, [options] { return run(*options); }};
}

}  // namespace knowhy::cli
