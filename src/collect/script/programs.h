// A plan's programs in the kernel: loaded, attached, counted, and let go of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "bpf/load/program.h"
#include "collect/script/attach.h"
#include "collect/script/running_kernel.h"
#include "lang/plan/plan.h"
#include "lang/source/source.h"
#include "model/script_run.h"

namespace knowhy::collect {

using model::RefusedProbe;

struct ProgramsOptions {
    int pid = -1;               // of clocks and software events: in this process alone
    bool verifier_log = false;  // told on standard error, whole
    // How many of how many are attached, now and then while it goes on.
    std::function<void(size_t done, size_t all)> progress;
};

class ScriptPrograms {
  public:
    // Loads them. `plan`, `source` and `kernel` must outlive it; `maps` are the plan's, in order,
    // and the gate (gate.h): all programs wait behind it.
    static Result<ScriptPrograms> load(const lang::Plan& plan, const lang::Source& source,
                                       RunningKernel& kernel, const std::vector<int>& maps,
                                       ProgramsOptions options);

    // An error when a probe is refused that the plan says must be there, or when all are.
    Status attach();
    // Detaches them, several at a time.
    void detach();

    [[nodiscard]] size_t attached() const { return attached_.size(); }
    [[nodiscard]] const std::vector<RefusedProbe>& refused() const { return refused_; }
    // Hits that the kernel did not hand to a program. nullopt where it does not count them.
    [[nodiscard]] std::optional<uint64_t> missed() const;
    // Run time of the programs, as far as the kernel counts it (bpf_enable_stats).
    [[nodiscard]] uint64_t run_time_ns() const;

    Status walk_iterators(const std::function<void(std::string_view)>& take) const;

  private:
    struct Loaded {
        UniqueFd fd;
        uint32_t type = 0;
    };
    // A target, and its program among programs_.
    struct Place {
        const lang::ProbePlan* probe = nullptr;
        const lang::Target* target = nullptr;
        size_t program = 0;
        uint64_t cookie = 0;
        uint32_t event_id = 0;
    };
    struct Live {
        const Place* place = nullptr;
        Attached links;
    };

    ScriptPrograms(const lang::Plan& plan, const lang::Source& source, RunningKernel& kernel,
                   const std::vector<int>& maps, ProgramsOptions options)
        : plan_(&plan),
          source_(&source),
          kernel_(&kernel),
          maps_(&maps),
          options_(std::move(options)) {}

    Status load_probe(const lang::ProbePlan& probe, uint64_t first_cookie);
    Result<size_t> load_program(const lang::ProbePlan& probe, const LoadAs& as);
    [[nodiscard]] Error explain(const bpf::ProgramRefusal& refusal,
                                const lang::ProbePlan& probe) const;
    Result<uint32_t> event_id(const lang::AttachAt& at);
    Status judge(const Place& place, const Error& error);

    const lang::Plan* plan_;
    const lang::Source* source_;
    RunningKernel* kernel_;
    const std::vector<int>* maps_;
    ProgramsOptions options_;
    std::vector<Loaded> programs_;
    std::vector<Place> places_;
    std::vector<Live> attached_;  // goes before the programs
    std::vector<RefusedProbe> refused_;
};

}  // namespace knowhy::collect
