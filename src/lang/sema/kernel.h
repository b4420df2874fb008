// What sema asks of the kernel that a script is for: types, functions, tracepoints. Behind an
// interface so that a script can be checked against the running kernel (collect/script), against
// another one's vmlinux, and against a small one made by a test.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "symbols/arch/arch.h"
#include "symbols/locate/locate.h"
#include "symbols/types/types.h"

namespace knowhy::lang {

struct KernelFunction {
    std::string name;    // as kallsyms has it: "ip_rcv", "ip_rcv_finish_core.constprop.0"
    std::string module;  // "" for vmlinux
};

// A field of a tracepoint's record, from its format file in tracefs.
struct TracepointField {
    std::string name;
    std::string c_type;  // as written there: "const char *", "__data_loc char[]", "u8[16]"
    uint32_t offset = 0;
    uint32_t bytes = 0;
    bool is_signed = false;
    bool data_loc = false;  // u16 offset, u16 length of what is meant, from the record's start
};

struct Enumerated {
    int64_t value = 0;
    symbols::TypeId type = symbols::kVoid;
};

class Kernel {
  public:
    virtual ~Kernel() = default;

    [[nodiscard]] virtual symbols::Arch arch() const = 0;

    // ---- Types. One graph for all; it grows as it is asked.
    [[nodiscard]] virtual std::shared_ptr<symbols::Types> types() = 0;
    // "struct sk_buff", "enum skb_drop_reason", "u32", "sk_buff_data_t"; looked for in vmlinux,
    // then in the modules.
    virtual std::optional<symbols::TypeId> type(std::string_view name) = 0;
    virtual std::optional<Enumerated> enumerator(std::string_view name) = 0;

    // ---- Functions. Patterns are shell globs (`*`, `?`, `[...]`). By name; a function that may
    // not be probed (notrace, blacklisted) is left out of what a pattern with wildcards gives.
    virtual Result<std::vector<KernelFunction>> functions(std::string_view pattern,
                                                          std::string_view module) = 0;
    // Those that fentry and fexit can attach to: in BTF, with a prototype they can carry.
    virtual Result<std::vector<KernelFunction>> traced_functions(std::string_view pattern,
                                                                 std::string_view module) = 0;
    // Its prototype (Type::Kind::Function), by BTF.
    virtual std::optional<symbols::TypeId> prototype(const KernelFunction& function) = 0;
    // kaddr(): the address of a symbol, or nullopt.
    virtual std::optional<uint64_t> address_of(std::string_view symbol) = 0;

    // Lines, inlined functions and variables. An error says why there is no debug information.
    virtual Result<symbols::CodeMap*> code() {
        return fail(ErrorKind::Unsupported, "no debug information");
    }

    // ---- Tracepoints
    struct Tracepoint {
        std::string system;
        std::string name;
    };
    virtual Result<std::vector<Tracepoint>> tracepoints(std::string_view system,
                                                        std::string_view name) = 0;
    virtual Result<std::vector<TracepointField>> tracepoint_fields(const Tracepoint& which) = 0;
    virtual Result<std::vector<std::string>> raw_tracepoints(std::string_view pattern) = 0;
    // The prototype of its probe function without the first argument (`__data`), by BTF.
    virtual std::optional<symbols::TypeId> raw_tracepoint(std::string_view name) = 0;

    // ---- The host, asked once
    [[nodiscard]] virtual uint32_t cpus() const = 0;
    virtual std::optional<uint64_t> cgroup_id(std::string_view path) = 0;
};

}  // namespace knowhy::lang
