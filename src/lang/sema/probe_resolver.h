// How each provider turns what stands behind its name into places in the kernel.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lang/sema/probes.h"
#include "lang/source/codes.h"

namespace knowhy::lang {

// One point under resolution.
class ProbeResolver {
  public:
    ProbeResolver(const ProbeRequest& request, Kernel& kernel, const Config& config,
                  Diagnostics& diagnostics)
        : point_(request.point),
          uses_arguments_(request.uses_arguments),
          counts_arguments_(request.counts_arguments),
          kernel_(kernel),
          config_(config),
          diagnostics_(diagnostics) {}

    std::vector<ProbeSite> run();

    // The providers' own ways, named by the table below.
    void kprobe() { function_probe(false); }
    void kretprobe() { function_probe(true); }
    void fentry() { tracing(false); }
    void fexit() { tracing(true); }
    void tracepoint();
    void raw_tracepoint();
    void profile();
    void interval();
    void software();
    void hardware();
    void watchpoint();
    void iterator();
    void begin() { alone({BeginAt{}, "BEGIN"}); }
    void end() { alone({EndAt{}, "END"}); }
    void self();
    void user_space();
    void tests();

  private:
    [[nodiscard]] size_t parts() const { return point_.parts.size(); }
    [[nodiscard]] const std::string& part(size_t index) const { return point_.parts[index].name; }
    [[nodiscard]] Span span_of(size_t index) const { return point_.parts[index].span; }
    void complain(std::string_view code, Span span, std::string message, std::string hint = {}) {
        diagnostics_.error(code, span, std::move(message), std::move(hint));
    }
    bool expect_parts(size_t least, size_t most);
    void add(ProbeSite::View view, Target target, bool shared = true);
    void alone(Target target);
    void function_probe(bool at_return);
    void add_return(const KernelFunction& function);
    std::optional<ProbeSite::Narrow> narrow_result(const KernelFunction& function);
    void code_probe(const symbols::PlaceName& place, bool inlined_only);
    void at_address(uint64_t address, bool at_return);
    void tracing(bool at_return);
    std::optional<uint64_t> period();
    bool room_for(size_t count);

    const ProbePoint& point_;
    bool uses_arguments_;
    bool counts_arguments_;
    Kernel& kernel_;
    const Config& config_;
    Diagnostics& diagnostics_;
    std::vector<ProbeSite> sites_;
    std::string provider_;
};

}  // namespace knowhy::lang
