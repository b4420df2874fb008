// knowhy help: what scripts can use, and what is said about them.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <functional>
#include <memory>
#include <string>

#include "base/nearest.h"
#include "cli/command.h"
#include "cli/output.h"
#include "lang/sema/reference.h"
#include "lang/source/codes.h"

namespace knowhy::cli {
namespace {

constexpr const char* kExamples =
    "  knowhy help               what there is help about\n"
    "  knowhy help functions     printf(), str(), count()...\n"
    "  knowhy help kstack        one of them\n"
    "  knowhy help KW2004        a code of a message about a script\n"
    "  knowhy help run           a command, as knowhy run --help";

using lang::ReferenceEntry;
using Entries = std::vector<ReferenceEntry>;

// Lines of two columns, the first as wide as its widest.
std::string two_columns(const std::vector<std::pair<std::string, std::string>>& rows) {
    size_t widest = 0;
    for (const auto& [first, second] : rows) widest = std::max(widest, first.size());
    std::string text;
    for (const auto& [first, second] : rows)
        text += fmt::format("{:{}}  {}\n", first, widest, second);
    return text;
}

std::string builtins() {
    size_t widest = 0;
    for (const ReferenceEntry& entry : lang::builtin_reference())
        widest = std::max(widest, entry.name.size());
    std::vector<std::pair<std::string, std::string>> rows;
    for (const ReferenceEntry& entry : lang::builtin_reference())
        rows.emplace_back(fmt::format("{:{}}  {}", entry.name, widest, entry.form), entry.what);
    return two_columns(rows);
}

std::string forms(const Entries& entries) {
    std::vector<std::pair<std::string, std::string>> rows;
    rows.reserve(entries.size());
    for (const ReferenceEntry& entry : entries) rows.emplace_back(entry.form, entry.what);
    return two_columns(rows);
}

std::string functions() {
    return forms(lang::function_reference());
}
std::string tapset() {
    return forms(lang::tapset_reference());
}
std::string probes() {
    return forms(lang::probe_reference());
}

std::string errors() {
    std::vector<std::pair<std::string, std::string>> rows;
    for (const lang::Code& code : lang::codes::kAll) rows.emplace_back(code.id, code.meaning);
    return two_columns(rows);
}

struct Topic {
    std::string_view name;
    std::string_view what;
    std::string (*text)();
};

constexpr std::array kTopics = {
    Topic{"builtins", "what a probe knows: pid, comm, args, kstack...", builtins},
    Topic{"functions", "printf(), str(), count()...", functions},
    Topic{"tapset", "printf(), execname(), ip_ntop()..., in SystemTap's scripts", tapset},
    Topic{"probes", "kprobe, tracepoint, interval...", probes},
    Topic{"errors", "the codes of messages about scripts", errors},
};

std::string topics() {
    std::vector<std::pair<std::string, std::string>> rows;
    for (const Topic& topic : kTopics)
        rows.emplace_back(fmt::format("knowhy help {}", topic.name), topic.what);
    rows.emplace_back("knowhy help NAME", "one builtin, function, kind of probe or code of these");
    rows.emplace_back("knowhy help COMMAND", "a command, as knowhy COMMAND --help");
    return two_columns(rows);
}

std::string about_code(const lang::Code& code) {
    return fmt::format("{}: {}\nWhat to do: {}.\n", code.id, code.meaning, code.remedy);
}

// "kprobe, k" to each of its names.
bool is_named(const ReferenceEntry& entry, std::string_view name) {
    std::string_view names = entry.name;
    while (!names.empty()) {
        const size_t comma = std::min(names.find(", "), names.size());
        if (names.substr(0, comma) == name) return true;
        names.remove_prefix(std::min(comma + 2, names.size()));
    }
    return false;
}

std::string upper(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::toupper(c); });
    return text;
}

// All that is called so: kstack is a builtin and a function.
std::string about_name(const std::string& name) {
    if (const lang::Code* const code = lang::find_code(upper(name))) return about_code(*code);
    std::string text;
    for (const Entries& entries : {lang::builtin_reference(), lang::function_reference(),
                                   lang::tapset_reference(), lang::probe_reference()})
        for (const ReferenceEntry& entry : entries)
            if (is_named(entry, name))
                text += fmt::format("{}: {}\n", entry.form.empty() ? entry.name : entry.form,
                                    entry.what);
    return text;
}

const CLI::App* command_named(const CLI::App& program, const std::string& name) {
    for (const CLI::App* const each : program.get_subcommands({}))
        if (each->get_name() == name) return each;
    return nullptr;
}

Result<std::string> help_about(const CLI::App& program, const std::string& topic) {
    if (topic.empty()) return topics();
    const auto* const known = std::ranges::find(kTopics, topic, &Topic::name);
    if (known != kTopics.end()) return known->text();
    if (const CLI::App* const command = command_named(program, topic)) return command->help();
    if (std::string text = about_name(topic); !text.empty()) return text;
    std::vector<std::string> names;
    for (const Topic& each : kTopics) names.emplace_back(each.name);
    for (const CLI::App* const each : program.get_subcommands({}))
        names.push_back(each->get_name());
    for (const Entries& entries :
         {lang::builtin_reference(), lang::function_reference(), lang::tapset_reference()})
        for (const ReferenceEntry& entry : entries) names.push_back(entry.name);
    const auto near = nearest(topic, names);
    return fail(ErrorKind::Usage, "no help about '{}'; {}", topic,
                near ? fmt::format("did you mean '{}'?", *near) : "knowhy help says what there is");
}

}  // namespace

Command add_help(CLI::App& program) {
    CLI::App* app = add_subcommand(program, "help", "What scripts can use", kExamples);
    const auto topic = std::make_shared<std::string>();
    app->add_option("TOPIC", *topic,
                    "builtins, functions, tapset, probes, errors; a name; a command");
    return {app, [&program, topic]() -> Result<int> {
                KW_TRY(const std::string text, help_about(program, *topic));
                KW_TRY(Output output, Output::open(""));
                KW_CHECK_OK(output.write(text));
                return kDone;
            }};
}

}  // namespace knowhy::cli
