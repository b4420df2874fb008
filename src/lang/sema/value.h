// A value while a program is being written: its type, and where it is.
#pragma once

#include <string>
#include <variant>

#include "ir/ir.h"
#include "lang/types/types.h"

namespace knowhy::lang {

// In the kernel's memory, or, by Type::user_space, in the task's: a struct, an array, or what an
// address-of is taken of. Read when it is used.
struct InMemory {
    ir::Operand address;
};

// In the program's context, at a fixed offset.
struct InContext {
    uint32_t offset = 0;
};

// `args`: its fields are the probe's arguments.
struct Arguments {};

// A string known now.
struct Text {
    std::string text;
};

struct Value {
    using Where =
        std::variant<std::monostate, ir::Operand, ir::Place, InMemory, InContext, Arguments, Text>;
    Type type;
    Where where;
    bool literal = false;     // an integer as written: takes the other side's signedness
    bool unresolved = false;  // depends on a type that this round does not know yet

    [[nodiscard]] bool is_scalar() const { return std::holds_alternative<ir::Operand>(where); }
    // Of a scalar; 0 for what has none.
    [[nodiscard]] ir::Operand scalar() const {
        const auto* operand = std::get_if<ir::Operand>(&where);
        return operand != nullptr ? *operand : ir::Operand{ir::Constant{0}};
    }

    static Value none() { return {}; }
    static Value of(Type type, Where where) { return {std::move(type), std::move(where)}; }
    static Value integer(ir::Operand value, bool is_signed = false) {
        return {Type::integer(8, is_signed), value};
    }
    static Value unknown() {
        return {Type::integer(8, true), ir::Operand{ir::Constant{0}}, false, true};
    }
};

// Whether values of this kind are held in a register.
constexpr bool is_scalar(Type::Kind kind) {
    switch (kind) {
        case Type::Kind::Integer:
        case Type::Kind::Boolean:
        case Type::Kind::Pointer:
        case Type::Kind::Enum:
        case Type::Kind::KernelSymbol:
        case Type::Kind::KernelStack:
        case Type::Kind::UserName:
        case Type::Kind::CgroupPath:
        case Type::Kind::Probe:
        case Type::Kind::NamedNumber:
        case Type::Kind::Timestamp:
            return true;
        default:
            return false;
    }
}

}  // namespace knowhy::lang
