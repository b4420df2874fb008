// knowhy locate: where does this variable live, and may I probe there?
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/debug_options.h"
#include "cli/output.h"
#include "render/json/located.h"
#include "render/text/located.h"
#include "symbols/locate/locate.h"

namespace knowhy::cli {
namespace {

constexpr const char* kExamples =
    "  knowhy locate tcp_v4_rcv                     its bodies, what is in scope, may I probe\n"
    "  knowhy locate tcp_v4_rcv sk                  where sk lives, and where to probe for it\n"
    "  knowhy locate bonding:ad_tx_machine port     inlined, in a module\n"
    "  knowhy locate ip_rcv_core+0x40 --asm         the code around, line by line\n"
    "  knowhy locate net/ipv4/ip_input.c:540 skb\n"
    "  knowhy locate 'ip_input.c:*'                 every line that has code\n"
    "  knowhy locate 'tcp_v4_*'                     every function whose name matches\n"
    "  knowhy locate 'bond_enslave+0x1b/0xc3 [bonding]'   as the kernel prints it\n"
    "\n"
    "Needs the kernel's debug files (Debian: package linux-image-RELEASE-dbg). Exit status: 0 "
    "done;\n"
    "2 no such place or variable, no debug files, or files of another build.";

struct Options {
    std::string place;
    std::string variable;
    DebugOptions debug;
    std::vector<std::string> source_dirs;
    bool listing = false;
    bool make_index = false;
    bool json = false;
    std::string output;
};

Result<int> run(const Options& options) {
    KW_TRY(symbols::PlaceName place, symbols::parse_place(options.place));
    const bool every_line = place.kind == symbols::PlaceName::Kind::Line && place.line == 0;
    symbols::LocateOptions how = locate_options(options.debug);
    how.source_dirs = options.source_dirs;
    how.make_index = options.make_index;
    KW_TRY(symbols::CodeMap code, symbols::CodeMap::open(std::move(how)));
    symbols::Question question{std::move(place), options.place, std::nullopt, options.listing};
    if (!options.variable.empty()) question.variable = options.variable;
    KW_TRY(const model::Located located, code.locate(question));
    KW_TRY(Output output, Output::open(options.output));
    render::TextOptions text;
    text.colour = output.wants_colour();
    text.width = output.width();
    KW_CHECK_OK(output.write(options.json ? render::located_json(located)
                                          : render::located_text(located, every_line, text)));
    return kDone;
}

}  // namespace

Command add_locate(CLI::App& program) {
    CLI::App* app = add_subcommand(
        program, "locate", "Where does this variable live, and may I probe there?", kExamples);
    auto options = std::make_shared<Options>();
    app->add_option("PLACE", options->place,
                    "[MODULE:]FUNCTION[+OFFSET], FILE:LINE, FILE:* or 0xADDRESS; wildcards")
        ->required();
    app->add_option("VAR", options->variable, "Only this variable: everywhere, and where to probe");
    app->add_flag("--asm", options->listing,
                  "Source lines, instructions, and where each variable lives");
    app->add_option("--source-dir", options->source_dirs,
                    "The kernel's source, for the text of lines (may be repeated)")
        ->type_name("DIR")
        ->allow_extra_args(false);
    add_debug_options(*app, options->debug);
    app->add_flag("--index", options->make_index,
                  "Make an index first: later answers by name come quicker");
    app->add_flag("--json", options->json, "JSON Lines (docs/json.md)");
    app->add_option("-o,--output", options->output, "Write the results to FILE")->type_name("FILE");
    return {app, [options] { return run(*options); }};
}

}  // namespace knowhy::cli
