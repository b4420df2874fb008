// The type information of the running kernel and its modules (/sys/kernel/btf), over libbpf.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/drop.h"

struct btf;

namespace knowhy::symbols {

struct ReasonName {
    std::string name;       // without prefix: "NO_SOCKET"
    std::string subsystem;  // "" for the core ones; "openvswitch", "mac80211_unusable"
};

// The running kernel's drop reasons, from `enum skb_drop_reason` and, where the kernel has
// subsystems (6.4+), from theirs (include/net/dropreason*.h). Empty where there is no such enum.
struct ReasonNames {
    std::map<uint32_t, ReasonName> names;        // by raw value
    std::map<uint32_t, std::string> subsystems;  // by number, the core excluded
    uint32_t subsystem_mask = 0;                 // the bits of a raw value that say which; 0 none

    // A raw value's reason. One without a name is shown as "SUBSYSTEM:NUMBER" ("openvswitch:17",
    // "core:999"); the name is "" when the kernel has no reasons at all.
    [[nodiscard]] model::DropReason of(uint32_t value) const;
};

class KernelBtf {
  public:
    static Result<KernelBtf> load_running();
    KernelBtf(KernelBtf&&) noexcept;
    KernelBtf& operator=(KernelBtf&&) noexcept;
    ~KernelBtf();

    // Where the function's BTF FUNC is: "vmlinux", a module's name, or nullopt when no loaded BTF
    // has it (a clone, inlined, or its module is not loaded).
    [[nodiscard]] std::optional<std::string> function_home(std::string_view name) const;
    // The same question for one place only ("vmlinux" or a module): the other modules' BTF is not
    // touched. function_home() reads every loaded module's when vmlinux does not have the name.
    [[nodiscard]] bool has_function(std::string_view name, std::string_view home) const;
    // Number of parameters of that FUNC's prototype.
    [[nodiscard]] std::optional<unsigned> parameter_count(std::string_view function) const;
    // Parameters that a raw tracepoint's program gets: of `btf_trace_<name>`, without __data.
    [[nodiscard]] std::optional<unsigned> tracepoint_argument_count(std::string_view name) const;
    [[nodiscard]] bool has_member(std::string_view type, std::string_view member) const;
    [[nodiscard]] std::map<std::string, int64_t> enumerators(std::string_view enum_name) const;
    [[nodiscard]] ReasonNames drop_reasons() const;

    // BTF of vmlinux's types of these names alone, as symbols/btf/excerpt.h has it.
    [[nodiscard]] Result<std::vector<std::byte>> excerpt(
        const std::vector<std::string>& names) const;

    [[nodiscard]] const btf* vmlinux() const;

  private:
    struct Impl;
    explicit KernelBtf(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace knowhy::symbols
