// What a script's meaning asks of a kernel (lang/sema/kernel.h), as far as its BTF answers it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lang/sema/kernel.h"
#include "symbols/btf/kernel_types.h"

namespace knowhy::collect {

class BtfKernel : public lang::Kernel {
  public:
    // The graph alone: BTF is read into it when it is asked something.
    [[nodiscard]] std::shared_ptr<symbols::Types> types() override { return types_; }
    std::optional<symbols::TypeId> type(std::string_view name) override;
    std::optional<lang::Enumerated> enumerator(std::string_view name) override;
    Result<std::vector<lang::KernelFunction>> traced_functions(std::string_view pattern,
                                                               std::string_view module) override;
    std::optional<symbols::TypeId> prototype(const lang::KernelFunction& function) override;
    Result<std::vector<std::string>> raw_tracepoints(std::string_view pattern) override;
    std::optional<symbols::TypeId> raw_tracepoint(std::string_view name) override;

    // Read when it is first asked for; nullptr where the kernel has none, and why() says so.
    symbols::KernelTypes* btf();
    [[nodiscard]] const Error& why_no_btf() const { return why_; }

  protected:
    virtual Result<symbols::KernelTypes> load_btf(std::shared_ptr<symbols::Types> into) = 0;
    // The names of modules that match, "" for vmlinux among them. "" as a pattern means all,
    // "vmlinux" it alone.
    [[nodiscard]] std::vector<std::string> modules_like(std::string_view pattern) const;
    [[nodiscard]] virtual std::vector<std::string> loaded_modules() const = 0;
    // What ftrace can reach, sorted; nullptr where that is not known.
    virtual const std::vector<std::string>* traceable() { return nullptr; }
    // The record of a tracepoint that has the name of its class, by the struct that the kernel
    // writes it with. Error for one that has not.
    Result<std::vector<lang::TracepointField>> fields_by_type(const Tracepoint& which);

  private:
    std::shared_ptr<symbols::Types> types_ = std::make_shared<symbols::Types>();
    std::optional<symbols::KernelTypes> btf_;
    bool asked_ = false;
    Error why_;
};

}  // namespace knowhy::collect
