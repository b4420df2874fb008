#include "cli/command.h"

#include <memory>

namespace knowhy::cli {
namespace {

// CLI11's layout, with "--for TIME" where it would say "--for TIME ... Needs: ... Excludes: ...".
class HelpFormatter : public CLI::Formatter {
  public:
    HelpFormatter() { column_width(24); }

    std::string make_option_opts(const CLI::Option* option) const override {
        const std::string type = option->get_type_name();
        return type.empty() ? "" : " " + type;
    }
};

}  // namespace

CLI::App* add_subcommand(CLI::App& program, const std::string& name, const std::string& question,
                         const std::string& examples) {
    CLI::App* app = program.add_subcommand(name, question);
    app->formatter(std::make_shared<HelpFormatter>());
    app->footer("Examples:\n" + examples);
    app->set_help_flag("-h,--help", "This help");
    return app;
}

}  // namespace knowhy::cli
