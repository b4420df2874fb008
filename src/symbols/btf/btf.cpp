#include "symbols/btf/btf.h"

#include <mutex>

#include "symbols/btf/excerpt.h"
#include "symbols/btf/reasons.h"
#include "symbols/btf/source.h"
#include "symbols/btf/types.h"

namespace knowhy::symbols {
namespace {

constexpr std::string_view kVmlinux = "vmlinux";

// BTF with its index.
struct LoadedBtf {
    LoadedBtf(BtfPtr loaded, uint32_t first) : types(std::move(loaded)), first_id(first) {}

    BtfPtr types;
    uint32_t first_id;
    TypeIndex index{types.get(), first_id};
};

}  // namespace

struct KernelBtf::Impl {
    explicit Impl(BtfPtr loaded) : vmlinux(std::move(loaded), 1) {}

    // A type, and the BTF it is in; type is nullptr where nothing was found.
    struct Found {
        const btf_type* type = nullptr;
        const btf* types = nullptr;
        std::string home;
    };

    // A module's BTF, parsed when first asked for; nullptr when it is not loaded or has none.
    const LoadedBtf* module(const std::string& name) {
        const std::lock_guard lock(mutex);
        const auto known = modules.find(name);
        if (known != modules.end()) return known->second.get();
        BtfPtr types = load_module_btf(name, vmlinux.types.get());
        if (types == nullptr) return nullptr;  // not remembered: it may be loaded later
        const uint32_t first_id = btf__type_cnt(vmlinux.types.get());
        auto loaded = std::make_unique<LoadedBtf>(std::move(types), first_id);
        return modules.emplace(name, std::move(loaded)).first->second.get();
    }

    Found find(std::string_view name, uint32_t kinds) {
        if (const auto* type = vmlinux.index.find(name, kinds); type != nullptr) {
            return {type, vmlinux.types.get(), std::string(kVmlinux)};
        }
        for (const std::string& name_of_module : modules_with_btf()) {
            const LoadedBtf* const loaded = module(name_of_module);
            if (loaded == nullptr) continue;
            if (const auto* type = loaded->index.find(name, kinds); type != nullptr) {
                return {type, loaded->types.get(), name_of_module};
            }
        }
        return {};
    }

    LoadedBtf vmlinux;
    std::mutex mutex;
    std::map<std::string, std::unique_ptr<LoadedBtf>> modules;
};

KernelBtf::KernelBtf(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
KernelBtf::KernelBtf(KernelBtf&&) noexcept = default;
KernelBtf& KernelBtf::operator=(KernelBtf&&) noexcept = default;
KernelBtf::~KernelBtf() = default;

Result<KernelBtf> KernelBtf::load_running() {
    KW_TRY(BtfPtr types, load_vmlinux_btf());
    return KernelBtf(std::make_unique<Impl>(std::move(types)));
}

std::optional<std::string> KernelBtf::function_home(std::string_view name) const {
    const auto found = impl_->find(name, kFunctions);
    return found.type != nullptr ? std::optional(found.home) : std::nullopt;
}

bool KernelBtf::has_function(std::string_view name, std::string_view home) const {
    const LoadedBtf* const loaded =
        home == kVmlinux ? &impl_->vmlinux : impl_->module(std::string(home));
    return loaded != nullptr && loaded->index.find(name, kFunctions) != nullptr;
}

std::optional<unsigned> KernelBtf::parameter_count(std::string_view function) const {
    const auto found = impl_->find(function, kFunctions);
    if (found.type == nullptr) return std::nullopt;
    const btf_type* const prototype = btf__type_by_id(found.types, found.type->type);
    if (prototype == nullptr || !btf_is_func_proto(prototype)) return std::nullopt;
    return btf_vlen(prototype);
}

std::optional<unsigned> KernelBtf::tracepoint_argument_count(std::string_view name) const {
    const auto found = impl_->find(fmt::format("btf_trace_{}", name), kTypedefs);
    if (found.type == nullptr) return std::nullopt;
    const btf_type* const pointer = btf__type_by_id(found.types, found.type->type);
    if (pointer == nullptr || !btf_is_ptr(pointer)) return std::nullopt;
    const btf_type* const prototype = btf__type_by_id(found.types, pointer->type);
    if (prototype == nullptr || !btf_is_func_proto(prototype)) return std::nullopt;
    const unsigned parameters = btf_vlen(prototype);
    return parameters > 0 ? std::optional(parameters - 1) : std::nullopt;
}

bool KernelBtf::has_member(std::string_view type, std::string_view member) const {
    const auto found = impl_->find(type, kAggregates);
    return found.type != nullptr && symbols::has_member(found.types, found.type, member);
}

std::map<std::string, int64_t> KernelBtf::enumerators(std::string_view enum_name) const {
    std::map<std::string, int64_t> values;
    const auto found = impl_->find(enum_name, kEnums);
    if (found.type == nullptr) return values;
    for_each_enumerator(found.types, found.type,
                        [&](std::string_view name, int64_t value) { values.emplace(name, value); });
    return values;
}

ReasonNames KernelBtf::drop_reasons() const {
    const btf* const base = vmlinux();
    ReasonNames reasons = core_reasons(base);
    if (reasons.subsystems.empty()) return reasons;
    add_subsystem_reasons(reasons, base, 1);
    // A subsystem is named after its module ("mac80211_unusable", "openvswitch"), so that only
    // those modules' BTF is read.
    for (const std::string& subsystem : unnamed_subsystems(reasons)) {
        for (const std::string& name : modules_with_btf()) {
            if (!subsystem.starts_with(name)) continue;
            const LoadedBtf* const loaded = impl_->module(name);
            if (loaded == nullptr) continue;
            add_subsystem_reasons(reasons, loaded->types.get(), loaded->first_id);
        }
    }
    return reasons;
}

Result<std::vector<std::byte>> KernelBtf::excerpt(const std::vector<std::string>& names) const {
    BtfExcerpt excerpt(impl_->vmlinux.types.get());
    for (const std::string& name : names)
        for (const uint32_t id : impl_->vmlinux.index.find_all(name, kAggregates | kEnums))
            KW_CHECK_OK(excerpt.add(id));
    return excerpt.bytes();
}

const btf* KernelBtf::vmlinux() const {
    return impl_->vmlinux.types.get();
}

}  // namespace knowhy::symbols
