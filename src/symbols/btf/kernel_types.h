// One kernel's BTF, vmlinux's and its modules', as one graph of types: what scripts are typed by.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "symbols/types/types.h"

namespace knowhy::symbols {

// Not for two threads at once. A type that a module's BTF refers to in vmlinux's has another id
// than where vmlinux's own BTF was asked for it.
class KernelTypes {
  public:
    // Of the kernel that runs, modules as they are loaded when they are asked for. Unsupported
    // where it has no BTF.
    // `types`: the graph to add to, for who must give it out before.
    static Result<KernelTypes> of_running(std::shared_ptr<Types> types = std::make_shared<Types>());
    // Of another kernel's vmlinux: the bytes of its .BTF section. Modules are unknown then, but for
    // those that are added.
    static Result<KernelTypes> parse(std::span<const std::byte> bytes,
                                     std::shared_ptr<Types> types = std::make_shared<Types>());
    KernelTypes(KernelTypes&&) noexcept;
    KernelTypes& operator=(KernelTypes&&) noexcept;
    ~KernelTypes();

    [[nodiscard]] std::shared_ptr<Types> types() const;
    // Of another kernel's module: the bytes of its .BTF section.
    Status add_module(const std::string& name, std::span<const std::byte> bytes);

    // As BtfLoader::named has it. Looked for in vmlinux, then in all modules.
    std::optional<TypeId> named(std::string_view name);
    // The same of one image alone: the others' BTF is not read. `module`: "" for vmlinux.
    std::optional<TypeId> named_in(std::string_view name, std::string_view module);
    // Every one of that name: vmlinux's, then modules'. `module`: "" for vmlinux.
    struct Named {
        TypeId type = kVoid;
        std::string module;
    };
    std::vector<Named> all_named(std::string_view name);
    // The names of types as named() takes them: "struct sk_buff". Some more than once.
    void each_type_name(const std::function<void(std::string_view name)>& visit);
    struct EnumValue {
        int64_t value = 0;
        TypeId type = kVoid;
    };
    std::optional<EnumValue> enumerator(std::string_view name);
    // A function's prototype. `module`: "" for vmlinux.
    std::optional<TypeId> function(std::string_view name, std::string_view module);
    // The prototype of the function that a raw tracepoint calls, without its hidden first
    // parameter.
    std::optional<TypeId> raw_tracepoint(std::string_view name);

    // What the kernel knows a function or a raw tracepoint by in a program's attach_btf_id, and
    // whose BTF that is: "" for vmlinux.
    struct Id {
        uint32_t number = 0;
        std::string module;
    };
    std::optional<Id> function_id(std::string_view name, std::string_view module);
    std::optional<Id> raw_tracepoint_id(std::string_view name);

    struct Function {
        std::string_view name;
        unsigned parameters = 0;
        bool variadic = false;
        bool by_value = false;  // takes or gives a struct or union
    };
    // Every FUNC of vmlinux ("") or of a module.
    void each_function(std::string_view module, const std::function<void(const Function&)>& visit);
    // The names of the raw tracepoints of vmlinux and of all modules.
    void each_raw_tracepoint(const std::function<void(std::string_view name)>& visit);

  private:
    struct Impl;
    explicit KernelTypes(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace knowhy::symbols
