#include "symbols/btf/kernel_types.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <cerrno>
#include <map>
#include <unordered_map>
#include <vector>

#include "base/fd.h"
#include "base/file.h"
#include "symbols/btf/loader.h"
#include "symbols/btf/source.h"
#include "symbols/btf/types.h"

namespace knowhy::symbols {
namespace {

constexpr std::string_view kRawTracepoint = "btf_trace_";

// What stands before a type's name in C; kNoType for what is none, or has no name of its own.
constexpr std::string_view kNoType = "?";
std::string_view keyword_of(const btf_type* type) {
    if (btf_is_struct(type)) return "struct ";
    if (btf_is_union(type)) return "union ";
    if ((kind_bit(btf_kind(type)) & kEnums) != 0) return "enum ";
    return (kind_bit(btf_kind(type)) & (kTypedefs | kBaseTypes)) != 0 ? "" : kNoType;
}

struct Image {
    Image(BtfPtr loaded, uint32_t first, Types& all)
        : types(std::move(loaded)), first_id(first), loader(types.get(), first, all) {}

    BtfPtr types;
    uint32_t first_id;
    BtfLoader loader;

    // The prototype that a `btf_trace_NAME` typedef's pointer points to.
    [[nodiscard]] std::optional<uint32_t> tracepoint_prototype(uint32_t typedef_id) const {
        const btf_type* pointer = btf__type_by_id(types.get(), typedef_id);
        if (pointer) pointer = btf__type_by_id(types.get(), pointer->type);
        if (pointer == nullptr || !btf_is_ptr(pointer)) return std::nullopt;
        const btf_type* prototype = btf__type_by_id(types.get(), pointer->type);
        if (prototype == nullptr || !btf_is_func_proto(prototype)) return std::nullopt;
        return pointer->type;
    }

    [[nodiscard]] bool is_aggregate(uint32_t id) const {
        const btf_type* type = btf__type_by_id(types.get(), id);
        while (type != nullptr && (btf_is_mod(type) || btf_is_typedef(type)))
            type = btf__type_by_id(types.get(), type->type);
        return type != nullptr && btf_is_composite(type);
    }

    [[nodiscard]] KernelTypes::Function describe(const btf_type* function) const {
        KernelTypes::Function described{name_of(types.get(), function)};
        const btf_type* prototype = btf__type_by_id(types.get(), function->type);
        if (prototype == nullptr || !btf_is_func_proto(prototype)) return described;
        described.parameters = btf_vlen(prototype);
        described.by_value = is_aggregate(prototype->type);
        for (unsigned i = 0; i < btf_vlen(prototype); ++i) {
            const uint32_t type = btf_params(prototype)[i].type;
            if (type == 0) described.variadic = true;
            described.by_value |= is_aggregate(type);
        }
        return described;
    }
};

}  // namespace

struct KernelTypes::Impl {
    Impl(BtfPtr loaded, bool is_running, std::shared_ptr<Types> all)
        : types(std::move(all)),
          vmlinux(std::make_unique<Image>(std::move(loaded), 1, *types)),
          running(is_running) {}

    // nullptr: not loaded, or without BTF.
    Image* image(std::string_view module) {
        if (module.empty()) return vmlinux.get();
        const std::string name(module);
        const auto known = modules.find(name);
        if (known != modules.end()) return known->second.get();
        if (!running) return nullptr;
        BtfPtr loaded = load_module_btf(name, vmlinux->types.get());
        if (loaded == nullptr) return nullptr;  // not remembered: it may be loaded later
        return add(name, std::move(loaded));
    }

    Image* add(const std::string& name, BtfPtr loaded) {
        const uint32_t first_id = btf__type_cnt(vmlinux->types.get());
        auto made = std::make_unique<Image>(std::move(loaded), first_id, *types);
        return modules.emplace(name, std::move(made)).first->second.get();
    }

    [[nodiscard]] std::vector<std::string> module_names() const {
        if (running) return modules_with_btf();
        std::vector<std::string> names;
        for (const auto& [name, image] : modules) names.push_back(name);
        return names;
    }

    // Calls `goes_on` with vmlinux, then with each module, until it says no.
    template <class Visit>
    void each_image(const Visit& goes_on) {
        if (!goes_on(*vmlinux, std::string())) return;
        for (const std::string& name : module_names()) {
            Image* const module = image(name);
            if (module != nullptr && !goes_on(*module, name)) return;
        }
    }

    struct Found {
        Image* image = nullptr;
        uint32_t number = 0;
        std::string module;
    };
    std::optional<Found> find(std::string_view name, uint32_t kinds) {
        std::optional<Found> found;
        each_image([&](Image& where, const std::string& module) {
            if (const auto id = where.loader.index().find_id(name, kinds))
                found = {&where, *id, module};
            return !found;
        });
        return found;
    }

    struct EnumPlace {
        int64_t value = 0;
        uint32_t type = 0;
    };
    using EnumIndex = std::unordered_map<std::string_view, EnumPlace>;
    EnumIndex& enumerators_of(Image& where) {
        EnumIndex& index = enumerators[&where];
        if (!index.empty()) return index;
        const btf* const source = where.types.get();
        for (uint32_t id = where.first_id; id < btf__type_cnt(source); ++id) {
            const btf_type* const type = btf__type_by_id(source, id);
            if ((kind_bit(btf_kind(type)) & kEnums) == 0) continue;
            for_each_enumerator(source, type, [&](std::string_view name, int64_t value) {
                index.try_emplace(name, EnumPlace{value, id});
            });
        }
        return index;
    }

    // Images refer to the graph: they go first.
    std::shared_ptr<Types> types;
    std::unique_ptr<Image> vmlinux;
    std::map<std::string, std::unique_ptr<Image>> modules;
    std::map<const Image*, EnumIndex> enumerators;
    std::map<std::string, std::optional<TypeId>, std::less<>> raw_tracepoints;
    bool running;
};

KernelTypes::KernelTypes(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
KernelTypes::KernelTypes(KernelTypes&&) noexcept = default;
KernelTypes& KernelTypes::operator=(KernelTypes&&) noexcept = default;
KernelTypes::~KernelTypes() = default;

Result<KernelTypes> KernelTypes::of_running(std::shared_ptr<Types> types) {
    KW_TRY(BtfPtr loaded, load_vmlinux_btf());
    return KernelTypes(std::make_unique<Impl>(std::move(loaded), true, std::move(types)));
}

Result<KernelTypes> KernelTypes::parse(std::span<const std::byte> bytes,
                                       std::shared_ptr<Types> types) {
    BtfPtr parsed(btf__new(bytes.data(), static_cast<uint32_t>(bytes.size())));
    if (parsed == nullptr) return fail(ErrorKind::Usage, "no BTF: {}", errno_name(errno));
    return KernelTypes(std::make_unique<Impl>(std::move(parsed), false, std::move(types)));
}

std::shared_ptr<Types> KernelTypes::types() const {
    return impl_->types;
}

Status KernelTypes::add_module(const std::string& name, std::span<const std::byte> bytes) {
    // libbpf takes split BTF from files alone: btf__new_split() is declared and not exported.
    const UniqueFd file(memfd_create("btf", MFD_CLOEXEC));
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (!file.valid() || write_all(file.get(), text) != 0)
        return fail_errno(errno, "cannot keep the BTF of a module");
    const std::string path = fmt::format("/proc/self/fd/{}", file.get());
    BtfPtr parsed(btf__parse_raw_split(path.c_str(), impl_->vmlinux->types.get()));
    if (parsed == nullptr)
        return fail(ErrorKind::Usage, "no BTF of module {}: {}", name, errno_name(errno));
    impl_->add(name, std::move(parsed));
    return {};
}

std::optional<TypeId> KernelTypes::named_in(std::string_view name, std::string_view module) {
    Image* const where = impl_->image(module);
    return where != nullptr ? where->loader.named(name) : std::nullopt;
}

std::vector<KernelTypes::Named> KernelTypes::all_named(std::string_view name) {
    std::vector<Named> found;
    impl_->each_image([&](Image& where, const std::string& module) {
        if (const auto type = where.loader.named(name)) found.push_back({*type, module});
        return true;
    });
    return found;
}

void KernelTypes::each_type_name(const std::function<void(std::string_view name)>& visit) {
    impl_->each_image([&](Image& where, const std::string&) {
        const btf* const source = where.types.get();
        for (uint32_t id = where.first_id; id < btf__type_cnt(source); ++id) {
            const btf_type* const type = btf__type_by_id(source, id);
            const std::string_view name = name_of(source, type);
            const std::string_view keyword = keyword_of(type);
            if (!name.empty() && keyword != kNoType) visit(fmt::format("{}{}", keyword, name));
        }
        return true;
    });
}

std::optional<TypeId> KernelTypes::named(std::string_view name) {
    std::optional<TypeId> found;
    impl_->each_image([&](Image& where, const std::string&) {
        found = where.loader.named(name);
        return !found;
    });
    return found;
}

std::optional<KernelTypes::EnumValue> KernelTypes::enumerator(std::string_view name) {
    std::optional<EnumValue> found;
    impl_->each_image([&](Image& where, const std::string&) {
        const auto& index = impl_->enumerators_of(where);
        if (const auto at = index.find(name); at != index.end())
            found = {at->second.value, where.loader.load(at->second.type)};
        return !found;
    });
    return found;
}

std::optional<TypeId> KernelTypes::function(std::string_view name, std::string_view module) {
    Image* const where = impl_->image(module);
    return where != nullptr ? where->loader.function(name) : std::nullopt;
}

std::optional<TypeId> KernelTypes::raw_tracepoint(std::string_view name) {
    if (const auto known = impl_->raw_tracepoints.find(name); known != impl_->raw_tracepoints.end())
        return known->second;
    std::optional<TypeId> made;
    const auto found = impl_->find(fmt::format("{}{}", kRawTracepoint, name), kTypedefs);
    const auto prototype = found ? found->image->tracepoint_prototype(found->number) : std::nullopt;
    if (prototype) {
        Type type = (*impl_->types)[found->image->loader.load(*prototype)];
        // The type has no names for its parameters. The function that calls the probes has them
        // (include/linux/tracepoint.h, __traceiter_NAME).
        if (const auto iterator =
                found->image->loader.function(fmt::format("__traceiter_{}", name)))
            if ((*impl_->types)[*iterator].members.size() == type.members.size())
                type.members = (*impl_->types)[*iterator].members;
        if (!type.members.empty()) type.members.erase(type.members.begin());
        made = impl_->types->add(std::move(type));
    }
    impl_->raw_tracepoints.emplace(name, made);
    return made;
}

std::optional<KernelTypes::Id> KernelTypes::function_id(std::string_view name,
                                                        std::string_view module) {
    Image* const where = impl_->image(module);
    const auto id =
        where != nullptr ? where->loader.index().find_id(name, kFunctions) : std::nullopt;
    return id ? std::optional(Id{*id, std::string(module)}) : std::nullopt;
}

std::optional<KernelTypes::Id> KernelTypes::raw_tracepoint_id(std::string_view name) {
    const auto found = impl_->find(fmt::format("{}{}", kRawTracepoint, name), kTypedefs);
    return found ? std::optional(Id{found->number, found->module}) : std::nullopt;
}

void KernelTypes::each_function(std::string_view module,
                                const std::function<void(const Function&)>& visit) {
    Image* const where = impl_->image(module);
    if (where == nullptr) return;
    const btf* const source = where->types.get();
    for (uint32_t id = where->first_id; id < btf__type_cnt(source); ++id) {
        const btf_type* const type = btf__type_by_id(source, id);
        if (btf_is_func(type)) visit(where->describe(type));
    }
}

void KernelTypes::each_raw_tracepoint(const std::function<void(std::string_view name)>& visit) {
    impl_->each_image([&](Image& where, const std::string&) {
        const btf* const source = where.types.get();
        for (uint32_t id = where.first_id; id < btf__type_cnt(source); ++id) {
            const btf_type* const type = btf__type_by_id(source, id);
            if (!btf_is_typedef(type)) continue;
            const std::string_view name = name_of(source, type);
            if (name.starts_with(kRawTracepoint) && where.tracepoint_prototype(id))
                visit(name.substr(kRawTracepoint.size()));
        }
        return true;
    });
}

}  // namespace knowhy::symbols
