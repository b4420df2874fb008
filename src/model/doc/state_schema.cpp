// Prints docs/schema/recorded_state.json from the lists of codec_fields.h: what the records `host`
// and `namespace` of a recording hold (docs/recording.md).
#include <fmt/format.h>

#include "model/codec_fields.h"

namespace {

using nlohmann::ordered_json;
namespace model = knowhy::model;

template <typename T>
ordered_json schema();

ordered_json byte_string(std::string_view what) {
    return {{"type", "string"}, {"description", fmt::format("a byte string: {}", what)}};
}

template <typename T>
ordered_json schema_of(const T& /*value*/) {
    if constexpr (std::is_same_v<T, bool>) {
        return {{"type", "boolean"}};
    } else if constexpr (std::is_unsigned_v<T>) {
        return {{"type", "integer"}, {"minimum", 0}, {"maximum", std::numeric_limits<T>::max()}};
    } else if constexpr (std::is_integral_v<T>) {
        return {{"type", "integer"}};
    } else {
        static_assert(model::Recorded<const T>, "no struct that a recording knows");
        return schema<T>();
    }
}
ordered_json schema_of(const std::string& /*value*/) {
    return {{"type", "string"}};
}
ordered_json schema_of(const model::MacAddress& /*value*/) {
    return byte_string("6 bytes");
}
ordered_json schema_of(const model::IpAddress& /*value*/) {
    return byte_string("4 or 16 bytes in network order, none for no address");
}
template <typename T>
ordered_json schema_of(const std::optional<T>& /*value*/) {
    return schema_of(T{});
}
template <typename T>
ordered_json schema_of(const std::vector<T>& /*value*/) {
    return {{"type", "array"}, {"items", schema_of(T{})}};
}
template <typename T>
ordered_json schema_of(const std::map<std::string, T>& /*value*/) {
    return {{"type", "object"}, {"additionalProperties", schema_of(T{})}};
}
// An absent value has no entry in a struct, and is null in a map.
ordered_json schema_of(const std::map<std::string, std::optional<std::string>>& /*value*/) {
    return {{"type", "object"},
            {"additionalProperties", {{"type", ordered_json::array({"string", "null"})}}}};
}

template <typename T>
inline constexpr bool kIsRecordOfItsOwn = false;
template <>
inline constexpr bool kIsRecordOfItsOwn<std::map<uint32_t, model::NetnsState>> = true;
template <>
inline constexpr bool kIsRecordOfItsOwn<std::vector<model::NetnsState>> = true;

template <typename T>
ordered_json schema() {
    ordered_json properties = ordered_json::object();
    const T object{};
    model::visit_fields(
        [&](const char* name, const auto& field) {
            if constexpr (!kIsRecordOfItsOwn<std::decay_t<decltype(field)>>)
                properties[name] = schema_of(field);
        },
        object);
    return {{"type", "object"}, {"properties", std::move(properties)}};
}

}  // namespace

int main() {
    ordered_json all = {{"$schema", "http://json-schema.org/draft-07/schema#"},
                        {"title", "The state of a host in a recording"},
                        {"description",
                         "CBOR maps of docs/recording.md, as JSON. What is not known has no entry. "
                         "The meaning of the fields is told in src/model/state.h."},
                        {"type", "object"}};
    all["properties"] = {{"host", schema<model::HostState>()},
                         {"namespace", schema<model::NetnsState>()}};
    fmt::print("{}\n", all.dump(2));
    return 0;
}
