#include "lang/values/c_value.h"

#include <algorithm>

namespace knowhy::lang {
namespace {

using model::Value;
using symbols::Member;
using symbols::TypeId;
using Kind = symbols::Type::Kind;

// Deeper nesting than C's own structs have is a type graph that is broken.
constexpr unsigned kMostDepth = 32;
// Of an array, more elements are not printed: a hostile count costs no more than this.
constexpr uint64_t kMostElements = 65536;

bool is_aggregate(Kind kind) {
    return kind == Kind::Struct || kind == Kind::Union;
}

class Decoder {
  public:
    explicit Decoder(const symbols::Types& types) : types_(types) {}

    Value value(TypeId id, ByteSpan bytes) {
        if (depth_ >= kMostDepth) return {};
        ++depth_;
        Value decoded = value_of(types_.resolved(id), bytes);
        --depth_;
        return decoded;
    }

  private:
    Value value_of(TypeId id, ByteSpan bytes) {
        const symbols::Type& type = types_[id];
        switch (type.kind) {
            case Kind::Integer:
            case Kind::Character:
                return integer(bytes, type);
            case Kind::Boolean: {
                const auto read = number_at<uint8_t>(bytes, 0);
                return read ? Value{Value::Boolean{*read != 0}} : Value{};
            }
            case Kind::Enum:
                return decode_enum(id, bytes, static_cast<uint32_t>(type.bytes), types_);
            case Kind::Pointer: {
                const auto read = number_at<uint64_t>(bytes, 0);
                return read ? Value{Value::Pointer{*read}} : Value{};
            }
            case Kind::Struct:
            case Kind::Union: {
                Value::Struct all;
                add_members(all, id, bytes);
                return {std::move(all)};
            }
            case Kind::Array:
                return array(type, bytes);
            default:
                return {};
        }
    }

    static Value integer(ByteSpan bytes, const symbols::Type& type) {
        const auto size = static_cast<uint32_t>(std::min<uint64_t>(type.bytes, 9));
        const auto read = integer_at(bytes, 0, size, type.is_signed);
        if (!read) return {};
        return Value::integer(*read, type.is_signed, static_cast<uint8_t>(size));
    }

    void add_members(Value::Struct& all, TypeId aggregate, ByteSpan bytes) {
        for (const Member& member : types_[aggregate].members) {
            const ByteSpan rest = part(bytes, member.bit_offset / 8, bytes.size());
            if (member.name.empty()) {
                add_unnamed(all, member, rest);
            } else if (member.bit_size != 0) {
                all.members.push_back({member.name, bitfield(member, bytes)});
            } else {
                all.members.push_back({member.name, value(member.type, rest)});
            }
        }
    }

    // Its members are printed as if they were the parent's: so they are written in C, too.
    void add_unnamed(Value::Struct& all, const Member& member, ByteSpan bytes) {
        const TypeId inner = types_.resolved(member.type);
        if (!is_aggregate(types_[inner].kind) || depth_ >= kMostDepth) return;
        ++depth_;
        add_members(all, inner, bytes);
        --depth_;
    }

    Value bitfield(const Member& member, ByteSpan bytes) const {
        const symbols::Type& type = types_[types_.resolved(member.type)];
        const uint64_t first = member.bit_offset / 8;
        const auto shift = static_cast<uint32_t>(member.bit_offset % 8);
        if (member.bit_size > 64) return {};
        const auto size = static_cast<uint32_t>((shift + member.bit_size + 7) / 8);
        // One that lies across nine bytes is cut: no C compiler for Linux lays one out so.
        const auto read = integer_at(bytes, first, std::min(size, 8U), false);
        if (!read) return {};
        const uint32_t unused = 64 - member.bit_size;
        const uint64_t top = (static_cast<uint64_t>(*read) >> shift) << unused;
        const int64_t bits = type.is_signed ? static_cast<int64_t>(top) >> unused
                                            : static_cast<int64_t>(top >> unused);
        if (type.kind == Kind::Boolean) return {Value::Boolean{bits != 0}};
        return Value::integer(bits, type.is_signed,
                              static_cast<uint8_t>(std::clamp<uint64_t>(type.bytes, 1, 8)));
    }

    Value array(const symbols::Type& type, ByteSpan bytes) {
        const symbols::Type& element = types_[types_.resolved(type.target)];
        const uint64_t size = types_.bytes_of(type.target);
        // "[]" holds what there is; it has no place in the parent's size.
        const uint64_t count = type.count.value_or(0);
        if (is_text(element)) return text_value(part(bytes, 0, count));
        Value::Array all;
        if (size == 0) return {std::move(all)};
        const uint64_t most = std::min({count, kMostElements, bytes.size() / size});
        for (uint64_t i = 0; i < most; ++i) {
            all.elements.push_back(value(type.target, part(bytes, i * size, size)));
        }
        return {std::move(all)};
    }

    // Not `unsigned char`, which is a number by its other name: u8.
    static bool is_text(const symbols::Type& element) {
        return element.bytes == 1 && element.name == "char";
    }

    const symbols::Types& types_;
    unsigned depth_ = 0;
};

}  // namespace

Value text_value(ByteSpan bytes) {
    const auto end = std::ranges::find(bytes, std::byte{0});
    return Value::text(
        {reinterpret_cast<const char*>(bytes.data()), static_cast<size_t>(end - bytes.begin())});
}

Value decode_enum(TypeId id, ByteSpan bytes, uint32_t size, const symbols::Types& types) {
    const symbols::Type& type = types[types.resolved(id)];
    const auto read = integer_at(bytes, 0, size, type.is_signed);
    if (!read) return {};
    Value::Enumerated value{{*read, type.is_signed, static_cast<uint8_t>(size)}, ""};
    const auto named = std::ranges::find(type.enumerators, *read, &symbols::Enumerator::value);
    if (named != type.enumerators.end()) value.name = named->name;
    return {std::move(value)};
}

Value decode_c(TypeId type, ByteSpan bytes, const symbols::Types& types) {
    return Decoder(types).value(type, bytes);
}

}  // namespace knowhy::lang
