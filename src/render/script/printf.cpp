#include "render/script/printf.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "render/script/stap.h"
#include "render/script/values.h"

namespace knowhy::render {
namespace {

using model::Conversion;
using model::FormatPiece;
using model::Value;

// What of a value is a number; nullopt: nothing.
std::optional<Value::Integer> number_of(const Value& value) {
    if (const auto* integer = value.get<Value::Integer>()) return *integer;
    if (const auto* boolean = value.get<Value::Boolean>()) {
        return Value::Integer{boolean->is_true ? 1 : 0, false, 1};
    }
    if (const auto* enumerated = value.get<Value::Enumerated>()) return enumerated->value;
    if (const auto* average = value.get<Value::Average>()) return average->mean();
    if (const auto* symbol = value.get<Value::Symbol>()) {
        return Value::Integer{static_cast<int64_t>(symbol->place.address), false, 8};
    }
    if (const auto* pointer = value.get<Value::Pointer>()) {
        return Value::Integer{static_cast<int64_t>(pointer->address), false, 8};
    }
    return std::nullopt;
}

std::string padded(std::string text, const Conversion& conversion) {
    if (text.size() >= conversion.width) return text;
    const size_t missing = conversion.width - text.size();
    return conversion.left ? text + std::string(missing, ' ') : std::string(missing, ' ') + text;
}

// As C pads a number: zeros go between the sign or prefix and the digits, and a precision is their
// least number.
std::string padded_number(const std::string& prefix, std::string digits,
                          const Conversion& conversion) {
    size_t least = conversion.precision.value_or(1);
    if (conversion.precision == 0U && digits == "0") digits.clear();
    if (conversion.zeros && !conversion.left && !conversion.precision) {
        least = conversion.width > prefix.size() ? conversion.width - prefix.size() : 0;
    }
    if (digits.size() < least) digits.insert(0, least - digits.size(), '0');
    return padded(prefix + digits, conversion);
}

class Writer {
  public:
    Writer(std::span<const Value> values, const ScriptOptions& options)
        : values_(values), options_(options) {}

    std::string write(const std::vector<FormatPiece>& pieces) {
        std::string text;
        for (const FormatPiece& piece : pieces) {
            text += piece.text;
            if (piece.conversion) text += convert(*piece.conversion);
        }
        return text;
    }

  private:
    std::string convert(Conversion conversion) {
        if (conversion.width_given) take_width(conversion);
        if (conversion.precision_given) take_precision(conversion);
        const Value* value = next();
        if (value == nullptr) return {};
        switch (conversion.letter) {
            case 's':
                return string(*value, conversion);
            case 'r':
                return buffer(*value, conversion);
            case 'm':
            case 'M':
                return memory(*value, conversion);
            default:
                break;
        }
        const auto number = number_of(*value);
        return number ? integer(*number, conversion) : string(*value, conversion);
    }

    const Value* next() { return next_ < values_.size() ? &values_[next_++] : nullptr; }

    int64_t next_number() {
        const Value* value = next();
        const auto number = value == nullptr ? std::nullopt : number_of(*value);
        return number ? number->bits : 0;
    }

    // A negative width means left, as in C.
    void take_width(Conversion& conversion) {
        const int64_t width = next_number();
        conversion.left = conversion.left || width < 0;
        const uint64_t columns =
            width < 0 ? 0 - static_cast<uint64_t>(width) : static_cast<uint64_t>(width);
        conversion.width =
            static_cast<uint32_t>(std::min<uint64_t>(columns, model::kMostFormatWidth));
    }

    // And a negative precision none.
    void take_precision(Conversion& conversion) {
        const int64_t precision = next_number();
        if (precision < 0) return;
        conversion.precision =
            static_cast<uint32_t>(std::min<int64_t>(precision, model::kMostFormatWidth));
    }

    std::string string(const Value& value, const Conversion& conversion) const {
        std::string text = value_text(value, options_);
        if (options_.is_systemtap() && conversion.alternate) text = stap_escaped(text);
        if (conversion.precision) text.resize(std::min<size_t>(*conversion.precision, text.size()));
        return padded(std::move(text), conversion);
    }

    std::string buffer(const Value& value, const Conversion& conversion) const {
        const auto* bytes = value.get<Value::Bytes>();
        if (bytes == nullptr) return string(value, conversion);
        const BufferStyle style = conversion.style == 'x'   ? BufferStyle::Escaped
                                  : conversion.style == 'h' ? BufferStyle::Hex
                                                            : BufferStyle::Ascii;
        return padded(buffer_text(bytes->raw, style), conversion);
    }

    // SystemTap's: the bytes at an address as they are, or in hex without anything between them.
    std::string memory(const Value& value, const Conversion& conversion) const {
        const auto* bytes = value.get<Value::Bytes>();
        if (bytes == nullptr) return string(value, conversion);
        std::string text = bytes->raw;
        if (conversion.letter == 'M') {
            text.clear();
            for (const char c : bytes->raw) {
                text += fmt::format("{:02x}", static_cast<uint8_t>(c));
            }
        }
        return padded(std::move(text), conversion);
    }

    // The value as the length modifier and the conversion have it, whatever its own sign. Without a
    // modifier, 0.17 has C's int.
    [[nodiscard]] Value::Integer sized(const Value::Integer& value,
                                       const Conversion& conversion) const {
        uint32_t bytes = conversion.bytes;
        if (bytes == 0) bytes = options_.is_017() && conversion.letter != 'p' ? 4 : 8;
        if (options_.is_systemtap()) bytes = 8;  // all its numbers are long
        const uint32_t unused = 64 - 8 * bytes;
        const uint64_t top = static_cast<uint64_t>(value.bits) << unused;
        if (conversion.letter == 'd') return {static_cast<int64_t>(top) >> unused, true, 8};
        return {static_cast<int64_t>(top >> unused), false, 8};
    }

    std::string integer(const Value::Integer& given, const Conversion& conversion) const {
        const Value::Integer value = sized(given, conversion);
        const auto bits = static_cast<uint64_t>(value.bits);
        switch (conversion.letter) {
            case 'c':
                return character(static_cast<char>(bits), conversion);
            case 'b':
                return raw_bytes(bits, conversion);
            case 'p':
                return pointer(bits, conversion);
            case 'x':
                return padded_number(prefix(bits, conversion, "0x"), fmt::format("{:x}", bits),
                                     conversion);
            case 'X':
                return padded_number(prefix(bits, conversion, "0X"), fmt::format("{:X}", bits),
                                     conversion);
            case 'o':
                return padded_number(prefix(bits, conversion, "0"), fmt::format("{:o}", bits),
                                     conversion);
            case 'u':
                return padded_number("", std::to_string(bits), conversion);
            default:
                return decimal(value, conversion);
        }
    }

    // SystemTap has 0x before a zero, too.
    [[nodiscard]] std::string prefix(uint64_t bits, const Conversion& conversion,
                                     std::string_view with) const {
        const bool wanted = bits != 0 || (options_.is_systemtap() && conversion.letter != 'o');
        return conversion.alternate && wanted ? std::string(with) : "";
    }

    [[nodiscard]] std::string character(char one, const Conversion& conversion) const {
        const std::string text(1, one);
        const bool escaped = options_.is_systemtap() && conversion.alternate;
        return padded(escaped ? stap_escaped(text) : text, conversion);
    }

    static std::string decimal(const Value::Integer& value, const Conversion& conversion) {
        std::string digits = integer_text(value);
        std::string sign = conversion.plus ? "+" : conversion.blank ? " " : "";
        if (digits.front() == '-') {
            sign = "-";
            digits.erase(0, 1);
        }
        return padded_number(sign, std::move(digits), conversion);
    }

    [[nodiscard]] std::string pointer(uint64_t bits, const Conversion& conversion) const {
        if (bits != 0 || options_.is_systemtap()) {
            return padded(fmt::format("{:#x}", bits), conversion);
        }
        // What C and C++ have for it: 0.17 prints by the one, 0.26 by the other.
        return padded(options_.is_017() ? "(nil)" : "0", conversion);
    }

    // SystemTap's %b: the width is how many bytes, in the machine's order.
    static std::string raw_bytes(uint64_t bits, const Conversion& conversion) {
        const size_t size = std::clamp<size_t>(conversion.width == 0 ? 8 : conversion.width, 1, 8);
        return {reinterpret_cast<const char*>(&bits), size};
    }

    std::span<const Value> values_;
    const ScriptOptions& options_;
    size_t next_ = 0;
};

}  // namespace

std::string formatted_text(const model::Formatted& what, const ScriptOptions& options) {
    const auto pieces = model::parse_format(what.format, options.dialect);
    if (!pieces) return what.format;
    return Writer(what.values, options).write(*pieces);
}

}  // namespace knowhy::render
