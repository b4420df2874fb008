#include "cli/list_option.h"

#include "base/text.h"

namespace knowhy::cli {

CLI::Option* add_list(CLI::App& app, const std::string& name, std::vector<std::string>& target,
                      const std::string& help) {
    return app
        .add_option_function<std::string>(
            name,
            [&target](const std::string& text) {
                for (const std::string_view part : split(text, ','))
                    if (!trimmed(part).empty()) target.emplace_back(trimmed(part));
            },
            help)
        ->trigger_on_parse();
}

}  // namespace knowhy::cli
