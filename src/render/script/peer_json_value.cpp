#include "render/script/peer_json_value.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "render/script/values.h"

namespace knowhy::render {
namespace {

using model::Value;

// 0.26 quotes what a double does not hold: JSON readers have no other numbers.
std::string number(const Value::Integer& value, const ScriptOptions& options) {
    std::string text = integer_text(value);
    if (options.is_017()) return text;
    const double held = value.is_signed ? static_cast<double>(value.bits)
                                        : static_cast<double>(static_cast<uint64_t>(value.bits));
    // Above these a double is no integer of that type, and comparing would not be defined.
    const double most = value.is_signed ? 9223372036854775808.0 : 18446744073709551616.0;
    const bool exact = held < most && (value.is_signed ? static_cast<int64_t>(held) == value.bits
                                                       : static_cast<uint64_t>(held) ==
                                                             static_cast<uint64_t>(value.bits));
    return exact ? text : '"' + text + '"';
}

class Emitter {
  public:
    Emitter(const ScriptOptions& options, uint64_t divisor)
        : options_(options), divisor_(divisor) {}

    [[nodiscard]] std::string emit(const Value& value) const { return std::visit(*this, value.of); }

    std::string operator()(const Value::Nothing&) const { return "null"; }
    std::string operator()(const Value::Integer& value) const {
        return number(divided(value, divisor_), options_);
    }
    std::string operator()(const Value::Boolean& value) const {
        return value_text({value}, options_);
    }
    std::string operator()(const Value::Bytes& value) const {
        if (options_.is_017()) return peer_json_string(value_text({value}, options_));
        std::vector<int> bytes;
        for (const char c : value.raw) bytes.push_back(static_cast<signed char>(c));
        return fmt::format("[{}]", fmt::join(bytes, ","));
    }
    std::string operator()(const Value::Pointer& value) const {
        return number({static_cast<int64_t>(value.address), options_.is_017(), 8}, options_);
    }
    std::string operator()(const Value::Enumerated& value) const {
        return number(value.value, options_);
    }
    std::string operator()(const Value::Struct& value) const {
        const std::string inner = members(value);
        return options_.is_017() ? "{ " + inner + " }" : '{' + inner + '}';
    }
    std::string operator()(const Value::Array& value) const { return list(value.elements); }
    std::string operator()(const Value::Tuple& value) const {
        if (value.names.size() != value.elements.size() || value.names.empty()) {
            return list(value.elements);
        }
        Value::Struct named;
        for (size_t i = 0; i < value.names.size(); ++i) {
            named.members.push_back({value.names[i], value.elements[i]});
        }
        return '{' + members(named) + '}';
    }
    std::string operator()(const Value::Average& value) const {
        const Value::Integer mean = divided(value.mean(), divisor_);
        if (!value.with_total) return number(mean, options_);
        const Value::Integer count{static_cast<int64_t>(value.count), false, 8};
        return fmt::format(R"({{"count": {}, "average": {}, "total": {}}})",
                           number(count, options_),
                           number(options_.is_017() ? value.mean() : mean, options_),
                           number(value.total, options_));
    }
    std::string operator()(const Value::Histogram& value) const {
        std::string text;
        for (const Value::Bucket& bucket : value.buckets) {
            if (!text.empty()) text += options_.is_017() ? ", " : ",";
            text += bucket_text(bucket, value);
        }
        return '[' + text + ']';
    }
    std::string operator()(const Value::Statistic& value) const {
        return fmt::format(R"({{"count": {}, "sum": {}, "min": {}, "max": {}}})", value.count,
                           value.sum, value.min, value.max);
    }
    // What is text in the text output is a string here.
    template <typename Named>
    std::string operator()(const Named& value) const {
        return peer_json_string(value_text({value}, options_));
    }

  private:
    [[nodiscard]] std::string list(const std::vector<Value>& elements) const {
        std::string text;
        for (const Value& element : elements) {
            if (!text.empty()) text += ',';
            text += emit(element);
        }
        return '[' + text + ']';
    }

    [[nodiscard]] std::string members(const Value::Struct& all) const {
        std::string text;
        for (const auto& [name, value] : all.members) {
            if (!text.empty()) text += ", ";
            text += peer_json_string(name) + ": " + emit(value);
        }
        return text;
    }

    [[nodiscard]] std::string bucket_text(const Value::Bucket& bucket,
                                          const Value::Histogram& histogram) const {
        std::string text = "{";
        const bool beyond = histogram.linear && bucket.last == INT64_MAX;
        if (bucket.first != INT64_MIN) {
            const bool by_max = beyond && options_.is_017();
            text += fmt::format("\"min\": {}, ", by_max ? histogram.max : bucket.first);
        }
        if (!beyond) text += fmt::format("\"max\": {}, ", bucket.last);
        const uint64_t by = histogram.linear ? 1 : std::max<uint64_t>(divisor_, 1);
        return text + fmt::format("\"count\": {}}}", bucket.count / by);
    }

    const ScriptOptions& options_;
    uint64_t divisor_;
};

}  // namespace

std::string peer_json_string(std::string_view text) {
    using nlohmann::json;
    const std::string dumped =
        json(std::string(text)).dump(-1, ' ', false, json::error_handler_t::replace);
    // bpftrace has no names for these two.
    std::string said;
    for (size_t i = 0; i < dumped.size(); ++i) {
        const std::string_view pair = std::string_view(dumped).substr(i, 2);
        if (pair == "\\b" || pair == "\\f") {
            said += pair == "\\b" ? "\\u0008" : "\\u000c";
            ++i;
        } else if (pair[0] == '\\') {
            said += pair;
            ++i;
        } else {
            said += dumped[i];
        }
    }
    return said;
}

std::string peer_json_value(const Value& value, const ScriptOptions& options, uint64_t divisor) {
    return Emitter(options, divisor).emit(value);
}

std::string peer_json_key(const Value& key, const ScriptOptions& options) {
    std::string text;
    if (const auto* tuple = key.get<Value::Tuple>()) {
        for (const Value& element : tuple->elements) {
            if (&element != tuple->elements.data()) text += ',';
            text += key_text(element, options);
        }
    } else {
        text = key_text(key, options);
    }
    // 0.26 drops every blank of a key, those of its strings too.
    if (!options.is_017()) std::erase(text, ' ');
    return peer_json_string(text);
}

}  // namespace knowhy::render
