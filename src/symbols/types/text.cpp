// Types as C writes them. A declarator grows from the inside out: what is already written is
// `inner`, and each step towards the base type puts itself before or behind it.
#include <fmt/format.h>

#include "symbols/types/types.h"

namespace knowhy::symbols {
namespace {

using Kind = Type::Kind;

constexpr unsigned kMaxNesting = 64;

std::string joined(std::string_view left, std::string_view right) {
    if (right.empty()) return std::string(left);
    return fmt::format("{} {}", left, right);
}

std::string_view keyword(const Type& type) {
    switch (type.kind) {
        case Kind::Struct:
            return "struct";
        case Kind::Union:
            return "union";
        case Kind::Enum:
            return "enum";
        case Kind::Incomplete:
            return type.declared_union ? "union" : "struct";
        case Kind::Const:
            return "const";
        case Kind::Volatile:
            return "volatile";
        case Kind::Restrict:
            return "restrict";
        default:
            return "";
    }
}

class Declaration {
  public:
    explicit Declaration(const Types& types) : types_(types) {}

    std::string of(TypeId id, const std::string& inner, unsigned level) const {
        if (level == kMaxNesting) return joined("...", inner);
        const Type& type = types_[id];
        switch (type.kind) {
            case Kind::Pointer:
                return of(type.target, pointer_to(type.target, inner), level + 1);
            case Kind::Array:
                return of(type.target,
                          inner + (type.count ? fmt::format("[{}]", *type.count) : "[]"),
                          level + 1);
            case Kind::Function:
                return of(type.target, inner + parameters(type, level + 1), level + 1);
            case Kind::Const:
            case Kind::Volatile:
            case Kind::Restrict:
                return qualified(type, inner, level + 1);
            default:
                return joined(base(type), inner);
        }
    }

  private:
    std::string pointer_to(TypeId target, const std::string& inner) const {
        const Kind kind = types_[target].kind;
        const bool binds_tighter = kind == Kind::Array || kind == Kind::Function;
        return binds_tighter ? fmt::format("(*{})", inner) : "*" + inner;
    }

    // A pointer's qualifier stands behind its star, any other's before the type.
    std::string qualified(const Type& type, const std::string& inner, unsigned level) const {
        if (types_[type.target].kind == Kind::Pointer) {
            return of(type.target, joined(keyword(type), inner), level);
        }
        return joined(keyword(type), of(type.target, inner, level));
    }

    std::string parameters(const Type& function, unsigned level) const {
        if (function.members.empty()) return "(void)";
        std::string list;
        for (const Member& parameter : function.members) {
            if (!list.empty()) list += ", ";
            const bool ellipsis = parameter.type == kVoid && parameter.name.empty();
            list += ellipsis ? "..." : of(parameter.type, "", level);
        }
        return "(" + list + ")";
    }

    static std::string base(const Type& type) {
        const std::string_view word = keyword(type);
        if (word.empty()) return type.name;
        return joined(word, type.name.empty() ? "{...}" : type.name);
    }

    const Types& types_;
};

}  // namespace

std::string Types::text(TypeId id) const {
    return Declaration(*this).of(id, "", 0);
}

}  // namespace knowhy::symbols
