#include "render/script/json.h"

#include <fmt/format.h>

#include "base/text.h"
#include "render/json/drops.h"
#include "render/json/values.h"
#include "render/script/map.h"
#include "render/script/printf.h"
#include "render/script/values.h"
#include "render/script/words.h"

namespace knowhy::render {
namespace {

using namespace model;  // NOLINT(google-build-using-namespace): one case for each of its types

// Numbers that pass 2^53 are strings, as everywhere in the house's JSON.
constexpr int64_t kMostExact = int64_t{1} << 53;

Json number_json(const Value::Integer& value) {
    if (value.is_signed) {
        const bool exact = value.bits <= kMostExact && value.bits >= -kMostExact;
        return exact ? Json(value.bits) : Json(integer_text(value));
    }
    const auto bits = static_cast<uint64_t>(value.bits);
    return bits <= static_cast<uint64_t>(kMostExact) ? Json(bits) : Json(integer_text(value));
}

Json count_json(uint64_t count) {
    return number_json({static_cast<int64_t>(count), false, 8});
}

Json place_json(const CodePlace& place) {
    Json json{{"symbol", text_or_null(place.name)}, {"offset", place.offset}};
    json["image"] = text_or_null(place.image);
    json["build_id"] = text_or_null(place.build_id);
    json["address"] = hex(place.address);
    return json;
}

Json bucket_json(const Value::Bucket& bucket) {
    Json json;
    json["first"] = bucket.first == INT64_MIN ? Json() : number_json({bucket.first});
    json["last"] = bucket.last == INT64_MAX ? Json() : number_json({bucket.last});
    json["count"] = count_json(bucket.count);
    return json;
}

class Emitter {
  public:
    explicit Emitter(const ScriptOptions& options) : options_(options) {}

    [[nodiscard]] Json emit(const Value& value) const { return std::visit(*this, value.of); }

    Json operator()(const Value::Nothing&) const { return {}; }
    Json operator()(const Value::Integer& value) const { return number_json(value); }
    Json operator()(const Value::Boolean& value) const { return value.is_true; }
    Json operator()(const Value::Text& value) const { return value.raw; }
    Json operator()(const Value::Bytes& value) const {
        std::string digits;
        for (const char c : value.raw) digits += fmt::format("{:02x}", static_cast<uint8_t>(c));
        return {{"bytes", digits}};
    }
    Json operator()(const Value::Pointer& value) const { return hex(value.address); }
    Json operator()(const Value::Enumerated& value) const {
        return {{"name", text_or_null(value.name)}, {"value", number_json(value.value)}};
    }
    Json operator()(const Value::Struct& value) const {
        Json json = Json::object();
        for (const auto& [name, member] : value.members) json[name] = emit(member);
        return json;
    }
    Json operator()(const Value::Array& value) const { return list(value.elements); }
    Json operator()(const Value::Tuple& value) const {
        if (value.names.empty()) return list(value.elements);
        Json json = Json::object();
        const size_t both = std::min(value.names.size(), value.elements.size());
        for (size_t i = 0; i < both; ++i) json[value.names[i]] = emit(value.elements[i]);
        return json;
    }
    Json operator()(const Value::Symbol& value) const { return place_json(value.place); }
    Json operator()(const Value::Stack& value) const {
        if (value.error != 0) return {{"errno", value.error}};
        Json frames = Json::array();
        for (const CodePlace& frame : value.frames) frames.push_back(place_json(frame));
        return {{"stack", frames}};
    }
    Json operator()(const IpAddress& value) const { return value.text(); }
    Json operator()(const MacAddress& value) const { return value.text(); }
    Json operator()(const Value::Timestamp& value) const {
        return {{"text", value.text}, {"time_ns", value.realtime_ns}};
    }
    Json operator()(const Value::Average& value) const {
        Json json;
        json["count"] = count_json(value.count);
        json["average"] = number_json(value.mean());
        json["total"] = number_json(value.total);
        return json;
    }
    Json operator()(const Value::Histogram& value) const {
        Json buckets = Json::array();
        for (const Value::Bucket& bucket : value.buckets) buckets.push_back(bucket_json(bucket));
        return {{"buckets", buckets}};
    }
    Json operator()(const Value::Statistic& value) const {
        Json json;
        json["count"] = count_json(value.count);
        json["sum"] = number_json({value.sum});
        json["min"] = number_json({value.min});
        json["max"] = number_json({value.max});
        if (!value.histogram.buckets.empty()) json.update((*this)(value.histogram));
        return json;
    }

    Json operator()(const AttachedProbes&) const { return {}; }  // script_json() says it
    Json operator()(const PrintedFormat& said) const {
        Json json = printed("printf", formatted_text(said.what, options_));
        if (said.to == PrintedFormat::To::Out) return json;
        json["how"] = said.to == PrintedFormat::To::Error ? "errorf" : "warnf";
        return placed(std::move(json), said.place);
    }
    Json operator()(const PrintedText& said) const {
        static constexpr std::string_view kHow[] = {"time", "cat", "join", "system"};
        return printed(kHow[static_cast<size_t>(said.kind)], said.text);
    }
    Json operator()(const PrintedValue& said) const {
        return {{"type", "value"}, {"value", emit(said.value)}};
    }
    Json operator()(const PrintedElement& said) const {
        MapDump map;
        map.name = said.map;
        map.keyed = true;
        map.entries.push_back(said.entry);
        return (*this)(PrintedMap{std::move(map)});
    }
    Json operator()(const PrintedMap& said) const {
        Json entries = Json::array();
        for (const MapDump::Entry& entry : printed_entries(said.map, options_)) {
            Json json;
            if (said.map.keyed) json["key"] = key_json(entry.key);
            json["value"] = emit(entry.value);
            entries.push_back(std::move(json));
        }
        Json json{{"type", "map"}, {"name", said.map.name}, {"keyed", said.map.keyed}};
        json["divisor"] = said.map.divisor;
        json["entries"] = std::move(entries);
        return json;
    }
    Json operator()(const LostEvents& said) const {
        return {{"type", "lost"}, {"events", count_json(said.count)}};
    }
    Json operator()(const HelperError& said) const {
        Json json{{"type", "helper_error"}, {"helper", said.helper}, {"errno", said.os_errno}};
        json["message"] = helper_error_words(said);
        return placed(std::move(json), said.place);
    }

  private:
    [[nodiscard]] Json list(const std::vector<Value>& elements) const {
        Json json = Json::array();
        for (const Value& element : elements) json.push_back(emit(element));
        return json;
    }

    // Always a list: a reader need not tell one key from several.
    [[nodiscard]] Json key_json(const Value& key) const {
        const auto* tuple = key.get<Value::Tuple>();
        if (tuple != nullptr) return list(tuple->elements);
        Json json = Json::array();
        json.push_back(emit(key));
        return json;
    }

    static Json printed(std::string_view how, const std::string& text) {
        return {{"type", "printed"}, {"how", how}, {"text", text}};
    }

    static Json placed(Json json, const ScriptPlace& place) {
        json["file"] = text_or_null(place.file);
        json["line"] = place.line == 0 ? Json() : Json(place.line);
        json["column"] = place.column == 0 ? Json() : Json(place.column);
        return json;
    }

    const ScriptOptions& options_;
};

}  // namespace

std::string script_json(const ScriptEvent& event, const ScriptOptions& options) {
    // Said the same way by every live command.
    if (const auto* attached = std::get_if<AttachedProbes>(&event)) {
        return armed_json(static_cast<unsigned>(attached->count), attached->clock);
    }
    return json_line(std::visit(Emitter(options), event));
}

}  // namespace knowhy::render
