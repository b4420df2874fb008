// SystemTap's statements that bpftrace has not: for, foreach, delete of whole variables.
#include <algorithm>

#include "lang/sema/lowering.h"
#include "lang/sema/stap_statistics.h"
#include "lang/source/codes.h"

namespace knowhy::lang {

using ir::Compare;
using ir::Constant;
using ir::Helper;
using ir::MapId;
using ir::Op;
using ir::Operand;
using ir::Place;
using Kind = Type::Kind;

// The step comes before every turn but the first, so that `continue` does not pass it by.
void Lowering::of(const For& node, Span /*span*/) {
    if (node.first) value(*node.first);
    const auto body = begin_loop_body("for", {ir::Type::U32});
    const ir::BlockId again = emit_.new_block();
    const ir::BlockId check = emit_.new_block();
    const ir::BlockId go_on = emit_.new_block();
    const ir::BlockId stop = emit_.new_block();
    emit_.branch(Compare::NotEqual, body.registers[0], Constant{0}, again, check);
    emit_.go_on_in(again);
    if (node.step) value(*node.step);
    emit_.jump_into(check);
    if (node.condition)
        branch_on(*node.condition, go_on, stop);
    else
        emit_.jump(go_on);
    emit_.go_on_in(stop);
    emit_.give_back(Constant{1});
    emit_.go_on_in(go_on);
    block(node.body);
    end_loop_body();
    run_loop(body.function);
}

// ---- foreach

namespace {

struct KeyPart {
    Type type;
    uint32_t offset = 0;
};

std::vector<KeyPart> elements_of(const Type& key) {
    if (key.kind != Kind::Tuple) return {{key, 0}};
    std::vector<KeyPart> all;
    const auto offsets = element_offsets(key);
    for (size_t i = 0; i < offsets.size(); ++i) all.push_back({key.elements[i], offsets[i]});
    return all;
}

std::optional<WalkOrder::By> sorted_by(std::string_view statistic) {
    using By = WalkOrder::By;
    const struct {
        std::string_view name;
        By by;
    } known[] = {{"", By::Value},     {"@count", By::Count},  {"@sum", By::Sum},
                 {"@min", By::Least}, {"@max", By::Greatest}, {"@avg", By::Mean}};
    for (const auto& each : known)
        if (each.name == statistic) return each.by;
    return std::nullopt;
}

}  // namespace

// The order's number in the plan; nullopt where none is asked for, or with an error none can be
// had.
std::optional<uint32_t> Lowering::walk_order(const Foreach& node, const Type& value, Span span) {
    WalkOrder order{map_id(script_, node.map), {}};
    for (uint32_t i = 0; i < node.keys.size(); ++i)
        if (node.keys[i].order != Order::None)
            order.terms.push_back({WalkOrder::By::Key, i, node.keys[i].order == Order::Descending});
    if (node.by_value != Order::None || !node.by_statistic.empty()) {
        auto by = sorted_by(node.by_statistic);
        if (!by) {
            error(codes::kCannot, span, fmt::format("nothing is sorted by {}", node.by_statistic),
                  "@count, @sum, @min, @max or @avg");
            return std::nullopt;
        }
        if (by == WalkOrder::By::Value && value.is_aggregate()) by = WalkOrder::By::Count;
        if (by != WalkOrder::By::Value && value.kind != Kind::Statistic)
            error(codes::kTypeMismatch, span, fmt::format("{} holds no statistics", node.map));
        // As in SystemTap: @count alone is the greatest first.
        order.terms.push_back({*by, 0, node.by_value != Order::Ascending});
    }
    if (order.terms.empty()) return std::nullopt;
    if (!site_.in_user_space()) {
        error(codes::kCannot, span, "a probe in the kernel cannot walk an array in order",
              "sort it in a timer or end probe");
        return std::nullopt;
    }
    const auto& known = script_.plan.orders;
    if (const auto same = std::ranges::find(known, order); same != known.end())
        return static_cast<uint32_t>(same - known.begin());
    script_.plan.orders.push_back(std::move(order));
    return static_cast<uint32_t>(script_.plan.orders.size() - 1);
}

void Lowering::of(const Foreach& node, Span span) {
    if (node.histogram)
        return error(codes::kCannot, node.histogram->span,
                     "the buckets of a histogram cannot be walked over",
                     "print(@hist_log(x)) shows them");
    if (!is_global(node.map))
        return error(codes::kUndefinedMap, span, fmt::format("there is no array {}", node.map),
                     fmt::format("global {}", node.map));
    const MapFacts& facts = facts_of(script_, node.map, span);
    if (!facts.value || !facts.key)
        return error(codes::kUndefinedMap, span,
                     fmt::format("nothing is ever put into {}", node.map));
    const std::vector<KeyPart> elements = elements_of(*facts.key);
    if (facts.key->kind == Kind::None)
        return error(codes::kMapKeys, span, fmt::format("{} is no array", node.map));
    if (node.keys.size() != elements.size() ||
        (!node.slice.empty() && node.slice.size() != elements.size()))
        return error(codes::kMapKeys, span,
                     fmt::format("{} has {} keys", node.map, elements.size()));
    const Type value_type = *facts.value;
    const auto order = walk_order(node, value_type, span);

    // What the body, a function of its own, compares with.
    std::optional<Place> rest;
    if (node.limit) {
        rest = emit_.new_buffer("limit", 8);
        emit_.store(*rest, 8, number(*node.limit));
    }
    std::vector<std::optional<Place>> wanted(elements.size());
    for (size_t i = 0; i < node.slice.size(); ++i) {
        if (!node.slice[i]) continue;
        wanted[i] = emit_.new_buffer("wanted", std::max(elements[i].type.bytes, 8U));
        put(*wanted[i], elements[i].type, value(*node.slice[i]));
    }

    const auto body = begin_loop_body("foreach", {ir::Type::Address, ir::Type::Address});
    const uint32_t key_bytes = (facts.key->bytes + 7) / 8 * 8;
    const Place key = emit_.new_buffer("key", key_bytes + 8);  // with room for a bucket
    emit_.copy(key, {body.registers[0], Constant{0}}, key_bytes);
    const auto part = [&](size_t i) {
        return loaded(further(key, elements[i].offset), elements[i].type);
    };
    const ir::BlockId passed_by = emit_.new_block();
    for (size_t i = 0; i < elements.size(); ++i) {
        if (!wanted[i]) continue;
        const ir::BlockId same = emit_.new_block();
        emit_.branch(Compare::NotEqual,
                     compared(BinaryOp::Equal, part(i), loaded(*wanted[i], elements[i].type), span),
                     Constant{0}, same, passed_by);
        emit_.go_on_in(same);
    }
    if (rest) {
        const ir::BlockId go_on = emit_.new_block();
        const ir::BlockId stop = emit_.new_block();
        const Operand left_over = emit_.load(*rest, 8);
        emit_.branch(Compare::SignedLessEqual, left_over, Constant{0}, stop, go_on);
        emit_.go_on_in(stop);
        emit_.give_back(Constant{1});
        emit_.go_on_in(go_on);
        emit_.store(*rest, 8, emit_.compute(Op::Sub, left_over, Constant{1}));
    }
    for (size_t i = 0; i < elements.size(); ++i) assign_named(node.keys[i].name, span, part(i));
    if (value_type.is_aggregate()) {
        if (!node.value.empty()) scope_.elements[node.value] = {node.map, key};
    } else if (!node.value.empty()) {
        assign_named(node.value, span, loaded({body.registers[1], Constant{0}}, value_type));
    }
    block(node.body);
    scope_.elements.erase(node.value);
    emit_.jump_into(passed_by);
    end_loop_body();
    emit_.emit(ir::ForEach{{map_id(script_, node.map)}, body.function, order});
    after_call();
}

// A local, or a global of SystemTap's.
void Lowering::assign_named(const std::string& name, Span span, const Value& value) {
    if (!is_global(name)) return assign_to_variable(name, span, value);
    MapAccess whole;
    whole.name = name;
    assign_to_map(whole, span, value);
}

// ---- delete

// All elements, one by one: so it can be done in the kernel too.
void Lowering::delete_all(const std::string& map) {
    std::vector<uint32_t> maps = {map_id(script_, map)};
    if (const auto part = user_part(map)) maps.push_back(*part);
    for (const HistogramOf& each : histograms_of(script_, map)) maps.push_back(each.map);
    for (const uint32_t id : maps) {
        const uint32_t bytes = script_.plan.ir_maps[id].key_bytes;
        const auto body = emit_.begin_function("delete", {ir::Type::Address, ir::Type::Address});
        const Place key = emit_.new_buffer("key", bytes);
        emit_.copy(key, {body.registers[0], Constant{0}}, bytes);
        emit_.call(Helper::MapDelete, {MapId{id}, key});
        emit_.give_back(Constant{0});
        emit_.end_function();
        emit_.emit(ir::ForEach{{id}, body.function});
    }
}

void Lowering::of(const Delete& node, Span span) {
    const auto* access = std::get_if<MapAccess>(&node.target->node);
    const auto* name = std::get_if<Name>(&node.target->node);
    if (access != nullptr && (!is_stap() || access->has_keys)) {
        if (is_stap()) delete_histograms(*access, span);
        delete_from_map(*access, span);
        return;
    }
    if (!is_stap() || name == nullptr)
        return error(codes::kTypeMismatch, span,
                     "only an element of a map or an array can be deleted",
                     is_stap() ? "delete array[key]" : "delete(@x[key])");
    if (!is_global(name->name)) {
        if (const Home* home = home_of(name->name))
            assign_to_variable(name->name, span, Value::of(home->type, std::monostate{}));
        return;
    }
    const MapFacts& facts = facts_of(script_, name->name, span);
    if (!facts.value) return;
    if (facts.key && facts.key->kind == Kind::None && !facts.value->is_aggregate())
        return assign_named(name->name, span, Value::of(*facts.value, std::monostate{}));
    delete_all(name->name);
}

}  // namespace knowhy::lang
