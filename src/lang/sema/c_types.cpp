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

}  // namespace knowhy::lang
