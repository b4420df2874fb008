// Where debug files are, as the options of several commands say it.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "symbols/locate/locate.h"

namespace knowhy::cli {

struct DebugOptions {
    std::string release;
    std::string vmlinux;
    std::vector<std::string> debug_dirs;
};

// --release, --vmlinux and --debug-dir. `options` must outlive the parsing.
void add_debug_options(CLI::App& app, DebugOptions& options);
// The same without --release: it is known which kernel is meant.
void add_debug_file_options(CLI::App& app, DebugOptions& options);

symbols::LocateOptions locate_options(const DebugOptions& options);

// Whether the user named a kernel or files: then they must be there and be the right ones.
bool any_named(const DebugOptions& options);
// For those to whom lines are an addition: without debug files they do without, but files that were
// named (`must_be_usable`) must be the kernel's.
Result<symbols::CodeMap> open_code_map(symbols::LocateOptions how, bool must_be_usable);

// "$XDG_CACHE_HOME/knowhy", "~/.cache/knowhy"; "" where there is neither.
std::string cache_directory();

}  // namespace knowhy::cli
