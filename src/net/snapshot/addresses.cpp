#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/named.h"
#include "net/snapshot/look.h"

namespace knowhy::net {
namespace {

constexpr Named<uint8_t> kScopes[] = {
    {RT_SCOPE_UNIVERSE, "global"}, {RT_SCOPE_SITE, "site"},       {RT_SCOPE_LINK, "link"},
    {RT_SCOPE_HOST, "host"},       {RT_SCOPE_NOWHERE, "nowhere"},
};

// Since it was added. The kernel stamps in hundredths of a second since boot, of the clock that
// stands still while the machine sleeps.
std::optional<uint64_t> age_of(const host::Attributes& attributes) {
    const auto cache = attributes.record<ifa_cacheinfo>(IFA_CACHEINFO);
    if (!cache) return std::nullopt;
    const uint64_t now_ms = monotonic_now_ns() / 1'000'000;
    const uint64_t then_ms = uint64_t{cache->cstamp} * 10;
    return now_ms > then_ms ? now_ms - then_ms : 0;
}

}  // namespace

void read_addresses(Look& look) {
    host::NetlinkMessage request(RTM_GETADDR, 0);
    request.header<ifaddrmsg>().ifa_family = AF_UNSPEC;
    look.dump("addresses", request, [&](const nlmsghdr* message) {
        const auto* header = static_cast<const ifaddrmsg*>(NLMSG_DATA(message));
        if (header->ifa_family != AF_INET && header->ifa_family != AF_INET6) return;
        const host::Attributes attributes(message, sizeof(ifaddrmsg));
        // IFA_ADDRESS is the other side's on a point-to-point device; IFA_LOCAL is ours. IPv6 has
        // the latter only where the two differ.
        const bool has_local = attributes.has(IFA_LOCAL);
        const uint32_t flags = attributes.u32(IFA_FLAGS).value_or(header->ifa_flags);
        model::Address address;
        address.ifindex = header->ifa_index;
        address.prefix = {address_from(attributes.bytes(has_local ? IFA_LOCAL : IFA_ADDRESS)),
                          header->ifa_prefixlen};
        address.scope = name_or_number(kScopes, header->ifa_scope);
        address.tentative = (flags & IFA_F_TENTATIVE) != 0;
        if (address.tentative) address.tentative_ms = age_of(attributes);
        address.dad_failed = (flags & IFA_F_DADFAILED) != 0;
        if (address.prefix.address) look.state.addresses.push_back(std::move(address));
    });
}

}  // namespace knowhy::net
