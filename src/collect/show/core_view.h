// A crashed kernel: its vmcore, with the vmlinux it was built as.
#pragma once

#include <memory>
#include <string>

#include "collect/show/kernel_view.h"
#include "symbols/debugfile/debugfile.h"

namespace knowhy::collect {

struct CoreOptions {
    std::string core;
    // `vmlinux` must be named; modules are looked for in `debug_dirs`, then in the standard places.
    symbols::SearchPlaces files;
    std::string cache_dir;
};

// Usage: no vmcore, no vmlinux, or one that is another kernel's (both build-ids are named). Symbols
// move by the dump's KERNELOFFSET; a dump without that note is taken to be of a kernel that did not
// move (nokaslr), which must prove itself by linux_banner. Types of modules that were loaded, as
// far as their files are found.
Result<std::unique_ptr<KernelView>> view_core(CoreOptions options);

}  // namespace knowhy::collect
