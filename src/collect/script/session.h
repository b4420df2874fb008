// One run of a script: its maps and programs in the kernel, its probes in user space, and all that
// it says until it ends.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "collect/script/programs.h"
#include "collect/script/running_kernel.h"
#include "lang/plan/plan.h"
#include "lang/source/source.h"
#include "model/script.h"
#include "model/script_run.h"

namespace knowhy::collect {

struct ScriptOptions {
    std::optional<int> pid;          // end with this process
    std::optional<int> child_ended;  // readable once the command that was begun for it has ended
    bool only_of_pid = false;        // clocks and software events count in `pid` alone
    double max_cpu_percent = 0;      // of one CPU, for the kernel's programs; 0: not looked at
    bool verifier_log = false;

    // Called for all that the script says, in order.
    std::function<void(const model::ScriptEvent&)> said;
    // printf(), for paths and commands.
    std::function<std::string(const model::Formatted&)> format;
    // How many of how many probes are attached, while that takes its time.
    std::function<void(size_t done, size_t all)> progress;
};

using model::ScriptBooks;

class ScriptSession {
  public:
    // Makes the maps and loads the programs: what is wrong with them is told before the script has
    // said anything. A plan with no program in the kernel needs no privilege. `plan`, `source` and
    // `kernel` must outlive it.
    static Result<std::unique_ptr<ScriptSession>> load(const lang::Plan& plan,
                                                       const lang::Source& source,
                                                       RunningKernel& kernel,
                                                       ScriptOptions options);
    virtual ~ScriptSession() = default;  // detaches; may take about 0.1 s a probe

    // Runs the begin probes, then attaches the others: when it returns, every probe is live.
    virtual Status arm() = 0;
    // Probes of all kinds, begin and end too.
    [[nodiscard]] virtual size_t probes() const = 0;
    // Takes what has arrived, waiting up to timeout_ms for something. False when the script has
    // ended: by itself, with the process that it was about, or over its budget.
    virtual Result<bool> poll(int timeout_ms) = 0;
    // From here on nothing is counted; then runs the end probes. The others are still attached when
    // it returns.
    virtual Status finish() = 0;
    // Says the maps that are printed when a script ends.
    virtual void print_maps() = 0;
    [[nodiscard]] virtual ScriptBooks books() const = 0;
    // exit()'s; 0 otherwise.
    [[nodiscard]] virtual int exit_status() const = 0;
};

}  // namespace knowhy::collect
