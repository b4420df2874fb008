// Prints docs/language/tapset.md from the tables: knowhy_tapset_doc > FILE
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "lang/sema/tapset.h"
#include "lang/tapset/aliases.h"

namespace {

std::string cell(std::string_view text) {
    std::string cell;
    for (const char c : text) {
        if (c == '|') cell += '\\';
        cell += c;
    }
    return cell;
}

void points() {
    fmt::print("\n## Probe points\n\n| name | when | sets |\n|---|---|---|\n");
    for (const auto& alias : knowhy::lang::tapset_points::aliases()) {
        std::string sets;
        for (const auto& variable : alias.variables)
            sets +=
                fmt::format("{}`{}` {}", sets.empty() ? "" : "; ", variable.name, variable.what);
        fmt::print("| `{}` | {} | {} |\n", alias.name, alias.what, cell(sets));
    }
    fmt::print(
        "| `syscall.NAME`, `nd_syscall.NAME`, `tp_syscall.NAME` | a system call begins | `name` "
        "its name; its arguments by the kernel's names: texts in quotes, of pointers also "
        "`NAME_uaddr` |\n"
        "| `syscall.NAME.return` and its kin | it has ended | `name` its name; `retval` what it "
        "gave |\n");
}

void functions() {
    auto all = knowhy::lang::tapset();
    std::ranges::sort(all, {}, &knowhy::lang::FunctionInfo::name);
    fmt::print("\n## Functions\n\n| called | |\n|---|---|\n");
    for (const auto& each : all)
        fmt::print("| `{}` | {}{} |\n", cell(each.form), cell(each.what),
                   each.unsafe ? "; only with --unsafe" : "");
}

}  // namespace

int main() {
    fmt::print(
        "<!-- Made by knowhy_tapset_doc from src/lang/tapset and src/lang/sema. Change the tables, "
        "then `ninja tapset_doc`. -->\n"
        "# The SystemTap dialect's tapset\n\n"
        "The probe points and functions that knowhy has itself. What differs from SystemTap is in\n"
        "[systemtap.md](systemtap.md).\n");
    points();
    functions();
}
