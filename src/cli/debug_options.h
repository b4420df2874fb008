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

symbols::LocateOptions locate_options(const DebugOptions& options);

// "$XDG_CACHE_HOME/knowhy", "~/.cache/knowhy"; "" where there is neither.
std::string cache_directory();

}  // namespace knowhy::cli
