// Which multicast groups and addresses each device listens to. There is no dump of the groups, so
// it is procfs: igmp, igmp6 and dev_mcast.
#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "host/files.h"
#include "net/snapshot/look.h"

namespace knowhy::net {
namespace {

template <size_t Count>
std::optional<std::array<uint8_t, Count>> bytes_from_hex(std::string_view text) {
    std::array<uint8_t, Count> bytes{};
    if (text.size() != Count * 2) return std::nullopt;
    for (size_t i = 0; i < Count; ++i) {
        const auto byte = parse_u64(text.substr(i * 2, 2), 16);
        if (!byte) return std::nullopt;
        bytes[i] = static_cast<uint8_t>(*byte);
    }
    return bytes;
}

template <typename Visit>
void each_line(Look& look, const std::string& name, Visit visit) {
    const auto text = host::read_kernel_file("/proc/thread-self/net/" + name);
    if (!text && text.error().os_errno == ENOENT) return;  // a kernel without this family
    if (!text) return look.incomplete("multicast groups", text.error());
    for (const std::string_view line : split(*text, '\n')) visit(line);
}

// A line of a device ("1\tlo        :     1      V3"), then one for each group, indented: the
// group's four bytes printed as one number of this machine.
void read_igmp(Look& look) {
    std::string device;
    each_line(look, "igmp", [&](std::string_view line) {
        const auto fields = split_whitespace(line);
        if (fields.empty()) return;
        if (line.front() != '\t') {
            if (fields.size() > 1) device = fields[1];
            return;
        }
        const auto group = parse_u64(fields[0], 16);
        if (!group) return;
        const auto number = static_cast<uint32_t>(*group);
        std::array<uint8_t, 4> bytes{};
        std::memcpy(bytes.data(), &number, bytes.size());
        look.state.multicast_groups[device].push_back(model::IpAddress::v4(bytes));
    });
}

void read_igmp6(Look& look) {
    each_line(look, "igmp6", [&](std::string_view line) {
        const auto fields = split_whitespace(line);
        if (fields.size() < 3) return;
        if (const auto group = bytes_from_hex<16>(fields[2]))
            look.state.multicast_groups[std::string(fields[1])].push_back(
                model::IpAddress::v6(*group));
    });
}

void read_macs(Look& look) {
    each_line(look, "dev_mcast", [&](std::string_view line) {
        const auto fields = split_whitespace(line);
        if (fields.size() < 5) return;
        if (const auto mac = bytes_from_hex<6>(fields[4]))
            look.state.multicast_macs[std::string(fields[1])].push_back({*mac});
    });
}

}  // namespace

void read_multicast(Look& look) {
    read_igmp(look);
    read_igmp6(look);
    read_macs(look);
}

}  // namespace knowhy::net
