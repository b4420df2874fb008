// What is known of maps and variables: joining the types of their uses.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/nearest.h"

#include "lang/sema/script_context.h"
#include "lang/sema/value.h"
#include "lang/source/codes.h"

namespace knowhy::lang {

using Kind = Type::Kind;

MapFacts& facts_of(ScriptContext& script, const std::string& name, Span span) {
    const auto [found, is_new] = script.maps.try_emplace(name);
    if (is_new) {
        found->second.first = span;
        script.learned = true;
    }
    return found->second;
}

Type stored_type(const ScriptContext& script, const Type& type) {
    // All of SystemTap's numbers are one type, but that a pointer stays one.
    const bool is_number =
        type.kind == Kind::Integer || type.kind == Kind::Boolean || type.kind == Kind::Enum;
    if (script.script.dialect == Dialect::Stap && is_number) return Type::integer(8, true);
    if (type.kind == Kind::Integer) return Type::integer(8, type.is_signed);
    if (type.kind == Kind::Enum) {
        Type stored = type;
        stored.bytes = 8;
        return stored;
    }
    if (type.kind == Kind::Tuple) {
        std::vector<Type> elements;
        for (const Type& element : type.elements) elements.push_back(stored_type(script, element));
        Type stored = Type::tuple(std::move(elements));
        stored.names = type.names;
        return stored;
    }
    return type;
}

namespace {

// What holds the values of both, or nullopt.
std::optional<Type> joined(const Type& a, const Type& b) {
    if (a == b) return a;
    if (a.kind == Kind::String && b.kind == Kind::String)
        return Type::string(std::max(a.bytes, b.bytes));
    if (a.kind == Kind::Bytes && b.kind == Kind::Bytes) return a.bytes > b.bytes ? a : b;
    if (a.kind == Kind::Tuple && b.kind == Kind::Tuple && a.elements.size() == b.elements.size()) {
        std::vector<Type> elements;
        for (size_t i = 0; i < a.elements.size(); ++i) {
            auto element = joined(a.elements[i], b.elements[i]);
            if (!element) return std::nullopt;
            elements.push_back(std::move(*element));
        }
        Type result = Type::tuple(std::move(elements));
        result.names = a.names;
        return result;
    }
    if (a.kind == b.kind && a.is_aggregate() && a.kind < Kind::Histogram) {
        Type result = a;  // of signed numbers when any of them is
        result.is_signed = a.is_signed || b.is_signed;
        return result;
    }
    const bool numbers = is_scalar(a.kind) && is_scalar(b.kind);
    if (!numbers) return std::nullopt;
    // Zero stands for "no pointer", an enumerator for its number: the more telling type stays.
    if (a.kind == Kind::Integer && b.kind == Kind::Integer)
        return Type::integer(8, a.is_signed || b.is_signed);
    const auto stands_for_number = [](Kind kind) {
        return kind == Kind::Pointer || kind == Kind::Enum || kind == Kind::Boolean;
    };
    if (a.kind == Kind::Integer && stands_for_number(b.kind)) return b;
    if (b.kind == Kind::Integer && stands_for_number(a.kind)) return a;
    return a.kind == b.kind ? std::optional(a) : std::nullopt;
}

}  // namespace

void never_assigned(ScriptContext& script, const std::string& name, Span span) {
    std::vector<std::string> filled;
    for (const auto& [other, facts] : script.maps)
        if (facts.value) filled.push_back(script.shown(other));
    const std::string text = script.shown(name);
    const auto near = nearest(text, filled);
    script.error(codes::kUndefinedMap, span, fmt::format("nothing is ever assigned to {}", text),
                 near ? fmt::format("did you mean {}?", *near) : "");
}

bool join_type(ScriptContext& script, std::optional<Type>& known, const Type& seen, Span span,
               const std::string& what) {
    if (!known) {
        known = seen;
        script.learned = true;
        return true;
    }
    // A C array is a type of its own each time that it is written.
    const bool arrays = known->kind == Kind::Array && seen.kind == Kind::Array;
    if (arrays && to_text(*known, script.types()) == to_text(seen, script.types())) return true;
    auto both = joined(*known, seen);
    if (!both) {
        script.error(codes::kTypeMismatch, span,
                     fmt::format("{} is {} here, and {} elsewhere", what,
                                 to_text(seen, script.types()), to_text(*known, script.types())),
                     what.starts_with("the key of")
                         ? "every key of one map has as many parts, of the same types"
                         : "one name holds values of one type; take another name for these");
        return false;
    }
    if (*both != *known) {
        known = std::move(both);
        script.learned = true;
    }
    return true;
}

namespace {

ir::Map::Kind kernel_kind(const MapFacts& facts, const Type& value) {
    using K = ir::Map::Kind;
    if (facts.kind == "lruhash") return value.is_aggregate() ? K::LruPerCpuHash : K::LruHash;
    if (facts.kind == "percpuhash") return K::PerCpuHash;
    if (facts.kind == "percpulruhash") return K::LruPerCpuHash;
    return value.is_aggregate() ? K::PerCpuHash : K::Hash;
}

// A global of SystemTap's is there from the start: zero, "", or what it was given.
std::vector<uint8_t> first_bytes(const MapFacts& facts, uint32_t bytes) {
    std::vector<uint8_t> first(bytes);
    if (const auto* number = std::get_if<int64_t>(&facts.value_at_first))
        std::memcpy(first.data(), number, sizeof(*number));
    if (const auto* text = std::get_if<std::string>(&facts.value_at_first))
        std::copy_n(text->begin(), std::min<size_t>(text->size(), bytes - 1), first.begin());
    return first;
}

}  // namespace

uint32_t map_id(ScriptContext& script, const std::string& name) {
    if (const auto found = script.map_ids.find(name); found != script.map_ids.end())
        return found->second;
    const MapFacts& facts = script.maps.at(name);
    MapPlan plan;
    const bool is_stap = script.script.dialect == Dialect::Stap;
    if (!facts.hidden) plan.name = script.shown(name);
    plan.print_at_end = is_stap ? facts.is_shown : true;
    plan.key = facts.key.value_or(Type::none());
    plan.value = facts.value.value_or(Type::integer(8, true));
    ir::Map map;
    map.kind = kernel_kind(facts, plan.value);
    map.name = name.empty() ? "at" : name;
    // One without a key is a hash too: an array could not tell zero from nothing.
    map.key_bytes = plan.key.kind == Kind::None ? 8 : (plan.key.bytes + 7) / 8 * 8;
    map.value_bytes = (plan.value.bytes + 7) / 8 * 8;
    if (plan.value.kind == Kind::Histogram || plan.value.kind == Kind::LinearHistogram) {
        map.key_bytes += 8;  // the bucket
        map.value_bytes = 8;
    }
    const bool single = plan.key.kind == Kind::None && map.key_bytes == 8;
    map.max_entries =
        single ? 1 : static_cast<uint32_t>(facts.entries.value_or(script.plan.config.max_map_keys));
    plan.per_cpu =
        map.kind == ir::Map::Kind::PerCpuHash || map.kind == ir::Map::Kind::LruPerCpuHash;
    if (is_stap && single && !plan.value.is_aggregate())
        plan.first = first_bytes(facts, map.value_bytes);
    const auto id = static_cast<uint32_t>(script.plan.maps.size());
    script.map_ids[name] = id;
    const bool shared = plan.per_cpu && facts.read_in_kernel && facts.written_in_user_space;
    if (shared) plan.user_part = id + 1;
    script.plan.maps.push_back(std::move(plan));
    script.plan.ir_maps.push_back(map);
    if (shared) {
        map.kind = ir::Map::Kind::Hash;
        script.plan.maps.emplace_back();
        script.plan.ir_maps.push_back(std::move(map));
    }
    return id;
}

uint32_t stack_map(ScriptContext& script, uint32_t depth) {
    if (const auto found = script.stack_maps.find(depth); found != script.stack_maps.end())
        return found->second;
    ir::Map map;
    map.kind = ir::Map::Kind::StackTrace;
    map.name = "stacks";
    map.key_bytes = 4;
    map.value_bytes = 8 * depth;
    map.max_entries = 8192;
    const auto id = static_cast<uint32_t>(script.plan.maps.size());
    script.plan.maps.emplace_back();
    script.plan.ir_maps.push_back(std::move(map));
    script.stack_maps[depth] = id;
    return id;
}

}  // namespace knowhy::lang
