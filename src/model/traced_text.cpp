#include "model/traced_text.h"

#include <fmt/format.h>

#include <variant>

#include "base/result.h"
#include "base/text.h"

namespace knowhy::model {
namespace {

constexpr int64_t kLargestErrno = 4095;  // MAX_ERRNO, include/linux/err.h

std::string number_text(const Value::Integer& number) {
    if (!number.is_signed) return fmt::to_string(static_cast<uint64_t>(number.bits));
    if (number.bits < 0 && number.bits >= -kLargestErrno) {
        return fmt::format("-{} ({})", errno_name(static_cast<int>(-number.bits)), number.bits);
    }
    return fmt::to_string(number.bits);
}

std::string pointer_text(uint64_t address) {
    if (address == 0) return "NULL";
    const uint64_t error = -address;  // ERR_PTR()
    if (error <= kLargestErrno) {
        return "ERR_PTR " + number_text({static_cast<int64_t>(address), true, 8});
    }
    return hex(address);
}

std::string place_text(const CodePlace& place) {
    if (place.name.empty()) return hex(place.address);
    return place.offset == 0 ? place.name : fmt::format("{}+{:#x}", place.name, place.offset);
}

std::string list_text(const std::vector<Value>& elements) {
    std::string text;
    for (const Value& element : elements) {
        text += (text.empty() ? "" : ", ") + text_of(element);
    }
    return "{" + text + "}";
}

std::string struct_text(const Value::Struct& value) {
    std::string text;
    for (const Value::Struct::Member& member : value.members) {
        text +=
            fmt::format("{}{}={}", text.empty() ? "" : ", ", member.name, text_of(member.value));
    }
    return "{" + text + "}";
}

// Kinds that no argument has come out as nothing.
struct Printer {
    std::string operator()(const Value::Integer& value) const { return number_text(value); }
    std::string operator()(const Value::Boolean& value) const {
        return value.is_true ? "true" : "false";
    }
    std::string operator()(const Value::Text& value) const {
        return fmt::format("\"{}\"{}", value.raw, value.cut ? "..." : "");
    }
    std::string operator()(const Value::Bytes& value) const {
        std::string text;
        for (const char byte : value.raw) {
            text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
        }
        return text;
    }
    std::string operator()(const Value::Pointer& value) const {
        return pointer_text(value.address);
    }
    std::string operator()(const Value::Enumerated& value) const {
        return value.name.empty() ? number_text(value.value) : value.name;
    }
    std::string operator()(const Value::Struct& value) const { return struct_text(value); }
    std::string operator()(const Value::Array& value) const { return list_text(value.elements); }
    std::string operator()(const Value::Tuple& value) const { return list_text(value.elements); }
    std::string operator()(const Value::Symbol& value) const { return place_text(value.place); }
    std::string operator()(const IpAddress& value) const { return value.text(); }
    std::string operator()(const MacAddress& value) const { return value.text(); }
    template <typename T>
    std::string operator()(const T&) const {
        return {};
    }
};

const TracedValue* name_of_object(const TracedValue& value) {
    for (const TracedValue& member : value.members) {
        if (member.name == "name" && member.value.get<Value::Text>() != nullptr) return &member;
    }
    return nullptr;
}

}  // namespace

std::string text_of(const Value& value) {
    return std::visit(Printer{}, value.of);
}

std::string text_of(const TracedValue& value) {
    const std::string own = text_of(value.value);
    if (const TracedValue* name = name_of_object(value); name != nullptr) {
        return fmt::format("{} ({})", name->value.get<Value::Text>()->raw, own);
    }
    return value.members.empty() ? own : fmt::format("{} {{{}}}", own, text_of(value.members));
}

std::string text_of(const std::vector<TracedValue>& values) {
    std::string text;
    for (const TracedValue& value : values) {
        if (!text.empty()) text += ", ";
        if (value.name != "return") text += value.name + "=";
        text += text_of(value);
    }
    return text;
}

}  // namespace knowhy::model
