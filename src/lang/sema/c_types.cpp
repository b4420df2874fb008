#include "lang/sema/c_types.h"

#include <string>

namespace knowhy::lang {

using symbols::Type;
using symbols::TypeId;
using symbols::Types;

TypeId pointer_to(Types& types, TypeId target) {
    Type type;
    type.kind = Type::Kind::Pointer;
    type.bytes = 8;
    type.target = target;
    return types.add(std::move(type));
}

TypeId array_of(Types& types, TypeId element, std::optional<uint64_t> count) {
    Type type;
    type.kind = Type::Kind::Array;
    type.target = element;
    type.count = count;
    return types.add(std::move(type));
}

TypeId number_type(Types& types, std::string_view name, uint32_t bytes, bool is_signed,
                   bool is_boolean) {
    Type type;
    type.kind = is_boolean ? Type::Kind::Boolean : Type::Kind::Integer;
    type.name = std::string(name);
    type.bytes = bytes;
    type.is_signed = is_signed;
    return types.add(std::move(type));
}

std::vector<std::string> member_names(const symbols::Types& types, symbols::TypeId aggregate) {
    std::vector<std::string> names;
    for (const symbols::Member& member : types[types.resolved(aggregate)].members) {
        if (!member.name.empty()) {
            names.push_back(member.name);
            continue;
        }
        for (std::string& inner : member_names(types, member.type))
            names.push_back(std::move(inner));
    }
    return names;
}

}  // namespace knowhy::lang
