// The kernel that runs, as what a script is compiled against. Everything is read when it is first
// asked for: a script of BEGIN alone asks for nothing.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collect/script/btf_kernel.h"
#include "host/tracefs.h"
#include "symbols/kallsyms/kallsyms.h"
#include "symbols/locate/locate.h"

namespace knowhy::collect {

class RunningKernel final : public BtfKernel {
  public:
    // `debug`: where debug information is looked for.
    explicit RunningKernel(symbols::LocateOptions debug = {}) : debug_(std::move(debug)) {}

    [[nodiscard]] symbols::Arch arch() const override;
    // A plain name that no symbol has means its clones ("f.constprop.0"), as far as they can be
    // called; `f.cold` is never meant.
    Result<std::vector<lang::KernelFunction>> functions(std::string_view pattern,
                                                        std::string_view module) override;
    std::optional<uint64_t> address_of(std::string_view symbol) override;
    Result<std::vector<Tracepoint>> tracepoints(std::string_view system,
                                                std::string_view name) override;
    Result<std::vector<lang::TracepointField>> tracepoint_fields(const Tracepoint& which) override;
    [[nodiscard]] uint32_t cpus() const override;
    std::optional<uint64_t> cgroup_id(std::string_view path) override;
    Result<symbols::CodeMap*> code() override;

    // nullptr where they cannot be read, or hold no addresses.
    const symbols::SymbolTable* symbols();
    Result<const host::Tracefs*> tracefs();

  protected:
    Result<symbols::KernelTypes> load_btf(std::shared_ptr<symbols::Types> into) override;
    [[nodiscard]] std::vector<std::string> loaded_modules() const override;
    const std::vector<std::string>* traceable() override;

  private:
    Result<std::vector<lang::KernelFunction>> functions_like(std::string_view pattern,
                                                             std::string_view module);
    std::vector<lang::KernelFunction> function_named(std::string_view name,
                                                     std::string_view module);
    void read_traceable();

    symbols::LocateOptions debug_;
    std::optional<Result<symbols::CodeMap>> code_;
    std::optional<Result<symbols::SymbolTable>> symbols_;
    std::optional<Result<host::Tracefs>> tracefs_;
    std::optional<std::vector<host::TraceableFunction>> reachable_;
    std::vector<std::string> reachable_names_;
    bool reachable_known_ = false;
};

// What the kernel that runs is compiled for.
symbols::Arch running_arch();

}  // namespace knowhy::collect
