// knowhy help: what scripts can use.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>

#include "cli/command.h"
#include "cli/output.h"
#include "lang/sema/reference.h"

namespace knowhy::cli {
namespace {

constexpr const char* kExamples =
    "  knowhy help builtins      pid, comm, args, kstack...\n"
    "  knowhy help functions     printf(), str(), count()...\n"
    "  knowhy help probes        kprobe, tracepoint, interval...";

std::string table(const std::vector<lang::ReferenceEntry>& entries) {
    size_t widest_name = 0;
    size_t widest_form = 0;
    for (const lang::ReferenceEntry& entry : entries) {
        widest_name = std::max(widest_name, entry.name.size());
        widest_form = std::max(widest_form, entry.form.size());
    }
    std::string text;
    for (const lang::ReferenceEntry& entry : entries)
        text += fmt::format("{:{}}  {:{}}  {}\n", entry.name, widest_name, entry.form, widest_form,
                            entry.what);
    return text;
}

std::string form_and_what(const std::vector<lang::ReferenceEntry>& entries) {
    size_t widest = 0;
    for (const lang::ReferenceEntry& entry : entries) widest = std::max(widest, entry.form.size());
    std::string text;
    for (const lang::ReferenceEntry& entry : entries)
        text += fmt::format("{:{}}  {}\n", entry.form, widest, entry.what);
    return text;
}

}  // namespace

Command add_help(CLI::App& program) {
    CLI::App* app = add_subcommand(program, "help", "What scripts can use", kExamples);
    const auto topic = std::make_shared<std::string>();
    app->add_option("TOPIC", *topic, "builtins, functions or probes")
        ->required()
        ->check(CLI::IsMember({"builtins", "functions", "probes"}));
    return {app, [topic]() -> Result<int> {
                KW_TRY(Output output, Output::open(""));
                KW_CHECK_OK(output.write(*topic == "builtins"
                                             ? table(lang::builtin_reference())
                                             : form_and_what(*topic == "functions"
                                                                 ? lang::function_reference()
                                                                 : lang::probe_reference())));
                return kDone;
            }};
}

}  // namespace knowhy::cli
