#include "net/snapshot/look.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

namespace knowhy::net {

void Look::dump(std::string_view what, host::NetlinkSocket& socket, host::NetlinkMessage& request,
                const std::function<void(const nlmsghdr*)>& visit) {
    const auto dump = socket.dump(request);
    if (!dump) return incomplete(what, dump.error());
    dump->for_each(visit);
    if (dump->whole()) return;
    state.complete = false;
    note(fmt::format("{}: {}", what,
                     dump->cut ? "too many to keep them all" : "they changed while being read"));
}

void Look::incomplete(std::string_view what, const Error& error) {
    state.complete = false;
    note(error.in(what).message);
}

model::IpAddress address_from(std::span<const uint8_t> bytes) {
    if (bytes.size() == 4) return model::IpAddress::v4(bytes.first<4>());
    if (bytes.size() == 16) return model::IpAddress::v6(bytes.first<16>());
    return {};
}

std::optional<model::MacAddress> mac_from(std::span<const uint8_t> bytes) {
    model::MacAddress mac;
    if (bytes.size() != mac.bytes.size()) return std::nullopt;
    std::copy(bytes.begin(), bytes.end(), mac.bytes.begin());
    return mac;
}

model::Prefix prefix_from(std::span<const uint8_t> bytes, uint8_t family, uint8_t length) {
    constexpr std::array<uint8_t, 16> kZero{};
    if (bytes.empty()) bytes = std::span(kZero).first(family == AF_INET ? 4 : 16);
    return {address_from(bytes), length};
}

}  // namespace knowhy::net
