#include "symbols/types/types.h"

namespace knowhy::symbols {
namespace {

using Kind = Type::Kind;

// Typedefs, pointers and aggregates nest a few levels; a type that contains itself is damage.
constexpr unsigned kMaxNesting = 64;

bool is_qualifier(Kind kind) {
    return kind == Kind::Const || kind == Kind::Volatile || kind == Kind::Restrict;
}

}  // namespace

Types::Types() {
    Type nothing;
    nothing.name = "void";
    types_.push_back(std::move(nothing));
}

TypeId Types::add(Type type) {
    types_.push_back(std::move(type));
    return static_cast<TypeId>(types_.size() - 1);
}

const Type& Types::operator[](TypeId id) const {
    if (id < put_off_.size() && put_off_[id]) {
        put_off_[id] = false;
        fill_(id);
    }
    return id < types_.size() ? types_[id] : types_[kVoid];
}

Type& Types::edit(TypeId id) {
    return types_.at(id);
}

void Types::fill_with(Fill fill) {
    fill_ = std::move(fill);
}

TypeId Types::put_off() {
    const TypeId id = add({});
    put_off_.resize(types_.size());
    put_off_[id] = true;
    return id;
}

size_t Types::size() const {
    return types_.size();
}

TypeId Types::resolved(TypeId id) const {
    for (unsigned i = 0; i < kMaxNesting; ++i) {
        const Type& type = (*this)[id];
        if (type.kind != Kind::Typedef && !is_qualifier(type.kind)) return id;
        id = type.target;
    }
    return kVoid;
}

std::optional<TypeId> Types::pointee(TypeId id) const {
    const Type& type = (*this)[resolved(id)];
    if (type.kind != Kind::Pointer) return std::nullopt;
    return type.target;
}

uint64_t Types::bytes_of(TypeId id) const {
    uint64_t elements = 1;
    for (unsigned i = 0; i < kMaxNesting; ++i) {
        const Type& type = (*this)[resolved(id)];
        if (type.kind != Kind::Array) {
            uint64_t bytes = 0;
            return __builtin_mul_overflow(type.bytes, elements, &bytes) ? 0 : bytes;
        }
        if (__builtin_mul_overflow(elements, type.count.value_or(0), &elements)) return 0;
        id = type.target;
    }
    return 0;
}

}  // namespace knowhy::symbols
