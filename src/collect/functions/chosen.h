// Which functions of this kernel are meant, and how each can be watched.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "lang/sema/kernel.h"

namespace knowhy::collect {

enum class Rung : uint8_t { Off, Fentry, Kprobe };

// One body that the compiler made of a function.
struct FunctionBody {
    std::string symbol;  // "ip_rcv", "ip_rcv_finish_core.constprop.0"
    std::string module;  // "" of vmlinux
    Rung rung = Rung::Off;
    // What its registers hold is what the source says: not so of a clone, which may have been made
    // for one argument's value.
    bool arguments_known = false;
};

struct ChosenFunction {
    std::string name;  // the source's
    std::string module;
    std::vector<FunctionBody> bodies;  // none: it is not there
    std::string why;                   // not
};

// `wanted`: names, shell globs, MODULE:NAME, @SET. Each function once, in the order in which they
// are named, those of a glob by name. What a kernel has not is among them, without a body. Usage
// for a set that does not exist.
Result<std::vector<ChosenFunction>> choose_functions(const std::vector<std::string>& wanted,
                                                     lang::Kernel& kernel);

}  // namespace knowhy::collect
