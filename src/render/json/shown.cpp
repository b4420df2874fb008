#include "render/json/shown.h"

#include "base/text.h"
#include "render/json/values.h"

namespace knowhy::render {
namespace {

using model::Shown;
using Kind = Shown::Kind;

std::string_view kind_name(Kind kind) {
    switch (kind) {
        case Kind::Number:
            return "number";
        case Kind::Bool:
            return "bool";
        case Kind::Text:
            return "text";
        case Kind::Bytes:
            return "bytes";
        case Kind::Enum:
            return "enum";
        case Kind::Flags:
            return "flags";
        case Kind::Mac:
            return "mac";
        case Kind::Ip:
            return "ip";
        case Kind::Pointer:
            return "pointer";
        case Kind::Struct:
            return "struct";
        case Kind::Union:
            return "union";
        case Kind::Array:
            return "array";
        case Kind::Missing:
            return "missing";
    }
    return "missing";
}

Json number_json(const Shown& shown) {
    if (!shown.number) return nullptr;
    constexpr uint64_t kExact = uint64_t{1} << 53U;  // beyond it a reader's double loses digits
    const auto value = static_cast<int64_t>(*shown.number);
    if (shown.is_signed && value < 0 && value > -static_cast<int64_t>(kExact)) return value;
    if (*shown.number > kExact) return hex(*shown.number);
    return *shown.number;
}

Json value_json(const Shown& shown) {
    switch (shown.kind) {
        case Kind::Number:
            return number_json(shown);
        case Kind::Bool:
            return shown.number.value_or(0) != 0;
        case Kind::Enum:
            return shown.names.empty() ? number_json(shown) : Json(shown.names.front());
        case Kind::Flags:
            return shown.names;
        case Kind::Pointer:
            return hex(shown.number.value_or(0));
        case Kind::Missing:
            return nullptr;
        default:
            return text_or_null(shown.text);
    }
}

Json shown_json(const Shown& shown) {
    Json json = {{"name", text_or_null(shown.name)},
                 {"c_type", shown.type},
                 {"address", hex(shown.address)},
                 {"kind", kind_name(shown.kind)},
                 {"value", value_json(shown)}};
    if (shown.kind == Kind::Text) json["value"] = shown.text;  // "" is a text
    if (shown.bit_size != 0) json["bits"] = {shown.bit_offset, shown.bit_size};
    const bool named = shown.kind == Kind::Enum || shown.kind == Kind::Flags;
    if (named) json["number"] = number_json(shown);
    if (named) json["names_from"] = text_or_null(shown.names_from);
    if (shown.kind == Kind::Pointer) json["to"] = text_or_null(shown.text);
    if (shown.kind == Kind::Missing) json["problem"] = shown.text;
    if (shown.big_endian) json["big_endian"] = true;
    if (shown.members.empty()) return json;
    json["members"] = Json::array();
    for (const Shown& member : shown.members) json["members"].push_back(shown_json(member));
    return json;
}

}  // namespace

std::string showing_json(const model::Showing& showing) {
    std::string lines;
    for (const model::ShownObject& object : showing.objects) {
        Json line = {{"type", "shown"},
                     {"kernel", text_or_null(showing.kernel)},
                     {"core", text_or_null(showing.core)},
                     {"module", text_or_null(object.module)},
                     {"note", text_or_null(object.note)},
                     {"bytes", object.root.bytes}};
        line.update(shown_json(object.root));
        lines += json_line(line);
    }
    return lines;
}

}  // namespace knowhy::render
