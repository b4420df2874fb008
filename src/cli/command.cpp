#include "cli/command.h"

#include <memory>
#include <string_view>

#include "base/log.h"

namespace knowhy::cli {
namespace {

// CLI11's layout, with "--count N" where it would say "--count N:POSITIVE".
class HelpFormatter : public CLI::Formatter {
  public:
    HelpFormatter() {
        column_width(24);
        label("SUBCOMMAND", "COMMAND");
    }

    // An argument's name says what it is; "TEXT" is CLI11's word for any other.
    std::string make_option_opts(const CLI::Option* option) const override {
        const std::string type = option->get_type_name();
        const bool says_nothing = type.empty() || type == "TEXT";
        return says_nothing ? "" : " " + type.substr(0, type.find(':'));
    }

    std::string make_positionals(const CLI::App* app) const override {
        std::string text = Formatter::make_positionals(app);
        constexpr std::string_view kTitle = "Positionals:";
        const size_t at = text.find(kTitle);
        return at == std::string::npos ? text : text.replace(at, kTitle.size(), "Arguments:");
    }
};

}  // namespace

void shape_help(CLI::App& app, const std::string& help_of_help) {
    app.formatter(std::make_shared<HelpFormatter>());
    app.set_help_flag("-h,--help", help_of_help);
}

CLI::App* add_subcommand(CLI::App& program, const std::string& name, const std::string& question,
                         const std::string& examples) {
    CLI::App* app = program.add_subcommand(name, question);
    shape_help(*app, "This help");
    app->group("Commands");
    app->add_flag_callback(
        "--verbose", [] { log::set_verbose(true); }, "Tell each step on standard error");
    app->footer("Examples:\n" + examples);
    return app;
}

}  // namespace knowhy::cli
