// Another kernel, by its vmlinux file: what a script is checked against without that kernel, and
// without privilege. Its modules are unknown, and of tracepoints what BTF tells.
#pragma once

#include <memory>
#include <string>

#include "collect/script/btf_kernel.h"
#include "symbols/debugfile/debugfile.h"

namespace knowhy::collect {

class ImageKernel final : public BtfKernel {
  public:
    // An ELF file with a .BTF section, or bare BTF as /sys/kernel/btf/vmlinux has it.
    static Result<std::unique_ptr<ImageKernel>> open(const std::string& path);

    [[nodiscard]] symbols::Arch arch() const override { return arch_; }
    Result<std::vector<lang::KernelFunction>> functions(std::string_view pattern,
                                                        std::string_view module) override;
    // Where it is linked.
    std::optional<uint64_t> address_of(std::string_view symbol) override;
    Result<std::vector<Tracepoint>> tracepoints(std::string_view system,
                                                std::string_view name) override;
    Result<std::vector<lang::TracepointField>> tracepoint_fields(const Tracepoint& which) override;
    [[nodiscard]] uint32_t cpus() const override { return 1; }
    std::optional<uint64_t> cgroup_id(std::string_view) override { return std::nullopt; }
    Result<symbols::CodeMap*> code() override;

  protected:
    Result<symbols::KernelTypes> load_btf(std::shared_ptr<symbols::Types> into) override;
    [[nodiscard]] std::vector<std::string> loaded_modules() const override { return {}; }

  private:
    ImageKernel() = default;

    std::string path_;
    std::optional<Result<symbols::CodeMap>> code_;
    std::optional<symbols::ElfFile> file_;  // nullopt: bare BTF
    std::string btf_;                       // its bytes
    symbols::Arch arch_{};
};

}  // namespace knowhy::collect
