// Reading the kernel's memory by C types, and values on their way from and to places.
#include <algorithm>

#include "lang/sema/c_types.h"
#include "lang/sema/lowering.h"
#include "lang/sema/text.h"
#include "lang/source/codes.h"

namespace knowhy::lang {

using ir::Compare;
using ir::Constant;
using ir::Helper;
using ir::Op;
using ir::Operand;
using ir::Place;
using Kind = Type::Kind;
using CKind = symbols::Type::Kind;

namespace {

uint32_t width_for(uint32_t bytes) {
    uint32_t width = 1;
    while (width < bytes && width < 8) width *= 2;
    return width;
}

bool is_char(const symbols::Type& type) {
    return type.kind == CKind::Character || (type.kind == CKind::Integer && type.name == "char");
}

}  // namespace

// ---- C types

Type Lowering::script_type(symbols::TypeId c_type) {
    symbols::Types& types = script_.types();
    const symbols::TypeId id = types.resolved(c_type);
    const symbols::Type& type = types[id];
    const auto bytes = static_cast<uint32_t>(types.bytes_of(id));
    Type result;
    result.bytes = bytes;
    result.c_type = id;
    switch (type.kind) {
        case CKind::Integer:
        case CKind::Character:
            return Type::integer(width_for(bytes), type.is_signed || type.kind == CKind::Character);
        case CKind::Boolean:
            return Type::boolean();
        case CKind::Enum:
            result.kind = Kind::Enum;
            result.is_signed = type.is_signed;
            return result;
        case CKind::Pointer:
            return Type::pointer(type.target);
        case CKind::Array: {
            const symbols::Type& element = types[types.resolved(type.target)];
            if (is_char(element) && type.count.value_or(0) > 0) return Type::string(bytes);
            result.kind = Kind::Array;
            return result;
        }
        case CKind::Struct:
        case CKind::Union:
            result.kind = Kind::Struct;
            return result;
        default:
            return Type::integer(8, false);
    }
}

std::optional<symbols::TypeId> Lowering::c_type(const TypeName& name) {
    auto id =
        name.base == "void" ? std::optional(symbols::kVoid) : script_.definitions.type(name.base);
    if (!id) return std::nullopt;
    symbols::Types& types = script_.types();
    for (uint32_t i = 0; i < name.pointers; ++i) id = pointer_to(types, *id);
    for (size_t i = name.dimensions.size(); i-- > 0;)  // the innermost first
        id = array_of(types, *id, name.dimensions[i]);
    return id;
}

std::optional<Type> Lowering::type_named(const TypeName& name) {
    if (name.of) return value(*name.of).type;
    const struct {
        std::string_view name;
        Type type;
    } own[] = {
        {"int8", Type::integer(1, true)},    {"int16", Type::integer(2, true)},
        {"int32", Type::integer(4, true)},   {"int64", Type::integer(8, true)},
        {"uint8", Type::integer(1, false)},  {"uint16", Type::integer(2, false)},
        {"uint32", Type::integer(4, false)}, {"uint64", Type::integer(8, false)},
        {"bool", Type::boolean()},
    };
    for (const auto& known : own) {
        if (name.base != known.name) continue;
        if (name.pointers == 0 && name.dimensions.empty()) return known.type;
        symbols::Types& types = script_.types();
        symbols::TypeId id = number_type(types, known.name, known.type.bytes, known.type.is_signed,
                                         known.type.kind == Kind::Boolean);
        for (uint32_t i = 0; i + 1 < name.pointers; ++i) id = pointer_to(types, id);
        if (name.dimensions.empty()) return Type::pointer(id);
        return script_type(array_of(types, id, name.dimensions.front()));
    }
    if (!name.elements.empty()) {
        std::vector<Type> elements;
        for (const TypeName& element : name.elements) {
            const auto type = type_named(element);
            if (!type) return std::nullopt;
            elements.push_back(*type);
        }
        return Type::tuple(std::move(elements));
    }
    if (name.base == "string" && name.pointers == 0) {
        const uint64_t bytes = name.dimensions.empty() ? script_.plan.config.max_strlen
                                                       : name.dimensions.front().value_or(64);
        return Type::string(static_cast<uint32_t>(std::min<uint64_t>(bytes, 1024)));
    }
    const auto id = c_type(name);
    if (id) return script_type(*id);
    error(codes::kUnknownType, name.span, fmt::format("no type '{}' in this kernel", name.base),
          "the kernel's own name: struct sk_buff, enum skb_drop_reason, u32");
    return std::nullopt;
}

// ---- Reading

void Lowering::count_on_failure(Operand status, uint32_t which) {
    const ir::BlockId bad = emit_.new_block();
    const ir::BlockId counted = emit_.new_block();
    const ir::BlockId after = emit_.new_block();
    emit_.branch(Compare::SignedLess, status, Constant{0}, bad, after);
    emit_.go_on_in(bad);
    const Place key = emit_.new_buffer("counter key", 4);
    emit_.store(key, 4, Constant{which});
    const ir::Reg counter = emit_.new_register(ir::Type::Address);
    emit_.lookup(counter, {Plan::kLost}, key, counted, after);
    emit_.go_on_in(counted);
    emit_.emit(ir::AtomicAdd{{counter, Constant{0}}, 8, Constant{1}});
    emit_.jump_into(after);
}

void Lowering::read_bytes(const Place& to, uint32_t bytes, Operand address, bool user_space) {
    const Helper helper = user_space ? Helper::ReadUser : Helper::ReadKernel;
    count_fault(emit_.call(helper, {to, Operand{Constant{bytes}}, address}));
}

Value Lowering::read(symbols::TypeId c_type, Operand address, bool user_space) {
    Type type = script_type(c_type);
    type.user_space = user_space && (type.kind == Kind::Struct || type.kind == Kind::Array ||
                                     type.kind == Kind::Pointer);
    if (type.kind == Kind::String)
        return read_string(address, Constant{type.bytes}, type.bytes, user_space);
    if (!is_scalar(type.kind)) return Value::of(type, InMemory{address});
    if (!scratch_) scratch_ = emit_.new_buffer("read", 8);
    read_bytes(*scratch_, type.bytes, address, user_space);
    return loaded(*scratch_, type);
}

Value Lowering::read_string(Operand address, Operand most, uint32_t room,
                            std::optional<bool> user_space) {
    const Place to = emit_.new_buffer("string", room);
    emit_.fill(to, room);
    const auto read_by = [&](Helper helper) {
        count_fault(emit_.call(helper, {to, most, address}));
    };
    if (user_space) {
        read_by(*user_space ? Helper::ReadUserString : Helper::ReadKernelString);
    } else {  // the kernel's addresses are those with the highest bit set
        const ir::BlockId kernel = emit_.new_block();
        const ir::BlockId user = emit_.new_block();
        const ir::BlockId after = emit_.new_block();
        emit_.branch(Compare::SignedLess, address, Constant{0}, kernel, user);
        emit_.go_on_in(kernel);
        read_by(Helper::ReadKernelString);
        emit_.jump(after);
        emit_.go_on_in(user);
        read_by(Helper::ReadUserString);
        emit_.jump_into(after);
    }
    return Value::of(Type::string(room), to);
}

// ---- Fields and elements

Value Lowering::field(const Value& object, const Field& node, Span span) {
    if (object.unresolved) return Value::unknown();
    if (std::holds_alternative<Arguments>(object.where))
        return argument_named(node.name, node.name_span, span);
    if (object.type.kind == Kind::Tuple) {
        const auto& names = object.type.names;
        const auto found = std::ranges::find(names, node.name);
        if (found != names.end()) {
            const auto index = static_cast<size_t>(found - names.begin());
            return loaded(
                further(std::get<Place>(object.where), element_offsets(object.type)[index]),
                object.type.elements[index]);
        }
    }
    symbols::Types& types = script_.types();
    const bool through = object.type.kind == Kind::Pointer;
    const symbols::TypeId aggregate = types.resolved(object.type.c_type);
    const CKind kind = types[aggregate].kind;
    if ((!through && object.type.kind != Kind::Struct) ||
        (kind != CKind::Struct && kind != CKind::Union)) {
        error(codes::kNotAStruct, span,
              fmt::format("{} has no fields", to_text(object.type, types)),
              is_stap() ? "@cast gives an address its type: @cast(p, \"sk_buff\")->len"
                        : "a cast gives a pointer its type: ((struct sk_buff *)arg0)->len");
        return Value::unknown();
    }
    const auto place = types.field(aggregate, node.name);
    if (!place) {
        error(codes::kUnknownField, node.name_span,
              fmt::format("no field '{}' in {}", node.name, types.text(aggregate)),
              fields_hint(node.name, member_names(types, aggregate)));
        return Value::unknown();
    }
    if (place->bit_size == 0) return at_offset(object, place->type, place->bit_offset / 8);
    return bitfield(object, *place);
}

// What lies `offset` bytes into a struct or an array, or behind a pointer.
Value Lowering::at_offset(const Value& object, symbols::TypeId c_type, uint64_t offset) {
    if (const auto* place = std::get_if<Place>(&object.where))
        if (object.type.kind != Kind::Pointer)
            return loaded(further(*place, static_cast<uint32_t>(offset)), script_type(c_type));
    if (const auto* context = std::get_if<InContext>(&object.where)) {
        const Type type = script_type(c_type);
        const auto at = static_cast<uint32_t>(context->offset + offset);
        return is_scalar(type.kind) ? from_context(at, type) : Value::of(type, InContext{at});
    }
    return read(c_type, emit_.compute(Op::Add, address_of(object), Constant{offset}),
                object.type.user_space);
}

Operand Lowering::address_of(const Value& object) {
    if (const auto* memory = std::get_if<InMemory>(&object.where)) return memory->address;
    return object.scalar();
}

Value Lowering::bitfield(const Value& object, const symbols::FieldPlace& place) {
    const uint64_t first = place.bit_offset / 8;
    const uint32_t shift = place.bit_offset % 8;
    const uint32_t bytes = (shift + place.bit_size + 7) / 8;
    if (!scratch_) scratch_ = emit_.new_buffer("read", 8);
    if (const auto* from = std::get_if<Place>(&object.where)) {
        emit_.fill(*scratch_, 8);
        emit_.copy(*scratch_, further(*from, static_cast<uint32_t>(first)), bytes);
    } else {
        emit_.fill(*scratch_, 8);
        read_bytes(*scratch_, std::min(bytes, 8U),
                   emit_.compute(Op::Add, address_of(object), Constant{first}),
                   object.type.user_space);
    }
    const Type type = script_type(place.type);
    const Operand word = emit_.load(*scratch_, 8);
    const Operand high = emit_.compute(Op::ShiftLeft, word,
                                       Constant{64 - shift - std::min(place.bit_size, 64 - shift)});
    const Operand down = emit_.compute(type.is_signed ? Op::ShiftRightSigned : Op::ShiftRight, high,
                                       Constant{64 - std::min(place.bit_size, 64U)});
    return Value::of(type.kind == Kind::Enum || type.kind == Kind::Boolean
                         ? type
                         : Type::integer(width_for(type.bytes), type.is_signed),
                     down);
}

Value Lowering::element(const Value& object, Operand index, std::optional<uint64_t> known,
                        Span span) {
    if (object.unresolved) return Value::unknown();
    if (object.type.kind == Kind::String) {  // a character of it
        const Place text = in_place(object, object.type);
        const Operand at =
            emit_.compute(Op::Add, index, Constant{constant_of(text.offset).value_or(0)});
        if (known && *known >= object.type.bytes)
            error(codes::kTypeMismatch, span,
                  fmt::format("character {} of a text of {}", *known, object.type.bytes),
                  "the last one is its zero");
        return loaded({text.base, at}, Type::integer(1, true));
    }
    symbols::Types& types = script_.types();
    symbols::TypeId element = symbols::kVoid;
    if (object.type.kind == Kind::Pointer) {
        element = object.type.c_type;
    } else if (object.type.kind == Kind::Array) {
        const symbols::Type& array = types[types.resolved(object.type.c_type)];
        element = array.target;
        if (known && array.count && *array.count > 0 && *known >= *array.count)
            error(codes::kTypeMismatch, span,
                  fmt::format("element {} of an array of {}", *known, *array.count),
                  fmt::format("the elements are 0 to {}", *array.count - 1));
    } else {
        error(codes::kNotAStruct, span,
              fmt::format("{} has no elements", to_text(object.type, types)),
              "arrays and pointers have; a cast makes a pointer: ((uint8 *)arg0)[1]");
        return Value::unknown();
    }
    const uint64_t bytes = types.bytes_of(element);
    if (known) return at_offset(object, element, *known * bytes);
    const Operand offset = emit_.compute(Op::Mul, index, Constant{bytes});
    if (const auto* place = std::get_if<Place>(&object.where)) {
        if (object.type.kind == Kind::Array && is_scalar(script_type(element).kind)) {
            const Operand from =
                emit_.compute(Op::Add, offset, Constant{constant_of(place->offset).value_or(0)});
            return loaded({place->base, from}, script_type(element));
        }
    }
    return read(element, emit_.compute(Op::Add, address_of(object), offset),
                object.type.user_space);
}

Value Lowering::dereferenced(const Value& pointer, Span span) {
    if (pointer.unresolved) return Value::unknown();
    const symbols::TypeId to = script_.types().resolved(pointer.type.c_type);
    if (pointer.type.kind == Kind::Pointer && to != symbols::kVoid)
        return read(to, pointer.scalar(), pointer.type.user_space);
    if (is_scalar(pointer.type.kind))  // an address without a type: a 64-bit number there
        return [&] {
            if (!scratch_) scratch_ = emit_.new_buffer("read", 8);
            read_bytes(*scratch_, 8, pointer.scalar(), false);
            return loaded(*scratch_, Type::integer(8, false));
        }();
    error(codes::kTypeMismatch, span,
          fmt::format("{} is no pointer", to_text(pointer.type, script_.types())),
          "a cast makes one of a number: *(uint32 *)arg0");
    return Value::unknown();
}

// ---- Values and places

Value Lowering::loaded(const Place& from, const Type& type) {
    if (!is_scalar(type.kind)) return Value::of(type, from);
    const bool is_signed = type.is_signed && type.bytes < 8;
    return Value::of(type, emit_.load(from, std::max(type.bytes, 1U), is_signed));
}

void Lowering::put(const Place& to, const Type& as, const Value& value) {
    if (is_scalar(as.kind)) {
        emit_.store(to, as.bytes, value.scalar());
    } else if (const auto* text = std::get_if<Text>(&value.where)) {
        emit_.store_text(to, std::string_view(text->text).substr(0, as.bytes - 1), as.bytes);
    } else if (const auto* memory = std::get_if<InMemory>(&value.where)) {
        read_bytes(to, as.bytes, memory->address, value.type.user_space);
    } else if (const auto* context = std::get_if<InContext>(&value.where)) {
        for (uint32_t done = 0; done < as.bytes; ++done)
            emit_.store(further(to, done), 1,
                        from_context(context->offset + done, Type::integer(1, false)).scalar());
    } else if (const auto* from = std::get_if<Place>(&value.where)) {
        if (as.kind == Kind::Tuple && as != value.type) {
            const auto there = element_offsets(as);
            const auto here = element_offsets(value.type);
            for (size_t i = 0; i < as.elements.size() && i < value.type.elements.size(); ++i)
                put(further(to, there[i]), as.elements[i],
                    loaded(further(*from, here[i]), value.type.elements[i]));
            return;
        }
        const uint32_t common = std::min(as.bytes, value.type.bytes);
        emit_.copy(to, *from, common);
        if (common < as.bytes) emit_.fill(further(to, common), as.bytes - common);
        if (as.kind == Kind::String && common < value.type.bytes)
            emit_.store(further(to, as.bytes - 1), 1, Constant{0});
    } else {
        emit_.fill(to, as.bytes);
    }
}

Place Lowering::in_place(const Value& value, const Type& as) {
    if (const auto* place = std::get_if<Place>(&value.where))
        if (value.type == as) return *place;
    const Place to = emit_.new_buffer("value", as.bytes);
    if (as.kind == Kind::Tuple) emit_.fill(to, as.bytes);  // padding is part of a key
    put(to, as, value);
    return to;
}

}  // namespace knowhy::lang
