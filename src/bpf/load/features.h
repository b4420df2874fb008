// What the running kernel lets this user do with BPF: found by trying, never by version.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "bpf/load/ladder.h"
#include "symbols/btf/btf.h"

namespace knowhy::bpf {

struct Feature {
    std::string name;  // "tp_btf", "fexit", "kprobe", "ring buffer"...
    bool works = false;
    std::string why;  // when it does not: "EPERM", "no kprobe PMU in /sys"...
};

struct Features {
    std::vector<Feature> programs;  // program types, by loading a tiny program of each
    std::vector<Feature> attaches;  // attach kinds, by attaching one for a moment
    std::vector<Feature> maps;
};

// Everything, for `knowhy doctor`. Takes about a second where detaching is slow. `btf` may be null:
// then what needs BTF does not work, and says so.
Features probe_features(const symbols::KernelBtf* btf);

// Only what the ladder needs, by loading alone: a few milliseconds.
Abilities probe_abilities(const symbols::KernelBtf& btf);

// True when a program may refer to this kernel variable. A variable can be in BTF and its address
// hidden all the same (CONFIG_KALLSYMS_ALL off): then a program that refers to it does not load.
bool kernel_variable_readable(const symbols::KernelBtf& btf, const std::string& variable);

}  // namespace knowhy::bpf
