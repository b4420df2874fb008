#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "base/text.h"
#include "cli/command.h"
#include "cli/usage.h"

namespace knowhy::cli {
namespace {

constexpr const char* kQuestion =
    "Asks a running Linux kernel why its network misbehaves, and answers with evidence.";

constexpr const char* kExamples =
    "Start with:\n"
    "  knowhy demo                     a packet dies, and the kernel is asked why\n"
    "  knowhy drops --for 10s          what is lost on this host, where, and why\n"
    "  knowhy doctor                   what this kernel and this user can do";

int complain(const Error& error) {
    fmt::print(stderr, "knowhy: {}\n", escaped(error.message));
    return error.kind == ErrorKind::Usage ? kUsage : kFailed;
}

int run(int argc, char** argv) {
    CLI::App program(kQuestion, "knowhy");
    program.footer(kExamples);
    shape_help(program, "This help; each command has its own");
    program.set_version_flag("--version", "knowhy " KNOWHY_VERSION, "The version");
    program.require_subcommand(1);
    constexpr std::array kCommands = {add_drops,  add_run,    add_list, add_record,   add_report,
                                      add_locate, add_symbol, add_oops, add_diagnose, add_show,
                                      add_diff,   add_doctor, add_demo, add_help};
    std::vector<Command> commands;
    commands.reserve(kCommands.size());
    for (const auto add : kCommands) commands.push_back(add(program));

    if (argc < 2) {
        fmt::print(stderr, "{}", program.help());
        return kUsage;
    }
    try {
        program.parse(argc, argv);
    } catch (const CLI::Success& wanted) {
        return program.exit(wanted);  // --help, --version: prints it
    } catch (const CLI::ParseError& error) {
        return complain({ErrorKind::Usage, usage_error(program, error)});
    }
    for (const Command& command : commands) {
        if (!command.app->parsed()) continue;
        const Result<int> status = command.run();
        return status ? *status : complain(status.error());
    }
    return kUsage;
}

}  // namespace
}  // namespace knowhy::cli

int main(int argc, char** argv) {
    try {
        return knowhy::cli::run(argc, argv);
    } catch (const std::exception& error) {
        return knowhy::cli::complain({knowhy::ErrorKind::Internal, error.what()});
    }
}
