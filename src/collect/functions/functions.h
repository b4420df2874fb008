// Calls of kernel functions as they happen, with arguments and what came back: `knowhy record`.
//
// A function is watched by fentry and fexit where the kernel can, else by kprobe and kretprobe; a
// clone that the compiler made ("f.constprop.0") counts as the function, without its arguments. The
// programs are those of a script in the bpftrace dialect, which the script engine runs.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "collect/functions/tracer.h"
#include "collect/script/running_kernel.h"
#include "model/trace.h"

namespace knowhy::collect {

struct FunctionsOptions {
    std::vector<std::string> wanted;  // as choose_functions() has them
    TracerOptions tracer;
    std::optional<int> child_ended;  // readable once the command that was begun for it has ended
    double max_cpu_percent = 0;      // of one CPU, for the programs; 0: not looked at
    bool verifier_log = false;
    // In the order in which the kernel wrote them.
    std::function<void(const model::TracedCall&)> called;
    std::function<void(size_t done, size_t all)> progress;
};

class FunctionsSession {
  public:
    // Loads the programs and attaches them: when it returns, calls are counted. Usage where none of
    // the functions is there, Unsupported where none can be watched. `kernel` must outlive it.
    static Result<std::unique_ptr<FunctionsSession>> open(RunningKernel& kernel,
                                                          FunctionsOptions options);
    virtual ~FunctionsSession() = default;  // detaches

    // The functions, how each is watched, and what is weaker than asked. No calls.
    [[nodiscard]] virtual const model::Trace& trace() const = 0;
    [[nodiscard]] virtual size_t probes() const = 0;
    // Takes what has arrived, waiting up to timeout_ms. False when the command has ended, or the
    // programs took more than their budget.
    virtual Result<bool> poll(int timeout_ms) = 0;
    // From here on nothing is counted. The trace with its books, without calls.
    virtual Result<model::Trace> finish() = 0;
};

// The script that it runs, for `--dump`.
Result<std::string> functions_script(lang::Kernel& kernel, const FunctionsOptions& options);

}  // namespace knowhy::collect
