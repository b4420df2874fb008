// The attach ladder: which ways to reach a kernel function are worth trying, best first.
//
// What is chosen here is proven later, by loading and attaching; a rung that fails gives way to the
// next one. Whatever is known beforehand is used to try no more than needed.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace knowhy::bpf {

// One way to attach. All its programs must attach.
struct Rung {
    enum class Means { Tracing, Kprobe };

    std::string name;  // "fexit", "fentry", "kprobe+kretprobe", "kprobe"
    Means means = Means::Tracing;
    std::vector<std::string> programs;
};

// What this kernel lets us do at all. A reason why not; "" when it does.
struct Abilities {
    std::string tracing;  // fentry and fexit
    std::string kprobe;
};

// What is known about the function before trying.
struct FunctionFacts {
    std::string name;
    std::string module;                  // where it lives if it is not built in; "" never
    bool module_loaded = true;           // or built in
    bool in_btf = false;                 // some loaded BTF has its FUNC
    std::optional<unsigned> parameters;  // of that FUNC
};

struct Choice {
    std::vector<Rung> rungs;  // to try, best first; empty: off
    std::string why;          // why the rungs that are missing are missing, "" when all are there
};

Choice choose_rungs(const std::vector<Rung>& ladder, const FunctionFacts& function,
                    const Abilities& abilities);

}  // namespace knowhy::bpf
