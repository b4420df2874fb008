#include "cli/command.h"

#include <memory>

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

    std::string make_option_opts(const CLI::Option* option) const override {
        const std::string type = option->get_type_name();
        return type.empty() ? "" : " " + type.substr(0, type.find(':'));
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
