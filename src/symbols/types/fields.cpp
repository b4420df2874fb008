// From a member's path to its place, and from a place to the path.
#include <fmt/format.h>

#include "base/text.h"
#include "symbols/types/types.h"

namespace knowhy::symbols {
namespace {

using Kind = Type::Kind;

constexpr unsigned kMaxNesting = 32;
// Looking for a name, or for what covers a byte, goes through members that have no name: damaged
// debug information, in which a type contains itself twice, must not make that endless.
constexpr unsigned kMaxTries = 10'000;

bool is_aggregate(const Type& type) {
    return type.kind == Kind::Struct || type.kind == Kind::Union;
}

std::optional<FieldPlace> member_named(const Types& types, TypeId aggregate, std::string_view name,
                                       unsigned level, unsigned& tries) {
    const Type& type = types[types.resolved(aggregate)];
    if (!is_aggregate(type) || level == kMaxNesting || ++tries > kMaxTries) return std::nullopt;
    for (const Member& member : type.members) {
        if (member.name == name) return FieldPlace{member.bit_offset, member.bit_size, member.type};
        if (!member.name.empty()) continue;
        if (auto inner = member_named(types, member.type, name, level + 1, tries)) {
            inner->bit_offset += member.bit_offset;
            return inner;
        }
    }
    return std::nullopt;
}

std::optional<FieldPlace> element(const Types& types, TypeId array, std::string_view index) {
    const Type& type = types[types.resolved(array)];
    const auto number = parse_u64(index);
    if (type.kind != Kind::Array || !number || (type.count && *number >= *type.count)) {
        return std::nullopt;
    }
    uint64_t bit_offset = 0;
    if (__builtin_mul_overflow(types.bytes_of(type.target), *number * 8, &bit_offset)) {
        return std::nullopt;
    }
    return FieldPlace{bit_offset, 0, type.target};
}

// One step of a path: a name, or an index with its brackets.
std::string_view take_step(std::string_view& path) {
    const bool indexed = path.starts_with('[');
    size_t end = indexed ? path.find(']') : path.find_first_of(".[");
    if (end == std::string_view::npos) end = indexed ? 0 : path.size();
    if (indexed && end != 0) ++end;
    const std::string_view step = path.substr(0, end);
    path.remove_prefix(end);
    if (path.starts_with('.') && path.size() > 1) path.remove_prefix(1);
    return step;
}

std::optional<FieldPlace> take(const Types& types, TypeId from, std::string_view step) {
    if (step.empty()) return std::nullopt;
    if (step.front() == '[') return element(types, from, step.substr(1, step.size() - 2));
    unsigned tries = 0;
    return member_named(types, from, step, 0, tries);
}

class Covering {
  public:
    explicit Covering(const Types& types) : types_(types) {}

    std::optional<Types::At> at(TypeId id, uint64_t offset, const std::string& path,
                                unsigned level) {
        if (level == kMaxNesting || ++tries_ > kMaxTries) return std::nullopt;
        const TypeId inside = types_.resolved(id);
        const Type& type = types_[inside];
        if (is_aggregate(type)) return in_members(type, offset, path, level + 1);
        if (type.kind == Kind::Array) return in_elements(type, offset, path, level + 1);
        if (offset >= type.bytes) return std::nullopt;
        return Types::At{path, id, offset};
    }

  private:
    std::optional<Types::At> in_members(const Type& aggregate, uint64_t offset,
                                        const std::string& path, unsigned level) {
        for (const Member& member : aggregate.members) {
            const uint64_t first = member.bit_offset / 8;
            if (offset < first) continue;
            const std::string inner = member_path(path, member.name);
            if (member.bit_size != 0) {
                const uint64_t last = (member.bit_offset + member.bit_size - 1) / 8;
                if (offset <= last) return Types::At{inner, member.type, offset - first};
            } else if (auto found = at(member.type, offset - first, inner, level)) {
                return found;
            }
        }
        return std::nullopt;
    }

    std::optional<Types::At> in_elements(const Type& array, uint64_t offset,
                                         const std::string& path, unsigned level) {
        const uint64_t bytes = types_.bytes_of(array.target);
        if (bytes == 0 || (array.count && offset / bytes >= *array.count)) return std::nullopt;
        const std::string inner = fmt::format("{}[{}]", path, offset / bytes);
        return at(array.target, offset % bytes, inner, level);
    }

    static std::string member_path(const std::string& path, const std::string& name) {
        if (name.empty() || path.empty()) return path + name;
        return path + "." + name;
    }

    const Types& types_;
    unsigned tries_ = 0;
};

}  // namespace

std::optional<FieldPlace> Types::field(TypeId aggregate, std::string_view path) const {
    FieldPlace place{0, 0, aggregate};
    if (path.empty()) return std::nullopt;
    while (!path.empty()) {
        const auto next = take(*this, place.type, take_step(path));
        if (!next) return std::nullopt;
        place = {place.bit_offset + next->bit_offset, next->bit_size, next->type};
    }
    return place;
}

std::optional<Types::At> Types::at_offset(TypeId aggregate, uint64_t byte_offset) const {
    return Covering(*this).at(aggregate, byte_offset, "", 0);
}

}  // namespace knowhy::symbols
