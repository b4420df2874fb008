#include "symbols/btf/loader.h"

namespace knowhy::symbols {
namespace {

using Kind = Type::Kind;

// Qualifiers and tags in a row: a longer chain is damage.
constexpr unsigned kMaxChain = 64;

Kind kind_of_integer(const btf_type* source) {
    const unsigned encoding = btf_int_encoding(source);
    if ((encoding & BTF_INT_BOOL) != 0) return Kind::Boolean;
    if ((encoding & BTF_INT_CHAR) != 0) return Kind::Character;
    return Kind::Integer;
}

Kind kind_of(const btf_type* source) {
    switch (btf_kind(source)) {
        case BTF_KIND_INT:
            return kind_of_integer(source);
        case BTF_KIND_FLOAT:
            return Kind::Float;
        case BTF_KIND_ENUM:
        case BTF_KIND_ENUM64:
            return Kind::Enum;
        case BTF_KIND_PTR:
            return Kind::Pointer;
        case BTF_KIND_ARRAY:
            return Kind::Array;
        case BTF_KIND_STRUCT:
            return Kind::Struct;
        case BTF_KIND_UNION:
            return Kind::Union;
        case BTF_KIND_FUNC_PROTO:
            return Kind::Function;
        case BTF_KIND_TYPEDEF:
            return Kind::Typedef;
        case BTF_KIND_CONST:
            return Kind::Const;
        case BTF_KIND_VOLATILE:
            return Kind::Volatile;
        case BTF_KIND_RESTRICT:
            return Kind::Restrict;
        case BTF_KIND_FWD:
            return Kind::Incomplete;
        default:
            return Kind::Void;
    }
}

// Kinds that stand for the type that they refer to: a function for its prototype, a variable.
bool is_transparent(const btf_type* source) {
    switch (btf_kind(source)) {
        case BTF_KIND_FUNC:
        case BTF_KIND_VAR:
        case BTF_KIND_TYPE_TAG:
            return true;
        default:
            return false;
    }
}

bool has_size(const btf_type* source) {
    constexpr uint32_t kSized = kBaseTypes | kEnums | kAggregates;
    return (kind_bit(btf_kind(source)) & kSized) != 0;
}

}  // namespace

BtfLoader::BtfLoader(const btf* source, uint32_t first_id, Types& types)
    : btf_(source), index_(source, first_id), types_(types) {}

TypeId BtfLoader::load(uint32_t btf_id) {
    const TypeId id = reference(btf_id);
    read_pending();
    return id;
}

std::optional<TypeId> BtfLoader::named(std::string_view name) {
    const auto without = [&](std::string_view keyword) { return name.substr(keyword.size()); };
    if (name.starts_with("struct ")) return find(without("struct "), kind_bit(BTF_KIND_STRUCT));
    if (name.starts_with("union ")) return find(without("union "), kind_bit(BTF_KIND_UNION));
    if (name.starts_with("enum ")) return find(without("enum "), kEnums);
    return find(name, kTypedefs | kBaseTypes);
}

std::optional<TypeId> BtfLoader::function(std::string_view name) {
    return find(name, kFunctions);
}

std::optional<TypeId> BtfLoader::find(std::string_view name, uint32_t kinds) {
    const auto id = index_.find_id(name, kinds);
    return id ? std::optional(load(*id)) : std::nullopt;
}

TypeId BtfLoader::reference(uint32_t btf_id) {
    const btf_type* source = btf__type_by_id(btf_, btf_id);
    for (unsigned i = 0; source != nullptr && is_transparent(source); ++i) {
        if (i == kMaxChain) return kVoid;
        btf_id = source->type;
        source = btf__type_by_id(btf_, btf_id);
    }
    if (btf_id == 0 || source == nullptr || kind_of(source) == Kind::Void) return kVoid;
    const auto [known, is_new] = loaded_.try_emplace(btf_id, kVoid);
    if (is_new) {
        known->second = types_.add({});
        pending_.push_back(btf_id);
    }
    return known->second;
}

// One after the other, not one within the other: the kernel's types refer to each other thousands
// of levels deep.
void BtfLoader::read_pending() {
    while (!pending_.empty()) {
        const uint32_t btf_id = pending_.back();
        pending_.pop_back();
        Type type = read(btf__type_by_id(btf_, btf_id));
        types_.edit(loaded_.at(btf_id)) = std::move(type);
    }
}

Type BtfLoader::read(const btf_type* source) {
    Type type;
    type.kind = kind_of(source);
    type.name = name_of(btf_, source);
    if (has_size(source)) type.bytes = source->size;
    switch (type.kind) {
        case Kind::Integer:
        case Kind::Boolean:
        case Kind::Character:
            type.is_signed = (btf_int_encoding(source) & BTF_INT_SIGNED) != 0;
            break;
        case Kind::Enum:
            type.is_signed = btf_kflag(source);
            for_each_enumerator(btf_, source, [&](std::string_view name, int64_t value) {
                type.enumerators.push_back({std::string(name), value});
            });
            break;
        case Kind::Struct:
        case Kind::Union:
            read_members(source, type);
            break;
        case Kind::Function:
            type.target = reference(source->type);
            read_parameters(source, type);
            break;
        case Kind::Array:
            type.target = reference(btf_array(source)->type);
            if (btf_array(source)->nelems != 0) type.count = btf_array(source)->nelems;
            break;
        case Kind::Pointer:
            type.bytes = btf__pointer_size(btf_);
            type.target = reference(source->type);
            break;
        case Kind::Incomplete:
            type.declared_union = btf_kflag(source);
            break;
        default:
            if (type.kind != Kind::Float) type.target = reference(source->type);
            break;
    }
    return type;
}

void BtfLoader::read_members(const btf_type* source, Type& type) {
    type.members.reserve(btf_vlen(source));
    for (unsigned i = 0; i < btf_vlen(source); ++i) type.members.push_back(read_member(source, i));
}

Member BtfLoader::read_member(const btf_type* aggregate, unsigned index) {
    const btf_member& source = btf_members(aggregate)[index];
    Member member;
    member.name = text_at(btf_, source.name_off);
    member.type = reference(source.type);
    member.bit_offset = btf_member_bit_offset(aggregate, index);
    member.bit_size = btf_member_bitfield_size(aggregate, index);
    // Before 4.20 a bitfield's place was in an integer type of its own.
    const btf_type* const integer = btf__type_by_id(btf_, source.type);
    const bool narrow = integer != nullptr && btf_is_int(integer) && !btf_kflag(aggregate) &&
                        btf_int_bits(integer) != integer->size * 8;
    if (narrow) {
        member.bit_offset += btf_int_offset(integer);
        member.bit_size = btf_int_bits(integer);
    }
    return member;
}

void BtfLoader::read_parameters(const btf_type* source, Type& type) {
    for (unsigned i = 0; i < btf_vlen(source); ++i) {
        const btf_param& parameter = btf_params(source)[i];
        type.members.push_back(
            {std::string(text_at(btf_, parameter.name_off)), reference(parameter.type), 0, 0});
    }
}

}  // namespace knowhy::symbols
