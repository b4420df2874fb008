// knowhy symbol: which function is this address in?
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iostream>
#include <memory>
#include <vector>

#include "base/log.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/debug_options.h"
#include "cli/output.h"
#include "cli/symbol_input.h"
#include "render/json/values.h"
#include "render/text/words.h"
#include "symbols/kallsyms/kallsyms.h"

namespace knowhy::cli {
namespace {

constexpr const char* kExamples =
    "  knowhy symbol ffffffff81459d10                 in the running kernel\n"
    "  knowhy symbol --return-address 0xffffffff81459d15\n"
    "  knowhy symbol --system-map System.map --kaslr-offset 0x1c000000 ffffffff9d459d10\n"
    "  knowhy symbol --kallsyms kallsyms.txt - < listing    a listing of dropwatch, corrected\n"
    "\n"
    "With --release or --vmlinux of another kernel, the addresses are as that one is linked.\n"
    "An exact hit belongs to the symbol that starts there. All names of one place are given.\n"
    "Exit status: 0 done, also where no symbol covers an address; 1 the addresses are hidden from\n"
    "this user; 2 wrong usage or unreadable input.";

struct Options {
    std::vector<std::string> addresses;
    std::string kallsyms;
    std::string system_map;
    std::string kaslr_offset = "0";
    bool return_address = false;
    DebugOptions debug;
    bool json = false;
    std::string output;
};

struct Table {
    std::optional<symbols::SymbolTable> symbols;  // nullopt: `code` has the names as well
    std::string name;                             // of its file
    uint64_t kaslr_offset = 0;
    bool return_address = false;
    std::optional<symbols::CodeMap> code;  // debug files of the same kernel, if there are any
};

struct Answer {
    model::Place place;
    std::vector<std::string> aliases;  // further names of the same place
};

Result<symbols::SymbolTable> load(const std::string& path) {
    auto symbols = symbols::SymbolTable::load_file(path);
    if (!symbols) symbols.error().kind = ErrorKind::Usage;  // it is the input, and it is unreadable
    return symbols;
}

// Lines are an addition: without debug files of the running kernel names are answered all the same.
// Where the table is another kernel's, or files were named, they must be the ones that are named.
Result<std::optional<symbols::CodeMap>> open_code(const Options& options, bool running) {
    const bool named = any_named(options.debug);
    if (!running && !named) return std::nullopt;
    KW_TRY(auto code, open_code_map(locate_options(options.debug), named));
    return code;
}

Result<Table> load_table(const Options& options) {
    const std::string& given = options.kallsyms.empty() ? options.system_map : options.kallsyms;
    const std::string path = given.empty() ? "/proc/kallsyms" : given;
    const auto offset = parse_u64(options.kaslr_offset, 16);
    if (!offset) {
        return fail(ErrorKind::Usage, "--kaslr-offset: '{}' is no hexadecimal number",
                    options.kaslr_offset);
    }
    KW_TRY(auto code, open_code(options, given.empty()));
    // Names of the kernel that runs are no names of another.
    if (given.empty() && !code->of_running()) {
        const std::string name = "vmlinux of " + code->release();
        return Table{std::nullopt, name, *offset, options.return_address, std::move(code)};
    }
    KW_TRY(auto symbols, load(path));
    if (symbols.hidden()) {
        return fail(ErrorKind::Privilege,
                    "{} holds no addresses: kernel.kptr_restrict hid them from the user who read "
                    "it; read it as root (sudo knowhy symbol ..., or a copy that root made)",
                    path);
    }
    return Table{std::move(symbols), path, *offset, options.return_address, std::move(code)};
}

// By the image alone.
Answer look_up_linked(Table& table, uint64_t linked) {
    Answer answer;
    auto places = table.code->linked_places(linked, table.return_address);
    for (size_t i = 1; i < places.size(); ++i) answer.aliases.push_back(places[i].symbol);
    if (!places.empty()) answer.place = std::move(places.front());
    return answer;
}

Answer look_up(Table& table, uint64_t address) {
    const uint64_t linked = address - table.kaslr_offset;
    Answer answer;
    if (!table.symbols) {
        answer = look_up_linked(table, linked);
        answer.place.address = address;
        return answer;
    }
    answer.place =
        table.return_address ? table.symbols->return_place(linked) : table.symbols->place(linked);
    answer.place.address = address;
    if (table.code) table.code->describe(answer.place, table.return_address);
    const auto names = table.symbols->covering(table.return_address ? linked - 1 : linked);
    for (size_t i = 1; i < names.size(); ++i) answer.aliases.emplace_back(names[i].name);
    return answer;
}

std::string answer_text(const Table& table, const Answer& answer) {
    const model::Place& place = answer.place;
    std::string line = fmt::format("{:#018x}  ", place.address);
    if (place.symbol.empty())
        return line + fmt::format("in no symbol of {}\n", escaped(table.name));
    line += escaped(place.text());
    if (!answer.aliases.empty()) {
        line += escaped(fmt::format("  (also {})", fmt::join(answer.aliases, ", ")));
    }
    if (!place.file.empty()) line += "  " + render::line_words(place.file, place.line);
    line += '\n';
    for (const std::string& step : render::inline_words(place.inlined)) {
        line += fmt::format("{:20}inlined: {}\n", "", step);
    }
    return line;
}

std::string answer_json(const Answer& answer) {
    const render::Json described = render::place_json(answer.place);
    return render::json_line({{"type", "symbol"},
                              {"address", described["address"]},
                              {"name", described["symbol"]},
                              {"offset", described["offset"]},
                              {"module", described["module"]},
                              {"file", described["file"]},
                              {"line", described["line"]},
                              {"inlined", described["inlined"]},
                              {"aliases", answer.aliases}});
}

// The line of a listing with the right symbol in the place of the one it claims.
std::string corrected(const AskedLine& asked, const Claim& claim, const Answer& answer) {
    const model::Place& place = answer.place;
    const std::string claimed = asked.text.substr(claim.begin, claim.length);
    const std::string right =
        place.symbol.empty() ? "(no symbol)" : fmt::format("{}+{:x}", place.symbol, place.offset);
    if (right == claimed) return escaped(asked.text) + '\n';
    std::string line = asked.text;
    line.replace(claim.begin, claim.length, right);
    return escaped(fmt::format("{}  not {}", trimmed(line), claimed)) + '\n';
}

// A listing and a table of different boots give answers that look right. The listing's claims say
// where its symbols began, so they tell.
void warn_of_another_kernel(const Table& table, const AskedLine& asked) {
    if (!asked.claim || !table.symbols) return;
    const auto here = table.symbols->named(asked.claim->symbol);
    if (here.size() != 1) return;
    const uint64_t in_listing = *asked.address - asked.claim->offset;
    const uint64_t moved = in_listing - here.front().address;
    if (moved == table.kaslr_offset) return;
    log::warn(
        "the listing has {} at {:#x}, {} at {:#x}: they are of different kernels or boots. Where "
        "KASLR moved the same kernel, --kaslr-offset {:#x} makes them agree",
        escaped(asked.claim->symbol), in_listing, escaped(table.name), here.front().address, moved);
}

class Session {
  public:
    Session(Table& table, Output& output, bool json)
        : table_(table), output_(output), json_(json) {}

    Status tell(const AskedLine& asked) {
        if (!asked.address) {
            return json_ || trimmed(asked.text).empty() ? Status{}
                                                        : output_.write(escaped(asked.text) + '\n');
        }
        if (asked.claim && !compared_) {
            warn_of_another_kernel(table_, asked);
            compared_ = true;
        }
        const Answer answer = look_up(table_, *asked.address);
        if (json_) return output_.write(answer_json(answer));
        return output_.write(asked.claim ? corrected(asked, *asked.claim, answer)
                                         : answer_text(table_, answer));
    }

  private:
    Table& table_;
    Output& output_;
    bool json_;
    bool compared_ = false;
};

Status tell_standard_input(Session& session) {
    size_t number = 0;
    for (std::string line; std::getline(std::cin, line);) {
        ++number;
        const auto asked = parse_asked(line);
        if (!asked) {
            return tl::unexpected(asked.error().in(fmt::format("standard input:{}", number)));
        }
        KW_CHECK_OK(session.tell(*asked));
    }
    return {};
}

// All arguments are understood before the first answer: a slip in the third gives no half result.
Result<std::vector<AskedLine>> parse_arguments(const std::vector<std::string>& arguments) {
    std::vector<AskedLine> all;
    for (const std::string& argument : arguments) {
        if (argument == "-") {
            all.push_back({argument, std::nullopt, std::nullopt});
            continue;
        }
        KW_TRY(AskedLine asked, parse_asked(argument));
        if (!asked.address) return fail(ErrorKind::Usage, "no address in '{}'", argument);
        all.push_back(std::move(asked));
    }
    return all;
}

Result<int> run(const Options& options) {
    KW_TRY(const auto asked, parse_arguments(options.addresses));
    KW_TRY(Table table, load_table(options));
    KW_TRY(Output output, Output::open(options.output));
    Session session(table, output, options.json);
    for (const AskedLine& line : asked) {
        KW_CHECK_OK(line.address ? session.tell(line) : tell_standard_input(session));
    }
    return kDone;
}

}  // namespace

Command add_symbol(CLI::App& program) {
    CLI::App* app =
        add_subcommand(program, "symbol", "Which function is this address in?", kExamples);
    auto options = std::make_shared<Options>();
    app->add_option("ADDR", options->addresses,
                    "Hexadecimal; or a line that holds one; or - for lines on stdin")
        ->required();
    auto* kallsyms =
        app->add_option("--kallsyms", options->kallsyms, "Instead of /proc/kallsyms, a copy of it")
            ->type_name("FILE");
    app->add_option("--system-map", options->system_map, "Instead of /proc/kallsyms, a System.map")
        ->type_name("FILE")
        ->excludes(kallsyms);
    app->add_option("--kaslr-offset", options->kaslr_offset,
                    "How far KASLR moved the kernel; a panic prints 'Kernel Offset'")
        ->type_name("HEX");
    app->add_flag("--return-address", options->return_address,
                  "They are return addresses: name the call before them");
    add_debug_options(*app, options->debug);
    app->add_flag("--json", options->json, "JSON Lines (docs/json.md)");
    app->add_option("-o,--output", options->output, "Write the results to FILE")->type_name("FILE");
    return {app, [options] { return run(*options); }};
}

}  // namespace knowhy::cli
