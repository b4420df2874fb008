// knowhy oops: what crashed, and why?
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <memory>
#include <set>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/debug_options.h"
#include "cli/interrupt.h"
#include "cli/oops_input.h"
#include "cli/output.h"
#include "oops/decode/frames.h"
#include "oops/parse/parse.h"
#include "oops/pointer/pointer.h"
#include "render/json/drops.h"
#include "render/json/oops.h"
#include "render/text/oops.h"

namespace knowhy::cli {
namespace {

constexpr const char* kExamples =
    "  knowhy oops console.log                     every crash in it, explained\n"
    "  dmesg | knowhy oops                         of a pipe; alone: this kernel's log, and "
    "pstore\n"
    "  knowhy oops console.log --vmlinux vmlinux --module bonding=bonding.ko.debug\n"
    "  knowhy oops /var/log/crashes                distinct crashes of a directory, with counts\n"
    "  knowhy oops one.txt --diff other.txt        is it the same crash?\n"
    "  knowhy oops --follow                        of this kernel, as it happens (root)\n"
    "\n"
    "Reads dmesg, console, syslog, journal and pstore text of any architecture, gzipped too, here "
    "and\n"
    "without root. Names and lines come from debug files only where they are proven to be of the\n"
    "kernel that crashed. Exit status: 0 done; 1 failed; 2 wrong usage or unreadable input;\n"
    "3 with --exit-code: a crash was found.";

constexpr const char* kPstore = "/sys/fs/pstore";
constexpr int kQuietMilliseconds = 500;  // that long without a message ends a report

struct Options {
    std::string file;
    std::string diff;
    std::vector<std::string> modules;
    std::vector<std::string> source_dirs;
    DebugOptions debug;
    bool follow = false;
    bool all = false;
    bool json = false;
    bool exit_code = false;
    std::string output;
};

Status must_be_readable(const std::string& option, const std::string& path) {
    if (path.empty() || ::access(path.c_str(), R_OK) == 0) return {};
    return fail(ErrorKind::Usage, "{}: cannot read {}: {}", option, path, errno_name(errno));
}

Result<oops::ImageOptions> image_options(const Options& options) {
    oops::ImageOptions images;
    KW_CHECK_OK(must_be_readable("--vmlinux", options.debug.vmlinux));
    if (!options.debug.vmlinux.empty()) images.vmlinux = options.debug.vmlinux;
    for (const std::string& named : options.modules) {
        const size_t equals = named.find('=');
        if (equals == std::string::npos || equals == 0 || equals + 1 == named.size()) {
            return fail(ErrorKind::Usage, "--module: '{}' is not NAME=FILE", named);
        }
        const std::string file = named.substr(equals + 1);
        KW_CHECK_OK(must_be_readable("--module", file));
        images.modules[named.substr(0, equals)] = file;
    }
    images.debug_dirs = options.debug.debug_dirs;
    images.source_dirs = options.source_dirs;
    images.cache_dir = cache_directory();
    return images;
}

// How far a long text is read, on the terminal's last line. Nothing where there is no terminal.
class Progress {
  public:
    Progress() : shown_(isatty(2) == 1), last_(monotonic_now_ns()) {}
    ~Progress() { clear(); }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    void tell(uint64_t read, uint64_t size, uint64_t crashes) {
        constexpr uint64_t kPause = 300'000'000;
        if (!shown_ || size == 0 || monotonic_now_ns() - last_ < kPause) return;
        last_ = monotonic_now_ns();
        fmt::print(stderr, "\r{:3} % read, {}", std::min<uint64_t>(read * 100 / size, 100),
                   counted(crashes, "crash", "crashes"));
        drawn_ = true;
    }
    void clear() {
        if (drawn_) fmt::print(stderr, "\r{:40}\r", "");
        drawn_ = false;
    }

  private:
    bool shown_;
    bool drawn_ = false;
    uint64_t last_;
};

class Session {
  public:
    Session(const Options& options, Output& output, oops::ImageSet images)
        : options_(options),
          output_(output),
          images_(std::move(images)),
          began_(monotonic_now_ns()) {
        text_.colour = output.wants_colour();
        text_.width = output.width();
    }

    // Explains a text's crashes as they come out of it.
    Status explain(const OopsText& text) {
        return read(text,
                    [&](model::OopsReport report) { return tell(std::move(report), text.name); });
    }

    // Counts a text's crashes by signature.
    Status count(const OopsText& text) {
        std::set<std::string> here;
        return read(text, [&](const model::OopsReport& report) -> Status {
            const std::string signature = model::oops_signature(report);
            model::OopsGroup& group = groups_[signature];
            if (group.count++ == 0) {
                group.signature = signature;
                group.title = model::oops_title(report);
                group.first_file = text.name;
                group.first_line = report.first_line;
            }
            if (here.insert(signature).second) ++group.files;
            auto& releases = group.releases;
            const bool fresh =
                !report.release.empty() && releases.size() < 8 &&
                std::find(releases.begin(), releases.end(), report.release) == releases.end();
            if (fresh) releases.push_back(report.release);
            return {};
        });
    }

    Status tell_groups(uint64_t files) {
        std::vector<model::OopsGroup> groups;
        for (auto& [signature, group] : groups_) groups.push_back(std::move(group));
        std::stable_sort(groups.begin(), groups.end(),
                         [](const auto& a, const auto& b) { return a.count > b.count; });
        if (!options_.json) return output_.write(render::oops_table_text(groups, files, text_));
        for (const auto& group : groups) KW_CHECK_OK(output_.write(render::oops_group_json(group)));
        return {};
    }

    // A report of the given text, in order; nullopt where it has none.
    Result<std::optional<model::OopsReport>> first_of(const OopsText& text) {
        std::optional<model::OopsReport> first;
        KW_CHECK_OK(read(text, [&](model::OopsReport report) -> Status {
            if (!first) first = std::move(report);
            return {};
        }));
        return first;
    }

    Status follow() {
        KW_TRY(KernelLog log, KernelLog::open(true));
        const Interrupts interrupts;
        Interrupts::armed();
        if (options_.json) {
            KW_CHECK_OK(output_.write(render::armed_json(0, ClockPair::now())));
        } else {
            log::note("armed: waiting for a crash of this kernel; Ctrl-C ends it");
        }
        Status written;
        oops::Parser parser([&](model::OopsReport report) {
            if (written && is_wanted(report)) written = tell(std::move(report), "/dev/kmsg");
        });
        while (!Interrupts::asked_to_stop() && written) {
            KW_TRY(const bool some, log.read([&](std::string_view text) { feed(parser, text); }));
            if (!some) parser.finish();
            log.wait(some ? kQuietMilliseconds : kQuietMilliseconds * 2);
        }
        parser.finish();
        books_.lost_messages = log.lost();
        return written;
    }

    Status explain_running() {
        bool any = false;
        if (std::filesystem::is_directory(kPstore) && ::access(kPstore, R_OK) == 0) {
            if (const auto texts = texts_in(kPstore)) {
                for (const OopsText& text : *texts) KW_CHECK_OK(explain(text));
                any = !texts->empty();
            }
        }
        auto log = KernelLog::open(false);
        if (!log) return any ? Status() : tl::unexpected(std::move(log).error());
        Status written;
        oops::Parser parser([&](model::OopsReport report) {
            if (written && is_wanted(report)) written = tell(std::move(report), "/dev/kmsg");
        });
        KW_CHECK_OK(log->read([&](std::string_view text) { feed(parser, text); }).map([](bool) {}));
        parser.finish();
        return written;
    }

    // The end of the output: what was not told, and the books.
    Status finish(const std::string& what) {
        if (options_.json) {
            books_.elapsed_s = static_cast<double>(monotonic_now_ns() - began_) / 1e9;
            return output_.write(render::oops_summary_json(books_));
        }
        if (books_.crashes == 0 && groups_.empty()) {
            KW_CHECK_OK(output_.write(fmt::format("no crash in {}: {} read\n", escaped(what),
                                                  counted(books_.lines, "line"))));
        }
        if (books_.not_crashes > 0 && !options_.all) {
            log::note("{} left out that {} no crash (--all shows them)",
                      counted(books_.not_crashes, "report"),
                      books_.not_crashes == 1 ? "is" : "are");
        }
        return {};
    }

    [[nodiscard]] bool found() const { return books_.crashes > 0; }

  private:
    using Take = std::function<Status(model::OopsReport)>;

    void feed(oops::Parser& parser, std::string_view text) {
        books_.lines += static_cast<uint64_t>(std::count(text.begin(), text.end(), '\n'));
        parser.feed(text);
    }

    // Counts what is found; whether it is to be told.
    bool is_wanted(const model::OopsReport& report) {
        if (report.kind != model::OopsKind::NotACrash) {
            ++books_.crashes;
            return true;
        }
        ++books_.not_crashes;
        return options_.all;
    }

    Status read(const OopsText& text, const Take& take) {
        Progress progress;
        Status taken;
        oops::Parser parser([&](model::OopsReport report) {
            if (!taken || !is_wanted(report)) return;
            progress.clear();
            taken = take(std::move(report));
        });
        const auto sink = [&](std::string_view part) { feed(parser, part); };
        if (text.files.empty()) {
            KW_CHECK_OK(read_descriptor(0, text.name, sink));
        } else {
            KW_CHECK_OK(read_text(text, sink, [&](uint64_t read, uint64_t size) {
                progress.tell(read, size, books_.crashes);
            }));
        }
        parser.finish();
        return taken;
    }

    Status tell(model::OopsReport report, const std::string& file) {
        oops::describe_frames(report, images_);
        const model::OopsExplanation explanation = oops::explain(report, images_);
        if (options_.json) {
            KW_CHECK_OK(output_.write(render::oops_json(report, explanation, file)));
            return output_.write(render::oops_finding_json(report, explanation));
        }
        const std::string gap = told_++ == 0 ? "" : "\n";
        return output_.write(gap + render::oops_text(report, explanation, file, text_));
    }

    const Options& options_;
    Output& output_;
    oops::ImageSet images_;
    render::TextOptions text_;
    render::OopsBooks books_;
    std::map<std::string, model::OopsGroup> groups_;
    uint64_t told_ = 0;
    uint64_t began_;
};

bool has_piped_input() {
    struct stat found {};
    if (::fstat(0, &found) != 0) return false;
    return S_ISFIFO(found.st_mode) || S_ISREG(found.st_mode) || S_ISSOCK(found.st_mode);
}

OopsText text_of(const std::string& file) {
    if (file == "-") return {"standard input", {}};
    return {file, {file}};
}

Status tell_difference(Session& session, const Options& options, Output& output) {
    const std::string mine = options.file.empty() ? "-" : options.file;
    KW_TRY(const auto one, session.first_of(text_of(mine)));
    if (!one) return fail(ErrorKind::Usage, "{}: there is no crash in it", mine);
    KW_TRY(const auto other, session.first_of(text_of(options.diff)));
    if (!other) return fail(ErrorKind::Usage, "{}: there is no crash in it", options.diff);
    render::TextOptions text;
    text.colour = output.wants_colour();
    text.width = output.width();
    return output.write(options.json ? render::oops_difference_json(*one, *other)
                                     : render::oops_difference_text(*one, *other, text));
}

Result<int> run(const Options& options) {
    KW_TRY(oops::ImageOptions images, image_options(options));
    KW_TRY(Output output, Output::open(options.output));
    Session session(options, output, oops::ImageSet(std::move(images)));
    const auto status = [&] { return options.exit_code && session.found() ? kFound : kDone; };
    if (!options.diff.empty()) {
        KW_CHECK_OK(tell_difference(session, options, output));
        return status();
    }
    std::string what = options.file;
    if (options.follow) {
        what = "the kernel's log";
        KW_CHECK_OK(session.follow());
    } else if (options.file.empty() && !has_piped_input()) {
        what = "the kernel's log";
        KW_CHECK_OK(session.explain_running());
    } else if (std::filesystem::is_directory(options.file)) {
        KW_TRY(const auto texts, texts_in(options.file));
        for (const OopsText& text : texts) KW_CHECK_OK(session.count(text));
        KW_CHECK_OK(session.tell_groups(texts.size()));
    } else {
        const OopsText text = text_of(options.file.empty() ? "-" : options.file);
        what = text.name;
        KW_CHECK_OK(session.explain(text));
    }
    KW_CHECK_OK(session.finish(what));
    return status();
}

}  // namespace

Command add_oops(CLI::App& program) {
    CLI::App* app = add_subcommand(program, "oops", "What crashed, and why?", kExamples);
    auto options = std::make_shared<Options>();
    app->add_option("FILE", options->file,
                    "A log, or a directory of logs, or - for standard input");
    app->add_option("--module", options->modules, "A module's debug file (may be repeated)")
        ->type_name("NAME=FILE")
        ->allow_extra_args(false);
    app->add_option("--source-dir", options->source_dirs,
                    "The kernel's source, for the text of lines (may be repeated)")
        ->type_name("DIR")
        ->allow_extra_args(false);
    add_debug_file_options(*app, options->debug);
    auto* diff = app->add_option("--diff", options->diff,
                                 "Is it the same crash as in OTHER, and where do they part?")
                     ->type_name("OTHER");
    app->add_flag("--follow", options->follow, "Explain crashes of this kernel as they happen")
        ->excludes(diff);
    app->add_flag("--all", options->all, "Also what is no crash: out-of-memory kills");
    app->add_flag("--json", options->json, "JSON Lines (docs/json.md)");
    app->add_option("-o,--output", options->output, "Write the results to FILE")->type_name("FILE");
    app->add_flag("--exit-code", options->exit_code, "Exit with 3 when a crash was found");
    return {app, [options] { return run(*options); }};
}

}  // namespace knowhy::cli
