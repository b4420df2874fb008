#include "lang/sema/stap_statistics.h"

#include <algorithm>

#include "lang/sema/aggregate_values.h"
#include "lang/sema/lowering.h"
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

Type statistic_type() {
    constexpr uint32_t kBytes = 32;
    Type type;
    type.kind = Kind::Statistic;
    type.bytes = kBytes;
    type.is_signed = true;
    return type;
}

namespace {

// By this name among the script's maps; nobody can write it.
std::string histogram_name(const std::string& global, size_t index) {
    return fmt::format("{} @hist {}", global, index);
}

// How many buckets of an element are likely hit.
constexpr uint64_t kBuckets = 24;

}  // namespace

std::vector<HistogramOf> histograms_of(ScriptContext& script, const std::string& global) {
    std::vector<HistogramOf> all;
    const MapFacts facts = script.maps[global];
    for (size_t i = 0; i < facts.histograms.size(); ++i) {
        MapFacts& own = script.maps[histogram_name(global, i)];
        own.key = facts.key;
        own.value = facts.histograms[i];
        own.entries = facts.entries.value_or(script.plan.config.max_map_keys) * kBuckets;
        own.hidden = true;
        all.push_back({map_id(script, histogram_name(global, i)), facts.histograms[i]});
    }
    return all;
}

// ---- x <<< n

void Lowering::accumulate_statistic(const MapAccess& access, const Value& number, Span span) {
    MapFacts& facts = facts_of(script_, access.name, span);
    const Place key = key_place(access, span);
    if (!join_type(script_, facts.value, statistic_type(), span, access.name)) return;
    if (site_.in_user_space()) {
        script_.learned |= !facts.written_in_user_space;
        facts.written_in_user_space = true;
    }
    const ir::Reg value = emit_.in_register(number.scalar());
    const ir::BlockId after = emit_.new_block();
    const ir::Reg there =
        value_in_map({map_id(script_, access.name)}, key, statistic_type().bytes, after);
    const auto field = [&](uint32_t at) { return Place{there, Constant{at}}; };
    const Place count = field(0);
    const Place sum = field(8);
    const Place least = field(16);
    const Place greatest = field(24);
    const ir::BlockId first = emit_.new_block();
    const ir::BlockId compare = emit_.new_block();
    const ir::BlockId lower = emit_.new_block();
    const ir::BlockId not_lower = emit_.new_block();
    const ir::BlockId higher = emit_.new_block();
    const ir::BlockId counted = emit_.new_block();
    emit_.branch(Compare::Equal, emit_.load(count, 8), Constant{0}, first, compare);
    emit_.go_on_in(first);
    emit_.store(least, 8, value);
    emit_.jump(higher);
    emit_.go_on_in(compare);
    emit_.branch(Compare::SignedLess, value, emit_.load(least, 8), lower, not_lower);
    emit_.go_on_in(lower);
    emit_.store(least, 8, value);
    emit_.jump(counted);
    emit_.go_on_in(not_lower);
    emit_.branch(Compare::SignedGreater, value, emit_.load(greatest, 8), higher, counted);
    emit_.go_on_in(higher);
    emit_.store(greatest, 8, value);
    emit_.jump_into(counted);
    emit_.emit(ir::AtomicAdd{count, 8, Constant{1}});
    emit_.emit(ir::AtomicAdd{sum, 8, value});
    emit_.jump_into(after);
    for (const HistogramOf& each : histograms_of(script_, access.name))
        accumulate({each.map}, key, each.type, value);
}

// ---- What is asked of them

// The element that an operator's argument names: x, x[k], or the value of a foreach.
std::optional<Lowering::Element> Lowering::statistic_at(const Expr& expr) {
    std::optional<Element> element;
    if (const auto* name = std::get_if<Name>(&expr.node)) {
        if (const auto found = scope_.elements.find(name->name); found != scope_.elements.end())
            return found->second;
        if (is_global(name->name))
            element = Element{name->name, key_place(name->name, {}, false, expr.span)};
    }
    if (const auto* access = std::get_if<MapAccess>(&expr.node)) {
        element = Element{access->name, key_place(*access, expr.span)};
    }
    const auto facts = element ? script_.maps.find(element->map) : script_.maps.end();
    const bool holds = facts != script_.maps.end() && facts->second.value &&
                       facts->second.value->kind == Kind::Statistic;
    if (holds) return element;
    error(codes::kTypeMismatch, expr.span, "this holds no statistics",
          "a global does that `x <<< n` adds to");
    return std::nullopt;
}

// The histogram's map for what is asked, which the next round fills.
std::optional<uint32_t> Lowering::histogram_map(const std::string& global, const Type& type) {
    MapFacts& facts = script_.maps.at(global);
    if (std::ranges::find(facts.histograms, type) == facts.histograms.end()) {
        facts.histograms.push_back(type);
        script_.learned = true;
    }
    for (const HistogramOf& each : histograms_of(script_, global))
        if (each.type == type) return each.map;
    return std::nullopt;
}

// Of all its histograms, those of this element.
void Lowering::delete_histograms(const MapAccess& access, Span span) {
    const auto facts = script_.maps.find(access.name);
    if (facts == script_.maps.end() || facts->second.histograms.empty()) return;
    const Place key = key_place(access, span);
    for (const HistogramOf& each : histograms_of(script_, access.name)) {
        const uint32_t bytes = script_.plan.ir_maps[each.map].key_bytes;
        const auto body = emit_.begin_function("delete", {ir::Type::Address, ir::Type::Address});
        const Place other = emit_.new_buffer("other", bytes);
        emit_.copy(other, {body.registers[0], Constant{0}}, bytes);
        const ir::BlockId after = emit_.new_block();
        for (uint32_t at = 0; at + 8 < bytes; at += 8) {
            const ir::BlockId same = emit_.new_block();
            emit_.branch(Compare::Equal, emit_.load(further(other, at), 8),
                         emit_.load(further(key, at), 8), same, after);
            emit_.go_on_in(same);
        }
        emit_.call(Helper::MapDelete, {MapId{each.map}, other});
        emit_.jump_into(after);
        emit_.give_back(Constant{0});
        emit_.end_function();
        emit_.emit(ir::ForEach{{each.map}, body.function});
    }
}

Value Lowering::statistic(const Expr& expr, AggregatePart part, Span span) {
    const auto element = statistic_at(expr);
    if (!element) return Value::unknown();
    const Type type = statistic_type();
    const auto ask = [&](AggregatePart which) {
        return aggregate_value(*this, element->map, element->key, type, which);
    };
    if (part != AggregatePart::Count && part != AggregatePart::Sum) {
        // Nothing has no least, no greatest and no mean.
        const ir::BlockId nothing = emit_.new_block();
        const ir::BlockId some = emit_.new_block();
        emit_.branch(Compare::Equal, ask(AggregatePart::Count).scalar(), Constant{0}, nothing,
                     some);
        emit_.go_on_in(nothing);
        fail(Value::of(Type::string(16), Text{"empty aggregate"}), span);
        emit_.jump_into(some);
    }
    Value number = ask(part);
    number.type = Type::integer(8, true);
    return number;
}

void Lowering::histogram(const Call& call, Span span) {
    const auto element = statistic_at(*call.arguments.front());
    if (!element) return;
    Type type = Type::histogram(0);
    if (call.function == "@hist_linear") {
        constexpr uint32_t kMostBuckets = 1002;
        const int64_t from = constant(*call.arguments[1]).value_or(0);
        const int64_t to = constant(*call.arguments[2]).value_or(1);
        const int64_t step = constant(*call.arguments[3]).value_or(1);
        // The last bucket begins at `to`.
        if (step <= 0 || to < from || linear_buckets(from, to + step, step) > kMostBuckets)
            return error(codes::kWrongArguments, span,
                         "the least, the greatest and the step between them make no buckets",
                         "@hist_linear(x, 0, 100, 10); at most 1000 steps");
        type = Type::linear_histogram(from, to + step, step);
    }
    const auto map = histogram_map(element->map, type);
    if (!map) return;
    const Type key = script_.maps.at(element->map).key.value_or(Type::none());
    send(HistogramOutput{*map}, {Value::of(key, element->key)}, span);
}

bool is_histogram(const Expr& expr) {
    const auto* call = std::get_if<Call>(&expr.node);
    return call != nullptr && (call->function == "@hist_log" || call->function == "@hist_linear");
}

void print_histogram(Lowering& lowering, const Call& histogram, Span span) {
    const FunctionInfo* info = find_function(histogram.function, Dialect::Stap);
    const size_t count = histogram.arguments.size();
    if (count < info->least || count > info->most)
        return lowering.error(codes::kWrongArguments, span,
                              fmt::format("{}() has other arguments", histogram.function),
                              std::string(info->form));
    lowering.histogram(histogram, span);
}

namespace {

template <AggregatePart Part>
Value part(Lowering& lowering, const Call& call, Span span) {
    return lowering.statistic(*call.arguments.front(), Part, span);
}

Value histogram_alone(Lowering& lowering, const Call& call, Span span) {
    lowering.error(codes::kTypeMismatch, span,
                   fmt::format("{}() is a histogram, which is only printed", call.function),
                   fmt::format("print({}(...))", call.function));
    return Value::unknown();
}

Value variance(Lowering& lowering, const Call& /*call*/, Span span) {
    lowering.error(codes::kCannot, span, "the variance is not kept",
                   "add up n and n * n in two variables");
    return Value::unknown();
}

}  // namespace

std::vector<FunctionInfo> statistic_functions() {
    using Part = AggregatePart;
    return {
        {"@count", "@count(x)", "how many numbers were added by x <<< n", 1, 1, false,
         part<Part::Count>},
        {"@sum", "@sum(x)", "their sum", 1, 1, false, part<Part::Sum>},
        {"@min", "@min(x)", "the least of them; an error where there is none", 1, 1, false,
         part<Part::Least>},
        {"@max", "@max(x)", "the greatest of them; likewise", 1, 1, false, part<Part::Greatest>},
        {"@avg", "@avg(x)", "their mean; likewise", 1, 1, false, part<Part::Mean>},
        {"@variance", "@variance(x)", "not supported: the variance is not kept", 1, 2, false,
         variance},
        {"@hist_log", "print(@hist_log(x))", "a histogram by powers of two", 1, 1, false,
         histogram_alone},
        {"@hist_linear", "print(@hist_linear(x, least, greatest, step))",
         "a histogram in equal steps", 4, 4, false, histogram_alone},
    };
}

}  // namespace knowhy::lang
