// What `knowhy show` was asked for, and the kernel's objects that it comes to.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/debug_options.h"
#include "collect/show/kernel_view.h"

namespace knowhy::cli {

struct ShowRequest {
    std::vector<std::string> words;  // TYPE ADDR [PATH...], dev NAME [PATH...], ...
    std::string netns;
    std::string core;
    std::string module;
    std::optional<unsigned> cpu;
    std::string list;  // a member that links a list
    bool head = false;
    unsigned most = 100;  // of a list
    bool all = false;
    DebugOptions debug;
};

// An object, and which of its members are wanted.
struct WantedObject {
    collect::KernelObject object;
    std::string note;                // "d0 of bond0"; "" none
    std::vector<std::string> paths;  // empty: all members
    bool asked = false;              // the paths are the user's: an unknown one is an error
};

struct WantedObjects {
    std::vector<WantedObject> objects;
    std::string problem;  // why there may be more: a list's loop; "" none
};

// A wrong path for --list is an Error with the caret's line in its message.
Result<WantedObjects> find_objects(const ShowRequest& request, collect::KernelView& view);

// Privilege, Unsupported or Usage where the kernel or the dump cannot be read.
Result<std::unique_ptr<collect::KernelView>> open_view(const ShowRequest& request);

}  // namespace knowhy::cli
