#include "render/script/values.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "render/script/stap.h"

namespace knowhy::render {
namespace {

using model::CodePlace;
using model::Value;

// In a key, lines of a stack are indented less than in a value.
constexpr unsigned kKeyIndent = 4;
constexpr unsigned kValueIndent = 8;

std::string hex_address(uint64_t address) {
    return fmt::format("{:#x}", address);
}

std::string place_text(const CodePlace& place, bool with_offset) {
    if (place.name.empty()) return hex_address(place.address);
    return with_offset ? fmt::format("{}+{}", place.name, place.offset) : place.name;
}

// As SystemTap's print_backtrace() has it, but for the function's size, which is not known.
std::string stap_frame_text(const CodePlace& frame) {
    if (frame.name.empty()) return fmt::format(" 0x{:016x}", frame.address);
    return fmt::format(" 0x{:016x} : {}+{:#x} [{}]", frame.address, frame.name, frame.offset,
                       frame.image.empty() ? "kernel" : frame.image);
}

std::string frame_text(const CodePlace& frame, const Value::Stack& stack, unsigned indent) {
    switch (stack.mode) {
        case Value::Stack::Mode::Raw:
            return fmt::format("{:x}", frame.address);
        case Value::Stack::Mode::BuildId:
            if (frame.build_id.empty()) return fmt::format("{:x}", frame.address);
            return fmt::format("{} 0x{:02x}", frame.build_id, frame.offset);
        case Value::Stack::Mode::Perf: {
            std::string text = fmt::format("\t{:x} {}", frame.address, place_text(frame, true));
            if (!stack.user_space) return text;
            return text + fmt::format(" ({})", frame.image.empty() ? "[unknown]" : frame.image);
        }
        case Value::Stack::Mode::Lines:
            return stap_frame_text(frame);
        case Value::Stack::Mode::Addresses:
            return hex_address(frame.address);
        case Value::Stack::Mode::Bpftrace:
            break;
    }
    return std::string(indent, ' ') + place_text(frame, true);
}

class Printer {
  public:
    Printer(const ScriptOptions& options, uint64_t divisor, unsigned indent)
        : options_(options), divisor_(divisor), indent_(indent) {}

    std::string print(const Value& value) const { return std::visit(*this, value.of); }

    std::string operator()(const Value::Nothing&) const { return {}; }
    std::string operator()(const Value::Integer& value) const {
        return integer_text(divided(value, divisor_));
    }
    std::string operator()(const Value::Boolean& value) const {
        if (options_.is_017()) return value.is_true ? "1" : "0";
        return value.is_true ? "true" : "false";
    }
    std::string operator()(const Value::Text& value) const {
        return value.cut && !options_.is_017() ? value.raw + options_.cut_trailer : value.raw;
    }
    std::string operator()(const Value::Bytes& value) const {
        return buffer_text(value.raw, BufferStyle::Ascii);
    }
    std::string operator()(const Value::Pointer& value) const {
        // 0.17 has pointers as integers.
        if (options_.is_017()) return std::to_string(static_cast<int64_t>(value.address));
        return hex_address(value.address);
    }
    std::string operator()(const Value::Enumerated& value) const {
        if (options_.is_017() || value.name.empty()) return integer_text(value.value);
        return value.name;
    }
    std::string operator()(const Value::Struct& value) const {
        if (value.members.empty()) return "{}";
        std::string text;
        for (const auto& [name, member] : value.members) {
            text += fmt::format("{}.{} = {}", text.empty() ? "" : ", ", name, print(member));
        }
        return "{ " + text + " }";
    }
    std::string operator()(const Value::Array& value) const {
        return '[' + joined(value.elements, {}, ",") + ']';
    }
    std::string operator()(const Value::Tuple& value) const {
        return '(' + joined(value.elements, value.names, ", ") + ')';
    }
    std::string operator()(const Value::Symbol& value) const {
        return place_text(value.place, false);
    }
    std::string operator()(const Value::Stack& value) const {
        if (value.error != 0) return {};
        if (value.mode == Value::Stack::Mode::Addresses) return addresses(value);
        std::string text = value.mode == Value::Stack::Mode::Lines ? "" : "\n";
        for (const CodePlace& frame : value.frames) {
            text += frame_text(frame, value, indent_) + '\n';
        }
        return text;
    }
    std::string operator()(const model::IpAddress& value) const { return value.text(); }
    std::string operator()(const model::MacAddress& value) const { return mac_text(value); }
    std::string operator()(const Value::Timestamp& value) const { return value.text; }
    std::string operator()(const Value::Average& value) const {
        if (!value.with_total) return (*this)(value.mean());
        const Value::Integer mean =
            options_.is_017() ? value.mean() : divided(value.mean(), divisor_);
        return fmt::format("count {}, average {}, total {}", value.count, integer_text(mean),
                           integer_text(value.total));
    }
    std::string operator()(const Value::Histogram& value) const {
        if (options_.is_systemtap()) return stap_histogram_text(value);
        return histogram_text(value, options_, divisor_);
    }
    std::string operator()(const Value::Statistic& value) const {
        if (value.count == 0) return "@count=0x0";  // in hex, alone: so SystemTap has it
        const int64_t mean = Value::Average{value.count, {value.sum}}.mean().bits;
        return fmt::format("@count={} @min={} @max={} @sum={} @avg={}", value.count, value.min,
                           value.max, value.sum, mean);
    }

    std::string joined(const std::vector<Value>& elements, const std::vector<std::string>& names,
                       std::string_view separator) const {
        std::string text;
        for (size_t i = 0; i < elements.size(); ++i) {
            if (i > 0) text += separator;
            if (i < names.size()) text += names[i] + " = ";
            text += print(elements[i]);
        }
        return text;
    }

  private:
    static std::string addresses(const Value::Stack& stack) {
        std::string text;
        for (const CodePlace& frame : stack.frames)
            text += (text.empty() ? "" : " ") + hex_address(frame.address);
        return text;
    }

    const ScriptOptions& options_;
    uint64_t divisor_;
    unsigned indent_;
};

}  // namespace

std::string value_text(const Value& value, const ScriptOptions& options, uint64_t divisor) {
    return Printer(options, divisor, kValueIndent).print(value);
}

std::string key_text(const Value& key, const ScriptOptions& options) {
    const Printer printer(options, 1, kKeyIndent);
    const auto* tuple = key.get<Value::Tuple>();
    if (tuple == nullptr) return printer.print(key);
    return printer.joined(tuple->elements, tuple->names, ", ");
}

std::string integer_text(const Value::Integer& value) {
    return value.is_signed ? std::to_string(value.bits)
                           : std::to_string(static_cast<uint64_t>(value.bits));
}

Value::Integer divided(const Value::Integer& value, uint64_t divisor) {
    if (divisor <= 1) return value;
    const auto magnitude = static_cast<uint64_t>(value.bits);
    if (!value.is_signed || value.bits >= 0) {
        return {static_cast<int64_t>(magnitude / divisor), value.is_signed, value.bytes};
    }
    return {-static_cast<int64_t>((0 - magnitude) / divisor), true, value.bytes};
}

std::string buffer_text(const std::string& raw, BufferStyle style) {
    std::string text;
    for (const char c : raw) {
        const auto byte = static_cast<uint8_t>(c);
        if (style == BufferStyle::Hex) {
            text += fmt::format("{}{:02x}", text.empty() ? "" : " ", byte);
        } else if (style == BufferStyle::Ascii && byte >= 0x20 && byte < 0x7f) {
            text += c;
        } else {
            text += fmt::format("\\x{:02x}", byte);
        }
    }
    return text;
}

std::string mac_text(const model::MacAddress& address) {
    return fmt::format("{:02X}", fmt::join(address.bytes, ":"));
}

}  // namespace knowhy::render
