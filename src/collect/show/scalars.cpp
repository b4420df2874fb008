#include "collect/show/scalars.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "model/address.h"

namespace knowhy::collect {
namespace {

using model::Shown;
using symbols::Type;
using Kind = Type::Kind;

// The name of the typedef that says in which byte order a number lies (include/uapi/linux/types.h).
bool is_big_endian(const TypeRef& type) {
    symbols::TypeId id = type.id;
    for (unsigned i = 0; i < 16; ++i) {
        const Type& each = (*type.types)[id];
        if (each.kind == Kind::Typedef && each.name.starts_with("__be")) return true;
        const bool goes_on = each.kind == Kind::Typedef || each.kind == Kind::Const ||
                             each.kind == Kind::Volatile || each.kind == Kind::Restrict;
        if (!goes_on) return false;
        id = each.target;
    }
    return false;
}

uint64_t swapped(uint64_t number, uint64_t bytes) {
    return __builtin_bswap64(number) >> (64 - 8 * bytes);
}

std::string enumerator_name(const Type& type, uint64_t number) {
    for (const symbols::Enumerator& each : type.enumerators)
        if (static_cast<uint64_t>(each.value) == number) return each.name;
    return "";
}

struct Label {
    std::string_view type;
    std::string_view path;
};
constexpr std::array kLabels = {
    Label{"net_device", "name"},        Label{"module", "name"},
    Label{"task_struct", "comm"},       Label{"proto", "name"},
    Label{"Qdisc", "ops->id"},          Label{"Qdisc_ops", "id"},
    Label{"slave", "dev->name"},        Label{"bonding", "dev->name"},
    Label{"rtnl_link_ops", "kind"},     Label{"file_system_type", "name"},
    Label{"in_device", "dev->name"},    Label{"inet6_dev", "dev->name"},
    Label{"netdev_queue", "dev->name"}, Label{"kobject", "name"},
};

// Times by the kernel's own clock, which ticks CONFIG_HZ times a second.
constexpr std::array kTicks = {
    Label{"timer_list", "expires"},
    Label{"slave", "last_link_up"},
    Label{"slave", "last_tx"},
    Label{"slave", "last_rx"},
    Label{"netdev_queue", "trans_start"},
    Label{"neighbour", "confirmed"},
    Label{"neighbour", "updated"},
    Label{"neighbour", "used"},
};

std::string label_of(const KernelObject& object, std::string_view path, KernelView& view) {
    const size_t arrow = path.find("->");
    if (arrow != std::string_view::npos) {
        const auto next = object.follow(path.substr(0, arrow));
        return next ? label_of(*next, path.substr(arrow + 2), view) : "";
    }
    const auto place = object.type().types->field(object.type().id, path);
    if (!place) return "";
    if (object.type().types->pointee(place->type)) {
        const auto address = object.number(path);
        return address ? string_at(view, *address, 64).value_or("") : "";
    }
    return object.text(path).value_or("");
}

}  // namespace

bool is_char(const Type& type) {
    return type.bytes == 1 && type.name == "char";
}

void read_scalar(const Spot& spot, std::span<const uint8_t> bytes, Shown& shown) {
    const Type& type = spot.type.resolved();
    const bool bitfield = spot.bit_size != 0;
    const auto bits = bitfield ? spot.bit_size : static_cast<uint32_t>(8 * type.bytes);
    if (bits == 0 || bits > 64) return;  // a float, an __int128
    shown.is_signed = is_signed(type);
    shown.number = number_in(bytes, spot.bit_offset, bits, shown.is_signed);
    if (!bitfield && is_big_endian(spot.type)) {
        shown.big_endian = true;
        shown.number = swapped(*shown.number, type.bytes);
    }
    if (type.kind == Kind::Boolean) shown.kind = Shown::Kind::Bool;
    if (type.kind != Kind::Enum) return;
    shown.kind = Shown::Kind::Enum;
    const std::string name = enumerator_name(type, *shown.number);
    if (!name.empty()) shown.names = {name};
    shown.names_from = type.name.empty() ? "" : "enum " + type.name;
}

std::string number_words(const Spot& spot, const Shown& shown) {
    if (!shown.number) return "not a number of at most 64 bits";
    const uint64_t number = *shown.number;
    if (shown.kind == Shown::Kind::Bool) return number != 0 ? "true" : "false";
    if (shown.kind == Shown::Kind::Enum) {
        const std::string digits = shown.is_signed ? fmt::format("{}", static_cast<int64_t>(number))
                                                   : fmt::format("{}", number);
        return shown.names.empty() ? digits : fmt::format("{} ({})", shown.names.front(), digits);
    }
    if (shown.big_endian) {
        const bool port = spot.member.find("port") != std::string::npos;
        return port ? fmt::format("{} (big-endian)", number)
                    : fmt::format("{} ({}, big-endian)", hex(number), number);
    }
    if (shown.is_signed) return fmt::format("{}", static_cast<int64_t>(number));
    constexpr uint64_t kLarge = 0x10000;  // more likely bits or an address than a count
    return number < kLarge ? fmt::format("{}", number)
                           : fmt::format("{} ({})", number, hex(number));
}

bool fill_ip(const Spot& spot, std::span<const uint8_t> bytes, Shown& shown) {
    const std::string_view member = spot.member;
    const bool named_so = member.ends_with("addr") || member.ends_with("address") ||
                          member.ends_with("_local") || member.ends_with("_mask") ||
                          member.ends_with("_broadcast") || member == "nh_gw" || member == "gw4";
    if (!shown.big_endian || bytes.size() != 4 || !named_so) return false;
    shown.kind = Shown::Kind::Ip;
    shown.text = ip_words(bytes);
    return true;
}

std::string tick_words(const Spot& spot, uint64_t number, KernelView& view) {
    const auto* const found = std::find_if(kTicks.begin(), kTicks.end(), [&](const Label& each) {
        return each.type == spot.aggregate && each.path == spot.member;
    });
    if (found == kTicks.end() || number == 0) return "";
    const auto clock = view.address_of("jiffies");
    std::array<uint8_t, 8> bytes{};
    if (!clock || !view.memory().read(*clock, bytes)) return " jiffies";
    const auto from_now = static_cast<int64_t>(number - number_in(bytes, 0, 64, false));
    return from_now < 0 ? fmt::format(" jiffies, {} ticks ago", -from_now)
                        : fmt::format(" jiffies, in {} ticks", from_now);
}

std::string mac_words(std::span<const uint8_t> bytes) {
    model::MacAddress mac;
    std::copy_n(bytes.begin(), mac.bytes.size(), mac.bytes.begin());
    return mac.text();
}

std::string ip_words(std::span<const uint8_t> bytes) {
    if (bytes.size() == 4) return model::IpAddress::v4(bytes.first<4>()).text();
    return bytes.size() == 16 ? model::IpAddress::v6(bytes.first<16>()).text() : "";
}

std::string mac_at(KernelView& view, uint64_t address) {
    std::array<uint8_t, 6> bytes{};
    return view.memory().read(address, bytes) ? mac_words(bytes) : "unreadable";
}

std::optional<std::string> string_at(KernelView& view, uint64_t address, size_t most) {
    std::string text;
    while (text.size() < most) {
        // Not beyond the 16 bytes it lies in: what follows may be another page.
        std::array<uint8_t, 16> block{};
        const size_t size = block.size() - address % block.size();
        if (!view.memory().read(address, std::span(block).first(size))) return std::nullopt;
        auto* const end = std::find(block.begin(), block.begin() + size, uint8_t{0});
        text.append(block.begin(), end);
        if (end != block.begin() + size) return text;
        address += size;
    }
    text.resize(most);
    return text;
}

std::string poison_words(uint64_t address) {
    // include/linux/poison.h, with the offset that x86-64 and arm64 give it
    switch (address) {
        case 0xdead000000000100:
            return "LIST_POISON1";
        case 0xdead000000000122:
            return "LIST_POISON2";
        default:
            return "";
    }
}

std::string object_words(const KernelObject& object, KernelView& view) {
    const std::string& name = object.type().resolved().name;
    if (name == "net") {
        const auto inum = object.number("ns.inum");
        return inum ? fmt::format("netns {}", *inum) : "";
    }
    const auto* const label = std::find_if(kLabels.begin(), kLabels.end(),
                                           [&](const Label& each) { return each.type == name; });
    return label != kLabels.end() ? label_of(object, label->path, view) : "";
}

std::string structure_words(const KernelObject& object, const std::string& name) {
    if (name == "list_head") {
        const auto next = object.number("next");
        const auto prev = object.number("prev");
        if (!next || !prev) return "";
        if (*next == object.address()) return "empty list";
        const std::string poison = poison_words(*next);
        if (!poison.empty()) return "taken off its list (" + poison + ")";
        return *next == 0 ? "on no list (NULL)"
                          : fmt::format("next {}, prev {}", hex(*next), hex(*prev));
    }
    if (name == "hlist_head") {
        const auto first = object.number("first");
        if (!first) return "";
        return *first == 0 ? "empty list" : "first " + hex(*first);
    }
    if (name == "spinlock" || name == "raw_spinlock") {
        const auto word = object.number(name == "spinlock" ? "rlock.raw_lock.val.counter"
                                                           : "raw_lock.val.counter");
        if (!word) return "";
        return *word == 0 ? "unlocked" : fmt::format("locked ({})", hex(*word));
    }
    return "";
}

}  // namespace knowhy::collect
