// C types as the kernel's debug information has them: one model for BTF and DWARF, so that who asks
// for a member's offset need not know which of the two answered.
//
// A Types is a growing graph: a loader (symbols/btf, symbols/dwarf) adds a type and what it refers
// to when it is first asked for. References are TypeIds, stable for the graph's life.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace knowhy::symbols {

using TypeId = uint32_t;
constexpr TypeId kVoid = 0;  // `void`, and "no type": what a pointer to void points to

struct Member {
    std::string name;  // "" for an unnamed struct or union
    TypeId type = kVoid;
    uint64_t bit_offset = 0;  // from the start of the aggregate, in the machine's own order
    uint32_t bit_size = 0;    // of a bitfield; 0 otherwise
};

struct Enumerator {
    std::string name;
    int64_t value = 0;
};

struct Type {
    enum class Kind : uint8_t {
        Void,
        Integer,
        Boolean,
        Character,
        Float,
        Enum,
        Pointer,
        Array,
        Struct,
        Union,
        Function,
        Typedef,
        Const,
        Volatile,
        Restrict,
        Incomplete,  // declared only: `struct foo;`
    };
    Kind kind = Kind::Void;
    std::string name;    // "sk_buff", "u32"; "" for what C does not name
    uint64_t bytes = 0;  // 0: unknown or none
    bool is_signed = false;
    bool declared_union = false;  // of Incomplete: `union foo;`
    TypeId target = kVoid;  // of pointer, array (element), typedef, qualifiers; a function's result
    std::optional<uint64_t> count;  // an array's elements; nullopt: flexible ("[]")
    std::vector<Member> members;    // of a struct or union; a function's parameters (no offsets),
                                    // where a last one without name and type is "..."
    std::vector<Enumerator> enumerators;
};

// Where a member is, found by a path: "dev", "cb[4]", "sk.__sk_common.skc_daddr" without pointers
// in between.
struct FieldPlace {
    uint64_t bit_offset = 0;
    uint32_t bit_size = 0;  // 0: the whole type
    TypeId type = kVoid;
};

class Types {
  public:
    Types();
    TypeId add(Type type);
    [[nodiscard]] const Type& operator[](TypeId id) const;
    // For a loader that must give out an id before the type is read (a struct that points to
    // itself).
    Type& edit(TypeId id);
    [[nodiscard]] size_t size() const;

    // For a loader that reads a type only when somebody looks at it: gives out an id, and the first
    // look at it calls `fill`, which edits it. Whom `fill` refers to must live as long as this, and
    // a copy of this would fill the original.
    using Fill = std::function<void(TypeId)>;
    void fill_with(Fill fill);
    TypeId put_off();

    // Past typedefs and qualifiers.
    [[nodiscard]] TypeId resolved(TypeId id) const;
    // The type that a pointer (past typedefs) points to, or nullopt.
    [[nodiscard]] std::optional<TypeId> pointee(TypeId id) const;
    // Of the whole type, past typedefs and of all elements of an array; 0: unknown, or none.
    [[nodiscard]] uint64_t bytes_of(TypeId id) const;
    // As C writes it: "struct sk_buff *", "u8 [6]", "int (*)(struct sk_buff *)".
    [[nodiscard]] std::string text(TypeId id) const;
    // Also looks into unnamed members. nullopt: no such member, or an index beyond the array.
    [[nodiscard]] std::optional<FieldPlace> field(TypeId aggregate, std::string_view path) const;
    // The path of the innermost member that covers the byte: "sk.__sk_common.skc_family" + rest. Of
    // a union's members the first that has something there. nullopt: padding, or beyond the end.
    struct At {
        std::string path;
        TypeId type = kVoid;
        uint64_t offset = 0;  // into that member
    };
    [[nodiscard]] std::optional<At> at_offset(TypeId aggregate, uint64_t byte_offset) const;

  private:
    std::deque<Type> types_;  // [0] is void
    Fill fill_;
    mutable std::vector<bool> put_off_;  // by id; shorter than types_ where none is
};

}  // namespace knowhy::symbols
