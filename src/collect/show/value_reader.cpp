#include "collect/show/value_reader.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "collect/show/scalars.h"

namespace knowhy::collect {
namespace {

using model::Shown;
using symbols::Type;
using Kind = Type::Kind;

constexpr uint64_t kMostBytes = uint64_t{1} << 20U;
constexpr uint64_t kMostHex = 64;  // bytes of an array that are told
constexpr size_t kSmall = 4;       // a struct with no more members is never closed
constexpr uint64_t kSmallBytes = 64;
constexpr size_t kMostString = 256;

bool is_aggregate(const Type& type) {
    return type.kind == Kind::Struct || type.kind == Kind::Union;
}

bool is_byte(const Type& type) {
    return type.bytes == 1 && !is_char(type) &&
           (type.kind == Kind::Integer || type.kind == Kind::Character);
}

bool printable(std::span<const uint8_t> bytes) {
    return std::all_of(bytes.begin(), bytes.end(),
                       [](uint8_t byte) { return byte >= 0x20 && byte < 0x7f; });
}

bool all_zero(std::span<const uint8_t> bytes) {
    return std::all_of(bytes.begin(), bytes.end(), [](uint8_t byte) { return byte == 0; });
}

std::string hex_words(std::span<const uint8_t> bytes) {
    if (all_zero(bytes)) return fmt::format("{} zero bytes", bytes.size());
    std::string words;
    for (const uint8_t byte : bytes.first(std::min<size_t>(bytes.size(), kMostHex)))
        words += fmt::format("{}{:02x}", words.empty() ? "" : " ", byte);
    if (bytes.size() > kMostHex) words += fmt::format(" ... ({} bytes)", bytes.size());
    return words;
}

void fill_text(std::span<const uint8_t> bytes, Shown& shown) {
    const auto end = std::find(bytes.begin(), bytes.end(), uint8_t{0});
    const std::span<const uint8_t> text(bytes.begin(), end);
    if (!printable(text) || (text.empty() && !all_zero(bytes))) {
        shown.kind = Shown::Kind::Bytes;
        shown.text = hex_words(bytes);
        return;
    }
    shown.kind = Shown::Kind::Text;
    shown.text.assign(text.begin(), text.end());
}

}  // namespace

Shown ValueReader::read(const Spot& spot, std::string name) {
    uint64_t size = spot.type.bytes();
    if (spot.bit_size != 0) size = (spot.bit_offset + spot.bit_size + 7) / 8;
    const Type& type = spot.type.resolved();
    const bool nothing = size == 0 && !is_aggregate(type) && type.kind != Kind::Array;
    std::vector<uint8_t> bytes(std::min(size, kMostBytes));
    if (!nothing && view_.memory().read(spot.address, bytes))
        return value(spot, std::move(name), bytes, 0);
    Shown missing = value(spot, std::move(name), {}, ~0U);
    missing.kind = Shown::Kind::Missing;
    const auto bad = first_unreadable(view_.memory(), spot.address, bytes.size());
    missing.text = nothing ? fmt::format("{} has no known size", spot.type.text())
                           : fmt::format("{} cannot be read", hex(bad.value_or(spot.address)));
    return missing;
}

// Without bytes: all that is known without them.
Shown ValueReader::value(const Spot& spot, std::string name, Bytes bytes, unsigned level) {
    Shown shown;
    shown.name = std::move(name);
    shown.type = spot.type.text();
    shown.address = spot.address;
    shown.bit_offset = spot.bit_offset;
    shown.bit_size = spot.bit_size;
    shown.bytes = spot.type.bytes();
    ++values_;
    if (level != ~0U) fill(spot, bytes, level, shown);
    return shown;
}

void ValueReader::fill(const Spot& spot, Bytes bytes, unsigned level, Shown& shown) {
    const Type& type = spot.type.resolved();
    if (is_aggregate(type)) {
        fill_aggregate(spot, bytes, level, shown);
    } else if (type.kind == Kind::Array) {
        fill_array(spot, bytes, level, shown);
    } else if (type.kind == Kind::Pointer) {
        fill_pointer(spot, bytes, level, shown);
    } else {
        fill_scalar(spot, bytes, shown);
    }
}

void ValueReader::fill_scalar(const Spot& spot, Bytes bytes, Shown& shown) {
    if (bytes.empty()) return;
    read_scalar(spot, bytes, shown);
    if (fill_named(spot, shown) || fill_ip(spot, bytes, shown)) return;
    shown.text = number_words(spot, shown);
    if (shown.number) shown.text += tick_words(spot, *shown.number, view_);
}

bool ValueReader::fill_named(const Spot& spot, Shown& shown) {
    const NumberRule* const rule = rule_for(spot.aggregate, spot.member);
    if (rule == nullptr || !shown.number) return false;
    const NumberNames& names = book_.names(*rule);
    if (names.names.empty()) return false;
    const unsigned bits =
        spot.bit_size != 0 ? spot.bit_size : static_cast<unsigned>(8 * shown.bytes);
    const uint64_t number = bits < 64 ? *shown.number & ((uint64_t{1} << bits) - 1) : *shown.number;
    shown.names_from = names.from;
    if (rule->form == NumberRule::Form::Value) {
        const auto name = names.names.find(number);
        if (name == names.names.end()) return false;
        shown.kind = Shown::Kind::Enum;
        shown.names = {name->second};
        shown.text = fmt::format("{} ({})", name->second, number);
        return true;
    }
    shown.kind = Shown::Kind::Flags;
    shown.names = bit_names(*rule, names, number);
    for (const std::string& name : shown.names)
        shown.text += fmt::format("{}{}", shown.text.empty() ? "" : " | ", name);
    shown.text = fmt::format("{} ({})", shown.text.empty() ? "none" : shown.text, hex(number));
    return true;
}

void ValueReader::fill_pointer(const Spot& spot, Bytes bytes, unsigned level, Shown& shown) {
    read_scalar(spot, bytes, shown);
    shown.kind = Shown::Kind::Pointer;
    const uint64_t to = shown.number.value_or(0);
    const auto target_id = spot.type.types->pointee(spot.type.id);
    if (to == 0 || !target_id) return;
    const TypeRef target = complete(view_, spot.type.to(*target_id));
    if (spot.aggregate == "net_device" && spot.member == "dev_addr") {
        shown.text = mac_at(view_, to);
    } else {
        shown.text = pointed_words(target, to);
    }
    if (std::max(level, 1U) < options_.depth) follow(target, level, shown);
}

std::string ValueReader::pointed_words(const TypeRef& target, uint64_t address) {
    constexpr uint64_t kFirstError = ~uint64_t{4094};  // include/linux/err.h, MAX_ERRNO
    if (address >= kFirstError)
        return fmt::format("ERR_PTR(-{})", errno_name(static_cast<int>(address)));
    if (std::string poison = poison_words(address); !poison.empty()) return poison;
    if (is_char(target.resolved())) {
        const auto text = string_at(view_, address, kMostString);
        return text ? fmt::format("\"{}\"", *text) : "unreadable";
    }
    if (std::string symbol = view_.symbol_at(address); !symbol.empty()) return symbol;
    return object_words(KernelObject(view_, target, address), view_);
}

void ValueReader::follow(const TypeRef& target, unsigned level, Shown& shown) {
    if (!is_aggregate(target.resolved()) || values_ >= options_.values) return;
    const std::string& name = target.resolved().name;
    if (!open_.emplace(*shown.number, name).second) {
        shown.text += shown.text.empty() ? "told above" : ", told above";
        return;
    }
    std::vector<uint8_t> bytes(std::min(target.bytes(), kMostBytes));
    if (!view_.memory().read(*shown.number, bytes)) {
        shown.text += shown.text.empty() ? "unreadable" : ", unreadable";
        return;
    }
    fill_members({target, *shown.number, 0, 0, name, ""}, bytes, level + 1, shown);
}

void ValueReader::fill_array(const Spot& spot, Bytes bytes, unsigned level, Shown& shown) {
    shown.kind = Shown::Kind::Array;
    const TypeRef element = spot.type.to(spot.type.resolved().target);
    const Type& type = element.resolved();
    if (bytes.empty()) {
        shown.text = "as many as there are";  // a flexible one
    } else if (is_char(type)) {
        fill_text(bytes, shown);
    } else if (is_byte(type) && bytes.size() == 6) {
        shown.kind = Shown::Kind::Mac;
        shown.text = mac_words(bytes);
    } else if (is_byte(type)) {
        shown.kind = Shown::Kind::Bytes;
        shown.text = hex_words(bytes);
    } else if (is_aggregate(type) && !may_open(level)) {
        shown.text = fmt::format(
            "{{{} of {}}}", bytes.size() / std::max<uint64_t>(element.bytes(), 1), element.text());
    } else {
        fill_elements(spot, bytes, level, shown);
    }
}

void ValueReader::fill_elements(const Spot& spot, Bytes bytes, unsigned level, Shown& shown) {
    const TypeRef element = spot.type.to(spot.type.resolved().target);
    const uint64_t size = element.bytes();
    if (size == 0) return;
    const uint64_t count = bytes.size() / size;
    for (uint64_t first = 0; first < count;) {
        const Bytes one = bytes.subspan(first * size, size);
        uint64_t next = first + 1;
        while (next < count && std::memcmp(one.data(), &bytes[next * size], size) == 0) ++next;
        if (shown.members.size() == options_.elements || values_ >= options_.values) {
            shown.text = fmt::format("{} more", count - first);
            return;
        }
        const std::string name = next == first + 1 ? fmt::format("[{}]", first)
                                                   : fmt::format("[{}..{}]", first, next - 1);
        const Spot place{element, spot.address + first * size, 0, 0, spot.aggregate, spot.member};
        shown.members.push_back(value(place, name, one, level + 1));
        first = next;
    }
}

bool ValueReader::may_open(unsigned level) {
    return level < options_.depth && values_ < options_.values;
}

void ValueReader::fill_aggregate(const Spot& spot, Bytes bytes, unsigned level, Shown& shown) {
    const Type& type = spot.type.resolved();
    shown.kind = type.kind == Kind::Union ? Shown::Kind::Union : Shown::Kind::Struct;
    if (fill_known(spot, bytes, shown)) return;
    if (type.members.size() == 1 && !type.members.front().name.empty() &&
        (level > 0 || !spot.member.empty()) && type.members.front().bit_size == 0) {
        // A number in a wrapping of its own (atomic_t, refcount_t, kuid_t).
        const TypeRef inner = spot.type.to(type.members.front().type);
        const Spot place{inner, spot.address, 0, 0, type.name, type.members.front().name};
        shown.kind = Shown::Kind::Number;
        fill(place, bytes.first(std::min<size_t>(bytes.size(), inner.bytes())), level, shown);
        return;
    }
    const bool small = type.members.size() <= kSmall && bytes.size() <= kSmallBytes;
    if (may_open(level) || small || shown.name.empty()) {
        fill_members(spot, bytes, level, shown);
    } else {
        shown.text = "{" + counted(type.members.size(), "member") + "}";
    }
}

// Structs that have a better word than their members.
bool ValueReader::fill_known(const Spot& spot, Bytes bytes, Shown& shown) {
    const std::string& name = spot.type.resolved().name;
    if (name == "in_addr" || name == "in6_addr") {
        shown.kind = Shown::Kind::Ip;
        shown.text = ip_words(bytes);
        return !shown.text.empty();
    }
    const std::string words = structure_words(KernelObject(view_, spot.type, spot.address), name);
    if (words.empty()) return false;
    shown.text = words;
    return true;
}

void ValueReader::fill_members(const Spot& spot, Bytes bytes, unsigned level, Shown& shown) {
    const Type& type = spot.type.resolved();
    for (const symbols::Member& member : type.members) {
        if (values_ >= options_.values) {
            shown.text = fmt::format("cut off after {} values", options_.values);
            return;
        }
        if (member.name.starts_with("__cacheline_group_")) continue;  // marks a place, has no bytes
        const TypeRef inner = spot.type.to(member.type);
        const uint64_t first = member.bit_offset / 8;
        const auto shift = static_cast<uint32_t>(member.bit_offset % 8);
        const uint64_t size =
            member.bit_size != 0 ? (shift + member.bit_size + 7) / 8 : inner.bytes();
        if (first + size > bytes.size()) continue;  // damaged types
        // Who asks by which struct a member is named asks for the one around an unnamed struct.
        const Spot place{inner,
                         spot.address + first,
                         shift,
                         member.bit_size,
                         type.name.empty() ? spot.aggregate : type.name,
                         member.name};
        const bool transparent = member.name.empty();
        shown.members.push_back(
            value(place, member.name, bytes.subspan(first, size), transparent ? level : level + 1));
    }
}

}  // namespace knowhy::collect
