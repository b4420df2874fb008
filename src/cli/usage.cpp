#include "cli/usage.h"

#include <fmt/format.h>

#include <optional>
#include <vector>

#include "base/nearest.h"
#include "base/text.h"

namespace knowhy::cli {
namespace {

// The subcommand that was being read, or the program itself.
const CLI::App& active(const CLI::App& program) {
    const auto chosen = program.get_subcommands();
    return chosen.empty() ? program : *chosen.front();
}

std::vector<std::string> option_names(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::Option* option : app.get_options()) {
        for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
        for (const std::string& name : option->get_snames()) names.push_back("-" + name);
    }
    return names;
}

std::vector<std::string> command_names(const CLI::App& program) {
    std::vector<std::string> names;
    for (const CLI::App* sub : program.get_subcommands({})) names.push_back(sub->get_name());
    return names;
}

std::string see_help(const CLI::App& program) {
    const CLI::App& app = active(program);
    return &app == &program ? fmt::format("see {} --help", program.get_name())
                            : fmt::format("see {} {} --help", program.get_name(), app.get_name());
}

std::string unknown_word(const CLI::App& program, const std::string& word) {
    const CLI::App& app = active(program);
    const bool option = word.starts_with('-');
    const bool command = !option && &app == &program;
    const std::string what = option ? "option" : command ? "command" : "argument";
    std::optional<std::string> meant;
    const std::string name = word.substr(0, word.find('='));
    if (option) meant = nearest(name, option_names(app));
    if (option && meant == name) {  // it is one, but came too early
        return fmt::format("{} is an option of a command and goes behind it: {} {} {}", name,
                           program.get_name(), app.get_name(), word);
    }
    if (command) meant = nearest(word, command_names(program));
    return fmt::format("unknown {} '{}'; {}", what, word,
                       meant ? fmt::format("did you mean '{}'?", *meant) : see_help(program));
}

// "--for: 1 required TIME missing" is CLI11's way to say that nothing follows.
std::string in_our_words(const std::string& message) {
    constexpr std::string_view kBefore = ": 1 required ";
    constexpr std::string_view kAfter = " missing";
    const size_t at = message.find(kBefore);
    if (at == std::string::npos || !message.ends_with(kAfter)) return message;
    const size_t type = at + kBefore.size();
    return fmt::format("{} needs {}", message.substr(0, at),
                       message.substr(type, message.size() - type - kAfter.size()));
}

}  // namespace

std::string usage_error(const CLI::App& program, const CLI::ParseError& error) {
    // A word that was not understood is the true fault, also where the parser went on to miss
    // something else because of it.
    const auto left = program.remaining(true);
    if (!left.empty()) return unknown_word(program, left.front());
    const std::string message = error.what();
    return fmt::format("{}; {}", in_our_words(message.substr(0, message.find('\n'))),
                       see_help(program));
}

}  // namespace knowhy::cli
