#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>

#include "base/named.h"
#include "net/snapshot/look.h"

namespace knowhy::net {
namespace {

using host::Attributes;

constexpr Named<uint8_t> kActions[] = {
    {FR_ACT_TO_TBL, "table"},
    {FR_ACT_GOTO, "goto"},
    {FR_ACT_NOP, "nop"},
    {FR_ACT_BLACKHOLE, "blackhole"},
    {FR_ACT_UNREACHABLE, "unreachable"},
    {FR_ACT_PROHIBIT, "prohibit"},
};

// "No limit" is how the kernel writes that nothing is suppressed.
constexpr uint32_t kNoLimit = 0xffffffff;

bool has_selectors_without_a_field(const fib_rule_hdr& header, const Attributes& attributes) {
    constexpr uint16_t kSelectors[] = {FRA_L3MDEV,      FRA_UID_RANGE,   FRA_IP_PROTO,
                                       FRA_SPORT_RANGE, FRA_DPORT_RANGE, FRA_TUN_ID};
    const auto set = [&](uint16_t type) {
        const auto bytes = attributes.bytes(type);
        return std::any_of(bytes.begin(), bytes.end(), [](uint8_t byte) { return byte != 0; });
    };
    const auto limits = [&](uint16_t type) {
        return attributes.u32(type).value_or(kNoLimit) != kNoLimit;
    };
    return header.tos != 0 || std::any_of(std::begin(kSelectors), std::end(kSelectors), set) ||
           limits(FRA_SUPPRESS_PREFIXLEN) || limits(FRA_SUPPRESS_IFGROUP);
}

std::optional<model::Prefix> selector(const Attributes& attributes, uint16_t type, uint8_t family,
                                      uint8_t length) {
    if (!attributes.has(type)) return std::nullopt;
    return prefix_from(attributes.bytes(type), family, length);
}

model::Rule rule_from(const fib_rule_hdr& header, const Attributes& attributes) {
    model::Rule rule;
    rule.priority = attributes.u32(FRA_PRIORITY).value_or(0);
    rule.family = header.family == AF_INET ? 4 : 6;
    rule.action = name_or_number(kActions, header.action);
    rule.table = attributes.u32(FRA_TABLE).value_or(header.table);
    rule.source = selector(attributes, FRA_SRC, header.family, header.src_len);
    rule.destination = selector(attributes, FRA_DST, header.family, header.dst_len);
    rule.in_device = attributes.text(FRA_IIFNAME);
    rule.out_device = attributes.text(FRA_OIFNAME);
    rule.mark = attributes.u32(FRA_FWMARK);
    rule.mark_mask = attributes.u32(FRA_FWMASK);
    rule.invert = (header.flags & FIB_RULE_INVERT) != 0;
    rule.has_more = has_selectors_without_a_field(header, attributes);
    return rule;
}

}  // namespace

void read_rules(Look& look) {
    host::NetlinkMessage request(RTM_GETRULE, 0);
    request.header<fib_rule_hdr>().family = AF_UNSPEC;
    look.dump("rules", request, [&](const nlmsghdr* message) {
        const auto* header = static_cast<const fib_rule_hdr*>(NLMSG_DATA(message));
        if (header->family != AF_INET && header->family != AF_INET6) return;
        look.state.rules.push_back(rule_from(*header, Attributes(message, sizeof *header)));
    });
}

}  // namespace knowhy::net
