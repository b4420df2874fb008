#include "model/codec.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "base/text.h"
#include "model/codec_fields.h"

namespace knowhy::model {
namespace {

using nlohmann::json;

template <typename T, template <typename...> typename Template>
constexpr bool kIsA = false;
template <template <typename...> typename Template, typename... Args>
constexpr bool kIsA<Template<Args...>, Template> = true;

using Bytes = std::vector<uint8_t>;

template <typename T>
constexpr bool kIsStringMap = false;
template <typename Value>
constexpr bool kIsStringMap<std::map<std::string, Value>> = true;

json bytes_value(std::span<const uint8_t> bytes) {
    return json::binary(Bytes(bytes.begin(), bytes.end()));
}

template <typename T>
json encode_any(const T& value) {
    if constexpr (Recorded<const T>) {
        json object = json::object();
        visit_fields(
            [&](const char* name, const auto& field) {
                if constexpr (!WrittenApart<std::decay_t<decltype(field)>>) {
                    json encoded = encode_any(field);
                    if (!encoded.is_null()) object.emplace(name, std::move(encoded));
                }
            },
            value);
        return object;
    } else if constexpr (std::is_same_v<T, Value>) {
        return encode_any(value.of);
    } else if constexpr (!kAlternatives<T>.empty()) {
        return std::visit(
            [&](const auto& held) {
                return json::array({kAlternatives<T>.at(value.index()), encode_any(held)});
            },
            value);
    } else if constexpr (std::is_same_v<T, Value::Nothing>) {
        return json::object();
    } else if constexpr (std::is_enum_v<T>) {
        return kEnumNames<T>.at(static_cast<size_t>(value));
    } else if constexpr (std::is_same_v<T, MacAddress>) {
        return bytes_value(value.bytes);
    } else if constexpr (std::is_same_v<T, IpAddress>) {
        return bytes_value(value.bytes());
    } else if constexpr (std::is_same_v<T, Bytes>) {
        return bytes_value(value);
    } else if constexpr (std::is_same_v<T, FactValue>) {
        return std::visit([](const auto& held) { return json(held); }, value);
    } else if constexpr (kIsA<T, std::optional>) {
        return value ? encode_any(*value) : json();
    } else if constexpr (kIsStringMap<T>) {
        json object = json::object();
        for (const auto& [key, held] : value) object.emplace(key, encode_any(held));
        return object;
    } else if constexpr (kIsA<T, std::vector>) {
        json array = json::array();
        for (const auto& held : value) array.push_back(encode_any(held));
        return array;
    } else {
        return value;
    }
}

// Decodes into one object. A failure leaves `problem`, which grows its path on the way out.
class Decoder {
  public:
    explicit Decoder(MemoryBudget& budget) : budget_(budget) {}

    [[nodiscard]] const std::string& problem() const { return problem_; }

    template <typename T>
    bool read(const json& from, T& to) {
        if constexpr (Recorded<T>) {
            return read_object(from, to) && sound(to);
        } else if constexpr (std::is_same_v<T, Value>) {
            return read(from, to.of);
        } else if constexpr (!kAlternatives<T>.empty()) {
            return read_variant(from, to);
        } else if constexpr (std::is_same_v<T, Value::Nothing>) {
            return from.is_object() || wrong("not a map");
        } else if constexpr (std::is_enum_v<T>) {
            return read_enum(from, to);
        } else if constexpr (std::is_same_v<T, bool>) {
            if (!from.is_boolean()) return wrong("not true or false");
            to = from.get<bool>();
            return true;
        } else if constexpr (std::is_integral_v<T>) {
            return read_integer(from, to);
        } else if constexpr (std::is_floating_point_v<T>) {
            if (!from.is_number()) return wrong("not a number");
            to = from.get<T>();
            return std::isfinite(to) || wrong("not a finite number");
        } else if constexpr (std::is_same_v<T, std::string>) {
            return read_string(from, to);
        } else if constexpr (std::is_same_v<T, MacAddress> || std::is_same_v<T, IpAddress>) {
            return read_address(from, to);
        } else if constexpr (std::is_same_v<T, Bytes>) {
            return read_bytes(from, to);
        } else if constexpr (std::is_same_v<T, FactValue>) {
            return read_fact(from, to);
        } else if constexpr (kIsA<T, std::optional>) {
            if (from.is_null()) return true;
            return read(from, to.emplace());
        } else if constexpr (kIsStringMap<T>) {
            return read_map(from, to);
        } else {
            return read_vector(from, to);
        }
    }

  private:
    bool wrong(std::string problem) {
        problem_ = std::move(problem);
        return false;
    }
    bool within(const std::string& where, bool good) {
        if (!good) problem_ = where + (problem_.starts_with('[') ? "" : ": ") + problem_;
        return good;
    }
    bool charge(size_t bytes) {
        if (bytes > budget_.left) return wrong("takes more memory than a recording may");
        budget_.left -= bytes;
        return true;
    }

    template <typename T>
    bool read_object(const json& from, T& to) {
        if (!from.is_object()) return wrong("not a map");
        bool good = true;
        visit_fields(
            [&](const char* name, auto& field) {
                if constexpr (!KeptApart<std::decay_t<decltype(field)>>) {
                    const auto found = good ? from.find(name) : from.end();
                    if (found != from.end()) good = within(name, read(*found, field));
                }
            },
            to);
        return good;
    }

    // What the rest of the house may take for granted.
    template <typename T>
    bool sound(const T& object) {
        if constexpr (std::is_same_v<T, Value::Integer>) {
            return (std::has_single_bit(object.bytes) && object.bytes <= 8) ||
                   wrong("not the size of an integer");
        } else if constexpr (std::is_same_v<T, Value::Histogram>) {
            return (object.step > 0 && object.bits <= 5) || wrong("not a histogram");
        } else if constexpr (std::is_same_v<T, MapDump>) {
            return object.divisor > 0 || wrong("a divisor of 0");
        } else {
            return true;
        }
    }

    template <typename... Held>
    bool read_variant(const json& from, std::variant<Held...>& to) {
        const auto& names = kAlternatives<std::variant<Held...>>;
        static_assert(names.size() == sizeof...(Held));
        if (!from.is_array() || from.size() != 2 || !from[0].is_string())
            return wrong("not a name and what it names");
        const auto& name = from[0].get_ref<const json::string_t&>();
        bool good = false;
        size_t at = 0;
        const auto is_it = [&](auto held) {
            if (name != names[at++]) return false;
            good = within(name, read(from[1], held));
            to = std::move(held);
            return true;
        };
        const bool found = (is_it(Held()) || ...);
        return found ? good : wrong("a name that is not known");
    }

    template <typename T>
    bool read_enum(const json& from, T& to) {
        if (!from.is_string()) return wrong("not a name");
        const auto& names = kEnumNames<T>;
        const auto found =
            std::find(names.begin(), names.end(), from.get_ref<const json::string_t&>());
        if (found == names.end()) return wrong("a name that is not known");
        to = static_cast<T>(found - names.begin());
        return true;
    }

    template <typename T>
    bool read_integer(const json& from, T& to) {
        if (from.is_number_unsigned()) {
            const auto value = from.get<uint64_t>();
            if (!std::in_range<T>(value)) return wrong("a number that is too large");
            to = static_cast<T>(value);
        } else if (from.is_number_integer()) {
            const auto value = from.get<int64_t>();
            if (!std::in_range<T>(value)) return wrong("a number out of range");
            to = static_cast<T>(value);
        } else {
            return wrong("not a whole number");
        }
        return true;
    }

    bool read_string(const json& from, std::string& to) {
        if (!from.is_string()) return wrong("not a string");
        const auto& text = from.get_ref<const json::string_t&>();
        if (!charge(text.size())) return false;
        to = text;
        return true;
    }

    bool read_bytes(const json& from, Bytes& to) {
        if (!from.is_binary()) return wrong("not bytes");
        const Bytes& bytes = from.get_binary();
        if (!charge(bytes.size())) return false;
        to = bytes;
        return true;
    }

    bool read_address(const json& from, MacAddress& to) {
        if (!from.is_binary() || from.get_binary().size() != to.bytes.size()) {
            return wrong("not the six bytes of a MAC address");
        }
        std::copy_n(from.get_binary().begin(), to.bytes.size(), to.bytes.begin());
        return true;
    }

    bool read_address(const json& from, IpAddress& to) {
        if (!from.is_binary()) return wrong("not the bytes of an IP address");
        const std::span<const uint8_t> bytes = from.get_binary();
        if (bytes.empty()) {
            to = {};
        } else if (bytes.size() == 4) {
            to = IpAddress::v4(bytes.first<4>());
        } else if (bytes.size() == 16) {
            to = IpAddress::v6(bytes.first<16>());
        } else {
            return wrong("neither 4 nor 16 bytes");
        }
        return true;
    }

    bool read_fact(const json& from, FactValue& to) {
        return from.is_string() ? read(from, to.emplace<std::string>())
                                : read(from, to.emplace<int64_t>());
    }

    template <typename Value>
    bool read_map(const json& from, std::map<std::string, Value>& to) {
        if (!from.is_object()) return wrong("not a map");
        constexpr size_t kNode = 64 + sizeof(Value);
        for (const auto& [key, held] : from.items()) {
            if (!charge(kNode + key.size())) return false;
            if (!within(escaped(key), read(held, to[key]))) return false;
        }
        return true;
    }

    template <typename Value>
    bool read_vector(const json& from, std::vector<Value>& to) {
        if (!from.is_array()) return wrong("not a list");
        if (!charge(from.size() * sizeof(Value))) return false;
        to.reserve(to.size() + from.size());
        for (size_t i = 0; i < from.size(); ++i) {
            if (!read(from[i], to.emplace_back())) return within(fmt::format("[{}]", i), false);
        }
        return true;
    }

    MemoryBudget& budget_;
    std::string problem_;
};

}  // namespace

template <typename T>
json encode(const T& object) {
    return encode_any(object);
}

template <typename T>
Status decode(const json& value, T& object, MemoryBudget& budget) {
    Decoder decoder(budget);
    if (decoder.read(value, object)) return {};
    return fail(ErrorKind::Usage, "{}", decoder.problem());
}

size_t item_count(const json& value) {
    size_t items = 1;
    if (value.is_object()) items += value.size();
    if (value.is_structured()) {
        for (const json& held : value) items += item_count(held);
    }
    return items;
}

size_t depth_of(const json& value) {
    if (!value.is_structured()) return 0;
    size_t inside = 0;
    for (const json& held : value) inside = std::max(inside, depth_of(held));
    return inside + 1;
}

// What a recording is made of.
#define KW_CODEC(Type)                       \
    template json encode<Type>(const Type&); \
    template Status decode<Type>(const json&, Type&, MemoryBudget&);
KW_CODEC(HeaderRecord)
KW_CODEC(RunRecord)
KW_CODEC(HostState)
KW_CODEC(NetnsState)
KW_CODEC(SampleRecord)
KW_CODEC(GroupRecord)
KW_CODEC(Accounting)
KW_CODEC(IndexRecord)
KW_CODEC(Trace)
KW_CODEC(ScriptRun)
KW_CODEC(EventRecord)
KW_CODEC(Value)
#undef KW_CODEC

}  // namespace knowhy::model
