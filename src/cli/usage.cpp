#include "cli/usage.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/text.h"

namespace knowhy::cli {
namespace {

// Edit distance in which two neighbouring letters that changed places count once: the commonest
// slip of a typist.
size_t distance(const std::string& a, const std::string& b) {
    std::vector<std::vector<size_t>> cost(a.size() + 1, std::vector<size_t>(b.size() + 1));
    for (size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
    std::iota(cost[0].begin(), cost[0].end(), 0);
    for (size_t i = 1; i <= a.size(); ++i) {
        for (size_t j = 1; j <= b.size(); ++j) {
            const size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
            cost[i][j] =
                std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + change});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
            }
        }
    }
    return cost[a.size()][b.size()];
}

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
    if (option) meant = nearest(word.substr(0, word.find('=')), option_names(app));
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

std::optional<std::string> nearest(const std::string& word, const std::vector<std::string>& names) {
    const std::string* best = nullptr;
    size_t best_distance = std::max<size_t>(word.size() / 3, 1) + 1;
    for (const std::string& name : names) {
        const size_t here = distance(word, name);
        if (here < best_distance) {
            best = &name;
            best_distance = here;
        }
    }
    return best != nullptr ? std::optional(*best) : std::nullopt;
}

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
