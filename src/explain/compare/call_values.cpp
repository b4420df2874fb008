#include "explain/compare/call_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/result.h"
#include "base/text.h"

namespace knowhy::explain {
namespace {

using model::ComparedValue;
using model::TracedValue;
using model::Value;

// Parts of names of numbers that differ from run to run.
constexpr std::array<std::string_view, 41> kDrawn = {
    "ifindex", "oif",    "iif",    "index",   "idx",   "id",     "pid",     "tid",    "cpu",
    "hash",    "seq",    "ack",    "jiffies", "time",  "now",    "expires", "cookie", "queue",
    "budget",  "weight", "len",    "size",    "off",   "offset", "inum",    "gfp",    "count",
    "nr",      "n",      "cnt",    "bytes",   "quota", "delay",  "stamp",   "tstamp", "handle",
    "portid",  "nonce",  "random", "rnd",     "nud"};
// Parts of names of functions whose results are such numbers.
constexpr std::array<std::string_view, 12> kDrawing = {"poll",   "len",     "hash", "pick",
                                                       "random", "jiffies", "copy", "read",
                                                       "count",  "timeout", "size", "recvmsg"};

constexpr int64_t kMostErrno = 4095;
// Numbers above it are rarely codes; they count something, or are drawn.
constexpr int64_t kMostCode = 0xffff;
constexpr int64_t kMostOutcome = 16;
constexpr int64_t kFirstEphemeral = 32768;

template <size_t N>
bool has_part(std::string_view name, const std::array<std::string_view, N>& parts) {
    const auto words = split(name, '_');
    return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
        return std::find(parts.begin(), parts.end(), word) != parts.end();
    });
}

std::optional<std::string> error_words(int64_t bits) {
    if (bits >= -1 || bits < -kMostErrno) return std::nullopt;
    return "-" + errno_name(static_cast<int>(-bits));
}

std::string port_words(int64_t port) {
    return port >= kFirstEphemeral ? "ephemeral" : fmt::format("{}", port);
}

// As it lies in memory is as it is on the wire.
std::optional<std::string> network_order_words(const TracedValue& value, int64_t bits) {
    const auto byte = [bits](unsigned n) { return bits >> (8U * n) & 0xff; };
    if (value.type == "__be32")
        return fmt::format("{}.{}.{}.{}", byte(0), byte(1), byte(2), byte(3));
    if (value.type != "__be16") return std::nullopt;
    const int64_t number = byte(0) << 8U | byte(1);
    if (value.name.find("port") != std::string::npos) return port_words(number);
    return fmt::format("{:#06x}", number);
}

std::optional<std::string> integer_words(const TracedValue& value, int64_t bits) {
    if (const auto words = network_order_words(value, bits)) return words;
    if (has_part(value.name, kDrawn)) return std::nullopt;
    if (const auto error = error_words(bits)) return error;
    if (value.name.find("port") != std::string::npos) return port_words(bits);
    if (bits > kMostCode || bits < -kMostCode) return std::nullopt;
    return fmt::format("{}", bits);
}

std::optional<std::string> plain_words(const TracedValue& value) {
    const Value& of = value.value;
    if (const auto* integer = of.get<Value::Integer>()) return integer_words(value, integer->bits);
    if (const auto* boolean = of.get<Value::Boolean>()) return boolean->is_true ? "true" : "false";
    if (const auto* text = of.get<Value::Text>()) return text->raw;
    if (const auto* address = of.get<model::IpAddress>()) return address->text();
    if (const auto* named = of.get<Value::Enumerated>())
        return named->name.empty() ? fmt::format("{}", named->value.bits) : named->name;
    return std::nullopt;
}

std::string type_word(const TracedValue& value) {
    std::string_view type = value.type;
    if (type.starts_with("const ")) type.remove_prefix(6);
    if (type.starts_with("struct ")) type.remove_prefix(7);
    return std::string(trimmed(type.substr(0, type.find('*'))));
}

const TracedValue* member_of(const TracedValue& value, std::string_view name) {
    const auto found = std::find_if(value.members.begin(), value.members.end(),
                                    [&](const TracedValue& member) { return member.name == name; });
    return found != value.members.end() ? &*found : nullptr;
}

// What tells an object from others of its type: its own name, or the device that it is of.
std::string identity_of(const TracedValue& value) {
    if (type_word(value) == "sk_buff") return {};  // the path is the packet's
    for (const char* name : {"name", "dev"})
        if (const TracedValue* member = member_of(value, name))
            if (const auto words = plain_words(*member); words && !words->empty()) return *words;
    return {};
}

std::optional<std::string> words_of(const TracedValue& value) {
    const auto* pointer = value.value.get<Value::Pointer>();
    if (pointer == nullptr) return plain_words(value);
    if (type_word(value) == "sk_buff") return std::nullopt;
    if (pointer->address == 0) return "NULL";
    if (const auto error = error_words(static_cast<int64_t>(pointer->address))) return error;
    const std::string identity = identity_of(value);
    return identity.empty() ? kSomePointer : identity;
}

bool is_told(const TracedValue& value) {
    return value.value.get<Value::Pointer>() != nullptr && !identity_of(value).empty();
}

// Its identity is a device's name.
bool is_of_device(const TracedValue& value) {
    return is_told(value) &&
           (type_word(value) == "net_device" || member_of(value, "dev") != nullptr);
}

// Members that stay as they are while packets pass. What a function is to fill in is not set yet,
// and flags that come and go would differ in any two runs.
struct Lasting {
    std::string_view type;
    std::array<std::string_view, 4> members;
};
constexpr std::array<Lasting, 7> kLasting = {{{"net_device", {"mtu", "flags"}},
                                              {"slave", {"link", "speed", "duplex"}},
                                              {"port", {"is_enabled", "actor_key"}},
                                              {"net_bridge_port", {"state"}},
                                              {"nf_hook_state", {"hook", "pf", "in", "out"}},
                                              {"rtable", {"error", "type", "gateway"}},
                                              {"dst_entry", {"error"}}}};

void add_members(const TracedValue& value, std::vector<ComparedValue>& arguments) {
    const std::string type = type_word(value);
    for (const Lasting& lasting : kLasting) {
        if (lasting.type != type) continue;
        for (const std::string_view name : lasting.members)
            if (const TracedValue* member = member_of(value, name))
                if (auto words = plain_words(*member))
                    arguments.push_back({fmt::format("{}.{}", value.name, name), *words});
    }
}

}  // namespace

std::vector<ComparedValue> arguments_of(const model::TracedCall& call) {
    std::vector<ComparedValue> arguments;
    for (const TracedValue& value : call.values) {
        if (auto words = words_of(value)) arguments.push_back({value.name, std::move(*words)});
        add_members(value, arguments);
    }
    return arguments;
}

bool is_worth_showing(const ComparedValue& value) {
    const bool is_member = value.name.find('.') != std::string::npos;
    return value.differs || !(is_member || value.text == kSomePointer);
}

std::optional<ComparedValue> outcome_of(const std::string& function,
                                        const model::TracedCall& returned) {
    if (returned.values.empty()) return std::nullopt;
    const TracedValue& value = returned.values.front();
    ComparedValue outcome{"return", ""};
    if (const auto* integer = value.value.get<Value::Integer>()) {
        const auto error = error_words(integer->bits);
        if (!error && has_part(function, kDrawing)) return std::nullopt;
        outcome.text = error                          ? *error
                       : integer->bits > kMostOutcome ? "positive"
                       : integer->bits < -kMostErrno  ? "negative"
                                                      : fmt::format("{}", integer->bits);
        return outcome;
    }
    const auto words = words_of(value);
    if (!words) return std::nullopt;
    outcome.text = *words;
    return outcome;
}

std::string object_of(const model::TracedCall& call) {
    const auto devices = devices_of(call);
    if (!devices.empty()) return "net_device " + devices.front();
    const auto told = std::find_if(call.values.begin(), call.values.end(), is_told);
    if (told == call.values.end()) return {};
    return fmt::format("{} {}", type_word(*told), identity_of(*told));
}

std::vector<std::string> devices_of(const model::TracedCall& call) {
    std::vector<std::string> devices;
    for (const TracedValue& value : call.values)
        if (is_of_device(value)) devices.push_back(identity_of(value));
    return devices;
}

}  // namespace knowhy::explain
