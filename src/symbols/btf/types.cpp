#include "symbols/btf/types.h"

#include <bit>

namespace knowhy::symbols {
namespace {

constexpr uint32_t kIndexed = kEnums | kAggregates | kFunctions | kTypedefs | kBaseTypes;

bool is_one_of(const btf_type* type, uint32_t kinds) {
    return (kind_bit(btf_kind(type)) & kinds) != 0;
}

// Members without a name nest a few levels; a type that contains itself is damage, and one that
// does so twice would be looked at without end but for the number of types there may be.
constexpr unsigned kMaxNesting = 32;
constexpr unsigned kMaxTypes = 10'000;

bool has_member_within(const btf* types, const btf_type* type, std::string_view member,
                       unsigned levels, unsigned& left) {
    if (type == nullptr || !is_one_of(type, kAggregates) || levels == 0 || left == 0) return false;
    --left;
    const btf_member* const members = btf_members(type);
    for (unsigned i = 0; i < btf_vlen(type); ++i) {
        if (members[i].name_off == 0) {
            const btf_type* const inner = btf__type_by_id(types, members[i].type);
            if (has_member_within(types, inner, member, levels - 1, left)) return true;
        } else if (text_at(types, members[i].name_off) == member) {
            return true;
        }
    }
    return false;
}

}  // namespace

std::string_view text_at(const btf* types, uint32_t offset) {
    const char* const text = btf__name_by_offset(types, offset);
    return text != nullptr ? text : std::string_view();
}

std::string_view name_of(const btf* types, const btf_type* type) {
    return text_at(types, type->name_off);
}

TypeIndex::TypeIndex(const btf* types, uint32_t first_id) : types_(types) {
    const uint32_t count = btf__type_cnt(types);
    slots_.resize(std::bit_ceil(static_cast<size_t>(count - first_id) * 2 + 2));
    const size_t mask = slots_.size() - 1;
    for (uint32_t id = first_id; id < count; ++id) {
        const btf_type* const type = btf__type_by_id(types, id);
        if (!is_one_of(type, kIndexed) || type->name_off == 0) continue;
        size_t slot = std::hash<std::string_view>()(name_of(types, type)) & mask;
        while (slots_[slot] != 0) slot = (slot + 1) & mask;
        slots_[slot] = id;
    }
}

template <class Visit>
void TypeIndex::probe(std::string_view name, uint32_t kinds, const Visit& goes_on) const {
    const size_t mask = slots_.size() - 1;
    size_t slot = std::hash<std::string_view>()(name) & mask;
    for (; slots_[slot] != 0; slot = (slot + 1) & mask) {
        const btf_type* const type = btf__type_by_id(types_, slots_[slot]);
        const bool meant = is_one_of(type, kinds) && name_of(types_, type) == name;
        if (meant && !goes_on(slots_[slot])) return;
    }
}

std::vector<uint32_t> TypeIndex::find_all(std::string_view name, uint32_t kinds) const {
    std::vector<uint32_t> all;
    probe(name, kinds, [&](uint32_t id) {
        all.push_back(id);
        return true;
    });
    return all;
}

std::optional<uint32_t> TypeIndex::find_id(std::string_view name, uint32_t kinds) const {
    std::optional<uint32_t> first;
    probe(name, kinds, [&](uint32_t id) {
        first = id;
        return false;
    });
    return first;
}

const btf_type* TypeIndex::find(std::string_view name, uint32_t kinds) const {
    const auto id = find_id(name, kinds);
    return id ? btf__type_by_id(types_, *id) : nullptr;
}

void for_each_enumerator(const btf* types, const btf_type* type,
                         const std::function<void(std::string_view name, int64_t value)>& visit) {
    const bool has_sign = btf_kflag(type);
    for (unsigned i = 0; i < btf_vlen(type); ++i) {
        if (btf_is_enum64(type)) {
            const auto& entry = btf_enum64(type)[i];
            visit(text_at(types, entry.name_off), static_cast<int64_t>(btf_enum64_value(&entry)));
        } else {
            const auto& entry = btf_enum(type)[i];
            visit(text_at(types, entry.name_off),
                  has_sign ? entry.val : static_cast<int64_t>(static_cast<uint32_t>(entry.val)));
        }
    }
}

bool has_member(const btf* types, const btf_type* type, std::string_view member) {
    unsigned left = kMaxTypes;
    return has_member_within(types, type, member, kMaxNesting, left);
}

}  // namespace knowhy::symbols
