// Prints docs/language/reference.md from the tables of sema: knowhy_language_doc > FILE
#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "lang/sema/reference.h"

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

}  // namespace

int main() {
    fmt::print(
        "<!-- Made by knowhy_language_doc from src/lang/sema. Change the tables, then `ninja "
        "language_doc`. -->\n"
        "# Builtins, functions and probes of the bpftrace dialect\n\n"
        "`knowhy help builtins`, `functions` and `probes` print the same tables. What differs "
        "from\n"
        "bpftrace is in [bpftrace.md](bpftrace.md).\n");
    table("Builtins", "name", "type", knowhy::lang::builtin_reference());
    table("Functions", "name", "called", knowhy::lang::function_reference());
    table("Probes", "name, short", "written", knowhy::lang::probe_reference());
}
