// Prints a page of docs/language from the tables: PROGRAM reference|errors > FILE
#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "lang/sema/reference.h"
#include "lang/source/codes.h"

namespace {

using knowhy::lang::ReferenceEntry;

std::string cell(std::string_view text) {
    std::string cell;
    for (const char c : text) {
        if (c == '|') cell += '\\';
        cell += c;
    }
    return cell;
}

void table(std::string_view title, std::string_view first, std::string_view second,
           const std::vector<ReferenceEntry>& entries) {
    fmt::print("\n## {}\n\n| {} | {} | |\n|---|---|---|\n", title, first, second);
    for (const ReferenceEntry& entry : entries)
        fmt::print("| `{}` | {} | {} |\n", cell(entry.name),
                   entry.form.empty() ? "" : '`' + cell(entry.form) + '`', cell(entry.what));
}

void reference() {
    fmt::print(
        "<!-- Made by knowhy_reference_doc from src/lang/sema. Change the tables, then `ninja "
        "reference_doc`. -->\n"
        "# Builtins, functions and probes\n\n"
        "Of the bpftrace dialect, and at the end the functions of SystemTap's. `knowhy help "
        "builtins`,\n"
        "`functions`, `probes` and `tapset` print the same tables. What differs from the originals "
        "is "
        "in\n[bpftrace.md](bpftrace.md) and [systemtap.md](systemtap.md).\n");
    table("Builtins", "name", "type", knowhy::lang::builtin_reference());
    table("Functions", "name", "called", knowhy::lang::function_reference());
    table("Probes", "name, short", "written", knowhy::lang::probe_reference());
    table("Functions of the SystemTap dialect", "name", "called", knowhy::lang::tapset_reference());
}

void errors() {
    fmt::print(
        "<!-- Made by knowhy_errors_doc from src/lang/source/codes.h. Change the table, then "
        "`ninja errors_doc`. -->\n"
        "# What messages about scripts mean\n\n"
        "Each message has a code, the place that it is about, and a hint. `knowhy help CODE` "
        "prints "
        "a\ncode's line of this table; codes keep their meaning from release to release. KW1...: "
        "reading the\ntext; KW2...: names and types; KW3...: probes and the kernel; KW4...: what "
        "eBPF cannot do.\n\n"
        "| code | what it means | what to do |\n|---|---|---|\n");
    for (const knowhy::lang::Code& code : knowhy::lang::codes::kAll)
        fmt::print("| {} | {} | {} |\n", code.id, cell(code.meaning), cell(code.remedy));
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view page = argc == 2 ? argv[1] : "";
    if (page == "reference") {
        reference();
    } else if (page == "errors") {
        errors();
    } else {
        fmt::print(stderr, "usage: PROGRAM reference|errors\n");
        return 2;
    }
    return 0;
}
