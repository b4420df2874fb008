#include "lang/sema/stap_pretty.h"

#include <algorithm>

#include "lang/sema/tapset.h"

namespace knowhy::lang {

using ir::Constant;
using ir::Helper;
using ir::Op;
using ir::Operand;
using ir::Place;
using Kind = Type::Kind;
using CKind = symbols::Type::Kind;
using symbols::TypeId;

void Composition::text(std::string_view more) {
    for (const char c : more) {
        if (c == '%') format_ += '%';
        format_ += c;
    }
}

void Composition::value(std::string_view conversion, const Value& value) {
    format_ += conversion;
    values_.push_back(value);
}

Value Composition::made(Lowering& lowering) const {
    return composed(lowering, format_, values_);
}

namespace {

bool is_aggregate(CKind kind) {
    return kind == CKind::Struct || kind == CKind::Union;
}

// char, and what the kernel keeps bytes in: SystemTap writes both as characters.
bool is_character(const symbols::Type& type) {
    if (type.kind == CKind::Character) return true;
    return type.kind == CKind::Integer && type.bytes == 1 &&
           type.name.find("char") != std::string::npos;
}

class Writer {
  public:
    Writer(Composition& into, Lowering& lowering)
        : into_(into), lowering_(lowering), types_(lowering.script().types()) {}

    // What lies at an address.
    void lying(Operand address, TypeId c_type, unsigned levels) {
        const TypeId id = types_.resolved(c_type);
        const symbols::Type& type = types_[id];
        if (is_aggregate(type.kind)) return aggregate(address, id, levels);
        if (type.kind == CKind::Array) return array(address, id, levels);
        if (type.kind == CKind::Pointer) return pointer(lowering_.read(id, address, false));
        if (type.kind == CKind::Integer || is_character(type) || type.kind == CKind::Boolean ||
            type.kind == CKind::Enum)
            return number(lowering_.read(id, address, false), id);
        into_.text("?");
    }

    void aggregate(Operand address, TypeId id, unsigned levels) {
        if (levels == 0) return into_.text("{...}");
        into_.text("{");
        bool first = true;
        for (const symbols::Member& member : types_[id].members) {
            const bool is_padding = member.name.empty() && member.bit_size != 0;
            if (is_padding) continue;
            if (!first) into_.text(", ");
            first = false;
            if (into_.is_full()) {
                into_.text("...");
                break;
            }
            one_member(address, id, member, levels - 1);
        }
        into_.text("}");
    }

    void array(Operand address, TypeId id, unsigned levels) {
        const TypeId element = types_[id].target;
        if (levels == 0) return into_.text("[...]");
        if (is_character(types_[types_.resolved(element)])) return string(address, id);
        const uint64_t bytes = types_.bytes_of(element);
        const uint64_t count = types_[id].count.value_or(0);
        into_.text("[");
        for (uint64_t i = 0; i < count; ++i) {
            if (i > 0) into_.text(", ");
            if (into_.is_full()) {
                into_.text("...");
                break;
            }
            lying(further_on(address, i * bytes), element, levels - 1);
        }
        into_.text("]");
    }

    void pointer(const Value& value) {
        const symbols::Type& target = types_[types_.resolved(value.type.c_type)];
        if (is_character(target)) return string(value.scalar(), symbols::kVoid);
        into_.value("%p", value);
    }

    void number(const Value& value, TypeId id) {
        const symbols::Type& type = types_[types_.resolved(id)];
        const bool is_signed = value.type.is_signed || type.kind != CKind::Integer;
        const Value wide = Value::integer(value.scalar(), is_signed);
        if (is_character(type)) return into_.value("'%#c'", wide);
        into_.value(is_signed ? "%i" : "%u", wide);
    }

  private:
    Operand further_on(Operand address, uint64_t bytes) {
        return lowering_.emitter().compute(Op::Add, address, Constant{bytes});
    }

    void one_member(Operand address, TypeId id, const symbols::Member& member, unsigned levels) {
        if (member.name.empty()) {
            const CKind kind = types_[types_.resolved(member.type)].kind;
            into_.text(kind == CKind::Union ? "<union>=" : "<class>=");
        } else {
            into_.text("." + member.name + "=");
        }
        if (member.bit_size == 0)
            return lying(further_on(address, member.bit_offset / 8), member.type, levels);
        Field field;
        field.name = member.name;
        const Value bits = lowering_.field(Value::of(Type::pointer(id), address), field, {});
        into_.value(bits.type.is_signed ? "%i" : "%u",
                    Value::integer(bits.scalar(), bits.type.is_signed));
    }

    // Of a pointer or an array. What cannot be read is empty: structures hold pointers to nothing.
    void string(Operand address, TypeId array) {
        const uint64_t whole = array == symbols::kVoid ? kStapStringBytes : types_.bytes_of(array);
        const auto bytes = static_cast<uint32_t>(std::clamp<uint64_t>(whole, 1, kStapStringBytes));
        Emitter& emit = lowering_.emitter();
        const Place to = emit.new_buffer("text", bytes);
        emit.fill(to, bytes);
        emit.call(Helper::ReadKernelString, {to, Operand{Constant{bytes}}, address});
        into_.value("\"%#s\"", Value::of(Type::string(bytes), to));
    }

    Composition& into_;
    Lowering& lowering_;
    symbols::Types& types_;
};

}  // namespace

void add_whole(Composition& into, Lowering& lowering, const Value& value, unsigned levels) {
    Writer writer(into, lowering);
    symbols::Types& types = lowering.script().types();
    const TypeId id = types.resolved(value.type.c_type);
    switch (value.type.kind) {
        case Kind::Pointer:
            if (is_aggregate(types[id].kind)) return writer.aggregate(value.scalar(), id, levels);
            return writer.pointer(value);
        case Kind::Struct:
        case Kind::Array:
            if (const auto* memory = std::get_if<InMemory>(&value.where))
                return writer.lying(memory->address, id, levels);
            return into.text("?");
        case Kind::String:
            return into.value("\"%#s\"", value);
        default:
            if (!is_scalar(value.type.kind)) return into.text("?");
            into.value(value.type.is_signed ? "%i" : "%u",
                       Value::integer(value.scalar(), value.type.is_signed));
    }
}

}  // namespace knowhy::lang
