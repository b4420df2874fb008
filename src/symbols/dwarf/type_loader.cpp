#include "symbols/dwarf/type_loader.h"

#include <dwarf.h>

#include <optional>

namespace knowhy::symbols {
namespace {

using Kind = Type::Kind;

std::optional<uint64_t> number(Dwarf_Die& die, unsigned name) {
    Dwarf_Attribute attribute;
    Dwarf_Word value = 0;
    if (dwarf_attr(&die, name, &attribute) == nullptr || dwarf_formudata(&attribute, &value) != 0) {
        return std::nullopt;
    }
    return value;
}

std::string name_of(Dwarf_Die& die) {
    const char* name = dwarf_diename(&die);
    return name == nullptr ? "" : name;
}

Kind kind_of(int tag) {
    switch (tag) {
        case DW_TAG_pointer_type:
        case DW_TAG_reference_type:
            return Kind::Pointer;
        case DW_TAG_array_type:
            return Kind::Array;
        case DW_TAG_structure_type:
        case DW_TAG_class_type:
            return Kind::Struct;
        case DW_TAG_union_type:
            return Kind::Union;
        case DW_TAG_enumeration_type:
            return Kind::Enum;
        case DW_TAG_subroutine_type:
            return Kind::Function;
        case DW_TAG_typedef:
            return Kind::Typedef;
        case DW_TAG_const_type:
            return Kind::Const;
        case DW_TAG_volatile_type:
        case DW_TAG_atomic_type:
            return Kind::Volatile;
        case DW_TAG_restrict_type:
            return Kind::Restrict;
        default:
            return Kind::Void;
    }
}

// "" for what has no name of its own and is not shared.
std::string identity(Dwarf_Die& die) {
    const std::string name = name_of(die);
    if (name.empty()) return {};
    return fmt::format(
        "{}:{}:{}:{}:{}", dwarf_tag(&die), name, number(die, DW_AT_byte_size).value_or(0),
        number(die, DW_AT_decl_line).value_or(0), dwarf_hasattr(&die, DW_AT_declaration));
}

// DW_AT_data_member_location, in bytes: a constant, or in old DWARF "plus_uconst N".
uint64_t member_location(Dwarf_Die& die) {
    if (const auto constant = number(die, DW_AT_data_member_location)) return *constant;
    Dwarf_Attribute attribute;
    Dwarf_Op* ops = nullptr;
    size_t count = 0;
    if (dwarf_attr(&die, DW_AT_data_member_location, &attribute) == nullptr ||
        dwarf_getlocation(&attribute, &ops, &count) != 0 || count != 1 ||
        ops->atom != DW_OP_plus_uconst) {
        return 0;
    }
    return ops->number;
}

// The elements of one dimension; nullopt: not told.
std::optional<uint64_t> elements(Dwarf_Die& subrange) {
    if (const auto count = number(subrange, DW_AT_count)) return count;
    const auto last = number(subrange, DW_AT_upper_bound);
    if (!last) return std::nullopt;
    return *last + 1;  // [0] has -1
}

template <typename Take>
void each_child(Dwarf_Die& die, const Take& take) {
    Dwarf_Die child;
    for (int left = dwarf_child(&die, &child); left == 0; left = dwarf_siblingof(&child, &child)) {
        take(child);
    }
}

}  // namespace

TypeLoader::TypeLoader(Dwarf* dwarf, Machine machine) : dwarf_(dwarf), machine_(machine) {
    types_.fill_with([this](TypeId id) { fill(id); });
}

TypeId TypeLoader::type_of(Dwarf_Die& entry) {
    Dwarf_Attribute attribute;
    Dwarf_Die type;
    if (dwarf_attr_integrate(&entry, DW_AT_type, &attribute) == nullptr ||
        dwarf_formref_die(&attribute, &type) == nullptr) {
        return kVoid;
    }
    return type_at(dwarf_dieoffset(&type));
}

TypeId TypeLoader::type_at(DieOffset offset) {
    const auto known = ids_.find(offset);
    if (known != ids_.end()) return known->second;
    Dwarf_Die die;
    if (dwarf_offdie(dwarf_, offset, &die) == nullptr) return kVoid;
    const std::string same = identity(die);
    const auto [shared, is_new] = same_.try_emplace(same, kVoid);
    if (!same.empty() && !is_new) return ids_[offset] = shared->second;
    const TypeId id = types_.put_off();
    sources_[id] = offset;
    ids_[offset] = id;
    if (!same.empty()) shared->second = id;
    return id;
}

void TypeLoader::fill_base(Dwarf_Die& die, Type& type) const {
    switch (number(die, DW_AT_encoding).value_or(0)) {
        case DW_ATE_boolean:
            type.kind = Kind::Boolean;
            break;
        case DW_ATE_signed_char:
            type.is_signed = true;
            [[fallthrough]];
        case DW_ATE_unsigned_char:
            type.kind = Kind::Character;
            break;
        case DW_ATE_float:
            type.kind = Kind::Float;
            break;
        case DW_ATE_signed:
            type.is_signed = true;
            [[fallthrough]];
        default:
            type.kind = Kind::Integer;
    }
}

void TypeLoader::fill_array(Dwarf_Die& die, Type& type) {
    std::vector<std::optional<uint64_t>> dimensions;
    each_child(die, [&](Dwarf_Die& child) {
        if (dwarf_tag(&child) == DW_TAG_subrange_type) dimensions.push_back(elements(child));
    });
    TypeId element = type_of(die);
    for (size_t i = dimensions.size(); i-- > 1;) {
        Type inner;
        inner.kind = Kind::Array;
        inner.target = element;
        inner.count = dimensions[i];
        element = types_.add(std::move(inner));
    }
    type.target = element;
    if (!dimensions.empty()) type.count = dimensions[0];
}

Member TypeLoader::member(Dwarf_Die& die) {
    Member member;
    member.name = name_of(die);
    member.type = type_of(die);
    member.bit_size = static_cast<uint32_t>(number(die, DW_AT_bit_size).value_or(0));
    member.bit_offset = member_location(die) * 8;
    if (const auto bits = number(die, DW_AT_data_bit_offset)) {
        member.bit_offset = *bits;
    } else if (const auto from_top = number(die, DW_AT_bit_offset)) {
        // DWARF 3: counted from the most significant bit of a unit of storage.
        const uint64_t unit = number(die, DW_AT_byte_size).value_or(types_.bytes_of(member.type));
        member.bit_offset +=
            machine_.big_endian ? *from_top : unit * 8 - *from_top - member.bit_size;
    }
    return member;
}

void TypeLoader::fill_members(Dwarf_Die& die, Type& type) {
    each_child(die, [&](Dwarf_Die& child) {
        if (dwarf_tag(&child) == DW_TAG_member) type.members.push_back(member(child));
    });
}

void TypeLoader::fill_parameters(Dwarf_Die& die, Type& type) {
    each_child(die, [&](Dwarf_Die& child) {
        if (dwarf_tag(&child) == DW_TAG_formal_parameter) {
            type.members.push_back({name_of(child), type_of(child)});
        } else if (dwarf_tag(&child) == DW_TAG_unspecified_parameters) {
            type.members.emplace_back();
        }
    });
}

void TypeLoader::fill_enumerators(Dwarf_Die& die, Type& type) {
    each_child(die, [&](Dwarf_Die& child) {
        Dwarf_Attribute attribute;
        Dwarf_Sword value = 0;
        if (dwarf_tag(&child) != DW_TAG_enumerator ||
            dwarf_attr(&child, DW_AT_const_value, &attribute) == nullptr) {
            return;
        }
        // The form tells the sign, where it can: data forms hold what an unsigned enum has.
        if (dwarf_whatform(&attribute) == DW_FORM_sdata ||
            dwarf_whatform(&attribute) == DW_FORM_implicit_const) {
            dwarf_formsdata(&attribute, &value);
        } else {
            Dwarf_Word bits = 0;
            dwarf_formudata(&attribute, &bits);
            value = static_cast<Dwarf_Sword>(bits);
        }
        type.is_signed = type.is_signed || value < 0;
        type.enumerators.push_back({name_of(child), value});
    });
}

void TypeLoader::fill(TypeId id) {
    Dwarf_Die die;
    if (dwarf_offdie(dwarf_, sources_[id], &die) == nullptr) return;
    const int tag = dwarf_tag(&die);
    Type type;
    type.kind = kind_of(tag);
    type.name = name_of(die);
    type.bytes = number(die, DW_AT_byte_size).value_or(0);
    switch (type.kind) {
        case Kind::Struct:
        case Kind::Union:
            if (dwarf_hasattr(&die, DW_AT_declaration) != 0) {
                type.declared_union = type.kind == Kind::Union;
                type.kind = Kind::Incomplete;
            } else {
                fill_members(die, type);
            }
            break;
        case Kind::Enum:
            fill_enumerators(die, type);
            break;
        case Kind::Array:
            fill_array(die, type);
            break;
        case Kind::Function:
            type.target = type_of(die);
            fill_parameters(die, type);
            break;
        case Kind::Void:
            if (tag == DW_TAG_base_type) fill_base(die, type);
            break;
        case Kind::Pointer:
            if (type.bytes == 0) type.bytes = machine_.address_bytes();
            [[fallthrough]];
        default:
            type.target = type_of(die);
    }
    types_.edit(id) = std::move(type);
}

}  // namespace knowhy::symbols
