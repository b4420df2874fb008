#include "cli/debug_options.h"

#include <cstdlib>
#include <utility>

namespace knowhy::cli {
namespace {

std::string variable(const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets it
    return value == nullptr ? "" : value;
}

}  // namespace

void add_debug_options(CLI::App& app, DebugOptions& options) {
    app.add_option("--release", options.release, "Of this kernel, not of the running one")
        ->type_name("REL");
    add_debug_file_options(app, options);
}

void add_debug_file_options(CLI::App& app, DebugOptions& options) {
    app.add_option("--vmlinux", options.vmlinux, "The kernel's debug file")->type_name("FILE");
    app.add_option("--debug-dir", options.debug_dirs,
                   "Look for debug files here first (may be repeated)")
        ->type_name("DIR")
        ->allow_extra_args(false);
}

symbols::LocateOptions locate_options(const DebugOptions& options) {
    symbols::LocateOptions located;
    located.places.release = options.release;
    if (!options.vmlinux.empty()) located.places.vmlinux = options.vmlinux;
    located.places.debug_dirs = options.debug_dirs;
    located.cache_dir = cache_directory();
    return located;
}

bool any_named(const DebugOptions& options) {
    return !options.release.empty() || !options.vmlinux.empty() || !options.debug_dirs.empty();
}

Result<symbols::CodeMap> open_code_map(symbols::LocateOptions how, bool must_be_usable) {
    KW_TRY(auto code, symbols::CodeMap::open(std::move(how)));
    if (must_be_usable) KW_CHECK_OK(code.usable("vmlinux"));
    return code;
}

std::string cache_directory() {
    if (const std::string cache = variable("XDG_CACHE_HOME"); !cache.empty()) {
        return cache + "/knowhy";
    }
    const std::string home = variable("HOME");
    return home.empty() ? "" : home + "/.cache/knowhy";
}

}  // namespace knowhy::cli
