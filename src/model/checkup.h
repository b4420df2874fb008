// What `knowhy doctor` found out about a kernel and the user it runs for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/observation.h"

namespace knowhy::model {

// One thing that is there, or that is missing with what that costs and how it can be had.
struct Check {
    std::string name;           // "BTF", "fexit"
    std::string found;          // "vmlinux and 12 modules", "EPERM"
    std::optional<bool> works;  // nullopt: a setting, neither good nor bad
    std::string cost;           // what is weaker without it; "" when it works or costs nothing
    std::string remedy;         // "" when there is none
};

struct CheckGroup {
    std::string title;  // "BPF programs that load"
    std::vector<Check> checks;
};

struct Checkup {
    std::string kernel_release;  // uname -r
    std::string machine;         // uname -m
    std::string build_id;        // of the kernel, hex; "" unknown
    double max_cpu_percent = 0;  // the budget of a live command, of one CPU
    std::vector<CheckGroup> groups;
    std::vector<PointStatus> points;  // the curated ones, each as attaching it proved
    std::string points_problem;       // why they could not be tried; "" when they were
};

}  // namespace knowhy::model
