// What a subcommand is to main(): it adds its options to the program, and gives back the function
// that runs once they are parsed. One file per command; main() knows them by the table in main.cpp.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "base/result.h"

namespace knowhy::cli {

// Exit statuses. An Error from run() becomes kUsage (ErrorKind::Usage) or kFailed (all others).
constexpr int kDone = 0;    // done, with or without findings
constexpr int kFailed = 1;  // failed while running: no privilege, no kernel support, a full disk
constexpr int kUsage = 2;   // wrong arguments or unreadable input
constexpr int kFound = 3;   // with --exit-code: something was found

struct Command {
    CLI::App* app = nullptr;           // the subcommand, with its options
    std::function<Result<int>()> run;  // gives an exit status; called at most once
};

// Each adds itself to the program. Options live as long as the returned function does.
Command add_drops(CLI::App& program);
Command add_run(CLI::App& program);
Command add_list(CLI::App& program);
Command add_record(CLI::App& program);
Command add_report(CLI::App& program);
Command add_locate(CLI::App& program);
Command add_symbol(CLI::App& program);
Command add_oops(CLI::App& program);
Command add_diagnose(CLI::App& program);
Command add_show(CLI::App& program);
Command add_diff(CLI::App& program);
Command add_doctor(CLI::App& program);
Command add_demo(CLI::App& program);
Command add_help(CLI::App& program);

// The layout of --help, for the program and its commands.
void shape_help(CLI::App& app, const std::string& help_of_help);

// A subcommand with what every one has: its --help ends with examples, one "knowhy ..." a line,
// which work when pasted.
CLI::App* add_subcommand(CLI::App& program, const std::string& name, const std::string& question,
                         const std::string& examples);

}  // namespace knowhy::cli
