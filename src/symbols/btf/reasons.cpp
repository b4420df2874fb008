#include "symbols/btf/reasons.h"

#include <algorithm>
#include <bit>
#include <set>

#include "symbols/btf/types.h"

namespace knowhy::symbols {
namespace {

constexpr std::string_view kCorePrefix = "SKB_DROP_REASON_";
constexpr std::string_view kCoreEnum = "skb_drop_reason";
constexpr std::string_view kSubsystemEnum = "skb_drop_reason_subsys";
constexpr std::string_view kSubsystemPrefix = "SKB_DROP_REASON_SUBSYS_";

std::string_view without_prefix(std::string_view name, std::string_view prefix) {
    return name.starts_with(prefix) ? name.substr(prefix.size()) : name;
}

const btf_type* find_enum(const btf* types, std::string_view name) {
    for (const unsigned kind : {unsigned{BTF_KIND_ENUM}, unsigned{BTF_KIND_ENUM64}}) {
        const int id = btf__find_by_name_kind(types, std::string(name).c_str(), kind);
        if (id > 0) return btf__type_by_id(types, static_cast<uint32_t>(id));
    }
    return nullptr;
}

std::string lower_case(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return out;
}

void read_core(ReasonNames& reasons, const btf* types, const btf_type* type) {
    for_each_enumerator(types, type, [&](std::string_view full_name, int64_t value) {
        std::string_view name = without_prefix(full_name, kCorePrefix);
        if (name == "SUBSYS_MASK") reasons.subsystem_mask = static_cast<uint32_t>(value);
        if (name == "SUBSYS_MASK" || name == "MAX") return;
        // SKB_NOT_DROPPED_YET and SKB_CONSUMED lack the rest of the prefix.
        name = without_prefix(name, "SKB_");
        reasons.names[static_cast<uint32_t>(value)] = {std::string(name), ""};
    });
}

void read_subsystems(ReasonNames& reasons, const btf* types, const btf_type* type) {
    for_each_enumerator(types, type, [&](std::string_view full_name, int64_t value) {
        const std::string_view name = without_prefix(full_name, kSubsystemPrefix);
        if (name == "CORE" || name == "NUM") return;
        reasons.subsystems[static_cast<uint32_t>(value)] = lower_case(name);
    });
}

struct Enumerator {
    std::string_view name;  // without the underscores it may begin with
    uint32_t value = 0;
};

// What all names share, up to and with an underscore.
std::string_view common_prefix(const std::vector<Enumerator>& enumerators) {
    std::string_view prefix = enumerators.front().name;
    for (const Enumerator& other : enumerators) {
        const auto differ =
            std::mismatch(prefix.begin(), prefix.end(), other.name.begin(), other.name.end());
        prefix = prefix.substr(0, static_cast<size_t>(differ.first - prefix.begin()));
    }
    return prefix.substr(0, prefix.rfind('_') + 1);
}

uint32_t subsystem_of(const ReasonNames& reasons, uint32_t value) {
    const uint32_t mask = reasons.subsystem_mask;
    return mask == 0 ? 0 : (value & mask) >> static_cast<unsigned>(std::countr_zero(mask));
}

void add_reasons_of(ReasonNames& reasons, const std::string& subsystem,
                    const std::vector<Enumerator>& enumerators) {
    // The enum's first and last entry mark the range and are no reasons, but they share the prefix.
    const size_t prefix = common_prefix(enumerators).size();
    for (const Enumerator& enumerator : enumerators) {
        const bool marks_start = (enumerator.value & ~reasons.subsystem_mask) == 0;
        const std::string_view name = enumerator.name.substr(prefix);
        if (marks_start || name == "MAX" || name == "NUM" || name.empty()) continue;
        reasons.names[enumerator.value] = {std::string(name), subsystem};
    }
}

}  // namespace

ReasonNames core_reasons(const btf* vmlinux) {
    ReasonNames reasons;
    const btf_type* const core = find_enum(vmlinux, kCoreEnum);
    if (core != nullptr) read_core(reasons, vmlinux, core);
    const btf_type* const subsystems = find_enum(vmlinux, kSubsystemEnum);
    if (subsystems != nullptr) read_subsystems(reasons, vmlinux, subsystems);
    return reasons;
}

void add_subsystem_reasons(ReasonNames& reasons, const btf* types, uint32_t first_id) {
    for (uint32_t id = first_id; id < btf__type_cnt(types); ++id) {
        const btf_type* const type = btf__type_by_id(types, id);
        if (!btf_is_any_enum(type) || !name_of(types, type).ends_with("_drop_reason")) continue;
        std::map<uint32_t, std::vector<Enumerator>> by_subsystem;
        for_each_enumerator(types, type, [&](std::string_view name, int64_t value) {
            name.remove_prefix(std::min(name.find_first_not_of('_'), name.size()));
            const auto raw = static_cast<uint32_t>(value);
            by_subsystem[subsystem_of(reasons, raw)].push_back({name, raw});
        });
        for (const auto& [number, enumerators] : by_subsystem) {
            const auto subsystem = reasons.subsystems.find(number);
            if (subsystem == reasons.subsystems.end()) continue;
            add_reasons_of(reasons, subsystem->second, enumerators);
        }
    }
}

std::vector<std::string> unnamed_subsystems(const ReasonNames& reasons) {
    std::set<std::string> named;
    for (const auto& [value, reason] : reasons.names) named.insert(reason.subsystem);
    std::vector<std::string> unnamed;
    for (const auto& [number, subsystem] : reasons.subsystems) {
        if (named.count(subsystem) == 0) unnamed.push_back(subsystem);
    }
    return unnamed;
}

model::DropReason ReasonNames::of(uint32_t value) const {
    if (const auto found = names.find(value); found != names.end()) {
        return {value, found->second.name, found->second.subsystem};
    }
    if (names.empty()) return {value, "", ""};
    const uint32_t number = subsystem_of(*this, value);
    const uint32_t reason = value & ~subsystem_mask;
    if (number == 0) return {value, fmt::format("core:{}", reason), ""};
    const auto known = subsystems.find(number);
    const std::string subsystem =
        known != subsystems.end() ? known->second : std::to_string(number);
    return {value, fmt::format("{}:{}", subsystem, reason), subsystem};
}

}  // namespace knowhy::symbols
