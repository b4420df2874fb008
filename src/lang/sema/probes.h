// From a probe point as written to the places in the kernel that it names, and what a program can
// see there.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lang/ast/ast.h"
#include "lang/plan/plan.h"
#include "lang/sema/kernel.h"

namespace knowhy::lang {

// Where a program runs. Points that give a program the same view share one (several functions of
// one kprobe); what differs in its arguments' types has one each.
struct ProbeSite {
    enum class View : uint8_t {
        Registers,           // kprobe, profile, software, watchpoint: struct pt_regs
        ReturnRegisters,     // kretprobe: likewise, with the result
        Arguments,           // fentry, raw tracepoints: u64[], by prototype
        ArgumentsAndResult,  // fexit
        Record,              // tracepoint: its record, by format
        Iterator,
        None,  // begin, end, interval: user space
    };
    View view = View::None;
    std::string provider;  // "kprobe"
    std::vector<Target> targets;
    std::vector<TracepointField> fields;       // Record
    std::optional<symbols::TypeId> prototype;  // of the one target, where it is known
    std::optional<symbols::CodePlace> code;    // of the one target, where it was asked for
    // ReturnRegisters: of the targets' results, where those are narrower than the register, which
    // has nothing that is known above them.
    struct Narrow {
        uint8_t bytes = 0;
        bool is_signed = false;

        bool operator==(const Narrow&) const = default;
    };
    std::optional<Narrow> result;
    bool at_entry = false;  // of a function: the argument registers hold the arguments
    // ---- Of SystemTap's
    std::string written;           // the point, as the script has it
    std::vector<ProbeSite> entry;  // of a return: the entry of its function, where that is known
    int64_t order = 0;             // among begin, end and error probes
    [[nodiscard]] bool in_user_space() const { return view == View::None; }
};

struct ProbeRequest {
    const ProbePoint& point;
    bool uses_arguments = false;  // the body wants `args`: no sharing where their types differ
    // It wants arg1 or a later one, which not every tracepoint has. (arg0 alone is not worth that a
    // kernel's types are read.)
    bool counts_arguments = false;
};

// What the point names; empty when it names nothing, and `diagnostics` says so.
std::vector<ProbeSite> resolve(const ProbeRequest& request, Kernel& kernel, const Config& config,
                               Diagnostics& diagnostics);

// How the providers are called, for messages, help and listing.
struct ProviderName {
    std::string_view name;
    std::string_view alias;  // "" none
    std::string_view form;   // "kprobe:[MODULE:]FUNCTION[+OFFSET]"
    std::string_view what;
};
const std::vector<ProviderName>& provider_names();

}  // namespace knowhy::lang
