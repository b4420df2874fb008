// The type information of the running kernel and its modules (/sys/kernel/btf), over libbpf.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

struct btf;

namespace knowhy::symbols {

// Drop reasons by raw value, from `enum skb_drop_reason` and, where the kernel has subsystems, from
// theirs (docs: include/net/dropreason.h). Names are without prefix.
struct ReasonName {
    std::string name;
    std::string subsystem;
};
using ReasonNames = std::map<uint32_t, ReasonName>;

class KernelBtf {
  public:
    static Result<KernelBtf> load_running();
    KernelBtf(KernelBtf&&) noexcept;
    KernelBtf& operator=(KernelBtf&&) noexcept;
    ~KernelBtf();

    // Where the function's BTF FUNC is: "vmlinux", a module's name, or nullopt when no loaded BTF
    // has it (a clone, inlined, or its module is not loaded).
    [[nodiscard]] std::optional<std::string> function_home(std::string_view name) const;
    // Number of parameters of that FUNC's prototype.
    [[nodiscard]] std::optional<unsigned> parameter_count(std::string_view function) const;
    // Parameters that a raw tracepoint's program gets: of `btf_trace_<name>`, without __data.
    [[nodiscard]] std::optional<unsigned> tracepoint_argument_count(std::string_view name) const;
    [[nodiscard]] bool has_member(std::string_view type, std::string_view member) const;
    [[nodiscard]] std::map<std::string, int64_t> enumerators(std::string_view enum_name) const;
    [[nodiscard]] ReasonNames drop_reasons() const;

    [[nodiscard]] const btf* vmlinux() const;

  private:
    struct Impl;
    explicit KernelBtf(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace knowhy::symbols
