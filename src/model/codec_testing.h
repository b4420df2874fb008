// For tests: any model object filled at random, and two of them compared, field by field. Both walk
// the lists of codec_fields.h and share no code with the codec.
#pragma once

#include <limits>
#include <random>

#include "model/codec_fields.h"

namespace knowhy::model {

// A recording holds one in several records; only tests need its fields as a list.
KW_RECORDED(Observation, clock, filter, scope, host, groups, accounting, trace, script)
KW_RECORDED(TracedValue, name, type, value, members)
KW_RECORDED(TracedCall, kind, time_ns, cpu, pid, comm, function, values, skb, packet)
template <>
inline constexpr std::array kEnumNames<TracedCall::Kind> = {"entered", "returned"};

}  // namespace knowhy::model

namespace knowhy::model::testing {

class RandomModel {
  public:
    explicit RandomModel(uint32_t seed) : random_(seed) {}

    template <typename T>
    T make() {
        T object{};
        fill(object);
        return object;
    }

  private:
    size_t below(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random_); }

    template <typename T>
    void fill(T& value) {
        if constexpr (Recorded<T>) {
            visit_fields([this](const char*, auto& field) { this->fill(field); }, value);
        } else if constexpr (std::is_enum_v<T>) {
            value = static_cast<T>(below(kEnumNames<T>.size()));
        } else if constexpr (std::is_same_v<T, bool>) {
            value = below(2) == 0;
        } else if constexpr (std::is_integral_v<T>) {
            value = integer<T>();
        } else if constexpr (std::is_floating_point_v<T>) {
            value = std::uniform_real_distribution<T>(-1e9, 1e9)(random_);
        }
    }

    // The ends of the range come up often.
    template <typename T>
    T integer() {
        using Limits = std::numeric_limits<T>;
        switch (below(4)) {
            case 0:
                return Limits::min();
            case 1:
                return Limits::max();
            case 2:
                return static_cast<T>(below(100));
            default:
                return static_cast<T>(random_());
        }
    }

    // Any bytes: names of devices and processes need not be UTF-8.
    void fill(std::string& value) {
        value.clear();
        for (size_t n = below(12); n > 0; --n) value.push_back(static_cast<char>(random_()));
    }
    void fill(MacAddress& value) {
        for (uint8_t& byte : value.bytes) byte = integer<uint8_t>();
    }
    void fill(IpAddress& value) {
        std::array<uint8_t, 16> bytes{};
        for (uint8_t& byte : bytes) byte = integer<uint8_t>();
        const size_t kind = below(3);
        value = kind == 0   ? IpAddress()
                : kind == 1 ? IpAddress::v6(bytes)
                            : IpAddress::v4(std::span(bytes).first<4>());
    }
    void fill(FactValue& value) {
        if (below(2) == 0) {
            fill(value.emplace<std::string>());
        } else {
            fill(value.emplace<int64_t>());
        }
    }
    void fill(Decoded& /*value*/) {}  // not recorded

    void fill(ScriptEvent& value) {
        switch (below(4)) {
            case 0:
                value = make<PrintedFormat>();
                return;
            case 1:
                value = make<PrintedText>();
                return;
            case 2:
                value = PrintedMap{{"@x", true, false, {{make<Value>(), make<Value>()}}, 3, 2}};
                return;
            default:
                value = make<HelperError>();
        }
    }
    void fill(Value& value) {
        constexpr std::array<uint8_t, 4> kSizes = {1, 2, 4, 8};
        const Value::Integer integer{make<int64_t>(), below(2) == 0, kSizes.at(below(4))};
        switch (below(9)) {
            case 0:
                value.of = integer;
                return;
            case 1:
                value.of = make<Value::Boolean>();
                return;
            case 2:
                value.of = make<Value::Text>();
                return;
            case 3:
                value.of = make<Value::Bytes>();
                return;
            case 4:
                value.of = make<Value::Pointer>();
                return;
            case 5:
                value.of = Value::Enumerated{integer, make<std::string>()};
                return;
            case 6:
                value.of = make<IpAddress>();
                return;
            case 7:
                value.of = make<Value::Symbol>();
                return;
            default:
                value.of = Value::Nothing{};
        }
    }
    // Tests that want calls and words add them: the one must fit the functions, and both go through
    // the writer one by one.
    void fill(std::vector<TracedCall>& /*value*/) {}
    void fill(std::vector<ScriptEvent>& /*value*/) {}
    void fill(Trace& value) {
        visit_fields([this](const char*, auto& field) { this->fill(field); }, value);
        if (value.functions.empty()) value = {};  // that is none
    }
    void fill(TracedValue& value) {
        fill(value.name);
        fill(value.type);
        fill(value.value);
        ++depth_;
        if (depth_ < 6 && below(3) == 0) fill(value.members);
        --depth_;
    }

    template <typename T>
    void fill(std::optional<T>& value) {
        if (below(2) == 0) fill(value.emplace());
    }
    template <typename T>
    void fill(std::vector<T>& value) {
        for (size_t n = below(4); n > 0; --n) fill(value.emplace_back());
    }
    template <typename T>
    void fill(std::map<std::string, T>& value) {
        for (size_t n = below(4); n > 0; --n) fill(value[make<std::string>()]);
    }
    void fill(std::map<uint32_t, NetnsState>& value) {
        for (size_t n = below(3); n > 0; --n) {
            const auto state = make<NetnsState>();
            value[state.inum] = state;
        }
    }

    std::mt19937 random_;
    unsigned depth_ = 0;  // of the value that is being filled
};

// The name of the first field that differs, "" for equal objects.
template <typename T>
std::string difference(const T& a, const T& b);
template <typename... Held>
std::string difference(const std::variant<Held...>& a, const std::variant<Held...>& b);

template <typename T>
std::string difference(const std::optional<T>& a, const std::optional<T>& b) {
    if (a.has_value() != b.has_value()) return "?";
    return a ? difference(*a, *b) : "";
}

template <typename T>
std::string difference(const std::vector<T>& a, const std::vector<T>& b) {
    if (a.size() != b.size()) return "[]";
    for (size_t i = 0; i < a.size(); ++i) {
        if (auto inside = difference(a[i], b[i]); !inside.empty()) {
            return "[" + std::to_string(i) + "]" + inside;
        }
    }
    return "";
}

template <typename Key, typename T>
std::string difference(const std::map<Key, T>& a, const std::map<Key, T>& b) {
    if (a.size() != b.size()) return "{}";
    for (auto left = a.begin(), right = b.begin(); left != a.end(); ++left, ++right) {
        if (left->first != right->first) return "{key}";
        if (auto inside = difference(left->second, right->second); !inside.empty()) return inside;
    }
    return "";
}

inline std::string difference(const Decoded& /*a*/, const Decoded& /*b*/) {
    return "";
}

template <typename... Held>
std::string difference(const std::variant<Held...>& a, const std::variant<Held...>& b) {
    if (a.index() != b.index()) return "|";
    std::string found;
    const auto compare = [&]<size_t kAt>(std::integral_constant<size_t, kAt>) {
        if (a.index() == kAt) found = difference(std::get<kAt>(a), std::get<kAt>(b));
    };
    [&]<size_t... kAt>(std::index_sequence<kAt...>) {
        (compare(std::integral_constant<size_t, kAt>()), ...);
    }
    (std::index_sequence_for<Held...>());
    return found;
}

template <typename T>
std::string difference(const T& a, const T& b) {
    if constexpr (Recorded<const T>) {
        std::vector<std::string> found;
        std::vector<const void*> fields_of_b;
        visit_fields([&](const char*, const auto& field) { fields_of_b.push_back(&field); }, b);
        size_t index = 0;
        visit_fields(
            [&](const char* name, const auto& field) {
                using Field = std::decay_t<decltype(field)>;
                const auto& other = *static_cast<const Field*>(fields_of_b[index++]);
                const std::string inside = difference(field, other);
                if (!inside.empty()) found.push_back("." + std::string(name) + inside);
            },
            a);
        return found.empty() ? "" : found.front();
    } else {
        return a == b ? "" : "!";
    }
}

}  // namespace knowhy::model::testing
