// Prints the table at the end of docs/diff.md: knowhy_readers_doc > docs/readers.md
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "explain/compare/compare.h"

namespace {

constexpr const char* kHead =
    R"(<!-- Made by knowhy_readers_doc from src/explain/compare/reads.cpp. Change the table there, then
`ninja readers_doc`. -->
# What functions read

Where two paths part at one of these functions, or right after it, `knowhy diff` tells the state that it
reads (or, of drivers' calls, that comes of it) before all other differences. Nothing is claimed of
functions that are not here. `*` stands for a device; a sysctl or link of another device than those on
the path is not counted as read. From the source of Linux 6.1; each row's state is flipped in the lab
(tests/cli/test_diff_pairs.py), and must then be the first thing told.

| functions | the question | state, what decides most first |
|---|---|---|
)";

}  // namespace

int main() {
    fmt::print("{}", kHead);
    for (const auto& reader : knowhy::explain::known_readers())
        fmt::print("| `{}` | {} | {} |\n", fmt::join(reader.functions, "` `"), reader.what,
                   fmt::join(reader.facts, "; "));
    return 0;
}
