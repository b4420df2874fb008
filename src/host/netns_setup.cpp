#include "host/netns_setup.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>
#include <thread>

#include "base/text.h"
#include "host/attributes.h"
#include "host/netlink.h"
#include "host/sysctl.h"

namespace knowhy::host {
namespace {

Status unshare_into(Netns& made) {
    if (::unshare(CLONE_NEWNET) != 0) return fail_errno(errno, "cannot make a network namespace");
    made.fd = UniqueFd(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    if (!made.fd.valid()) return fail_errno(errno, "cannot open the new network namespace");
    KW_TRY(made.inum, own_netns_inum());
    return {};
}

// One rtnetlink request inside a namespace, with the device it is about in the error.
Status request_in(int netns_fd, const std::string& about, NetlinkMessage& message) {
    return in_netns(netns_fd, [&]() -> Status {
        KW_TRY(NetlinkSocket socket, NetlinkSocket::open(NETLINK_ROUTE));
        auto done = socket.request(message);
        if (!done) return tl::unexpected(done.error().in(about));
        return {};
    });
}

Result<uint32_t> index_of(int netns_fd, const std::string& device) {
    uint32_t index = 0;
    KW_CHECK_OK(in_netns(netns_fd, [&]() -> Status {
        index = ::if_nametoindex(device.c_str());
        if (index == 0) return fail_errno(errno, fmt::format("no device {}", escaped(device)));
        return {};
    }));
    return index;
}

uint8_t family_of(const model::IpAddress& address) {
    return address.is_v4() ? AF_INET : AF_INET6;
}

}  // namespace

Result<Netns> create_netns() {
    Netns made;
    Status outcome;
    try {
        std::thread maker([&] { outcome = unshare_into(made); });
        maker.join();
    } catch (const std::system_error& problem) {
        return fail_errno(problem.code().value(), "cannot start a thread");
    }
    KW_CHECK_OK(outcome);
    return made;
}

Status create_veth_pair(const VethEnd& one, const VethEnd& other) {
    NetlinkMessage message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
    message.header<ifinfomsg>();
    message.put_text(IFLA_IFNAME, one.name);
    message.nest(IFLA_LINKINFO, [&](NetlinkMessage& info) {
        info.put_text(IFLA_INFO_KIND, "veth");
        info.nest(IFLA_INFO_DATA, [&](NetlinkMessage& data) {
            data.nest(VETH_INFO_PEER, [&](NetlinkMessage& peer) {
                peer.header<ifinfomsg>();
                peer.put_text(IFLA_IFNAME, other.name);
                peer.put_u32(IFLA_NET_NS_FD, static_cast<uint32_t>(other.netns_fd));
            });
        });
    });
    return request_in(one.netns_fd,
                      fmt::format("making the veth pair {} and {}", one.name, other.name), message);
}

Status set_link_up(int netns_fd, const std::string& device) {
    NetlinkMessage message(RTM_NEWLINK, 0);
    auto& link = message.header<ifinfomsg>();
    link.ifi_flags = IFF_UP;
    link.ifi_change = IFF_UP;
    message.put_text(IFLA_IFNAME, device);
    return request_in(netns_fd, fmt::format("setting {} up", device), message);
}

Status add_address(int netns_fd, const std::string& device, const model::Prefix& address) {
    KW_TRY(const uint32_t index, index_of(netns_fd, device));
    NetlinkMessage message(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
    auto& header = message.header<ifaddrmsg>();
    header.ifa_family = family_of(address.address);
    header.ifa_prefixlen = address.length;
    header.ifa_flags = address.address.is_v6() ? IFA_F_NODAD : 0;
    header.ifa_index = index;
    message.put_bytes(IFA_LOCAL, address.address.bytes());
    message.put_bytes(IFA_ADDRESS, address.address.bytes());
    return request_in(netns_fd, fmt::format("adding {} to {}", address.text(), device), message);
}

Status add_neighbour(int netns_fd, const std::string& device, const model::IpAddress& address,
                     const model::MacAddress& mac) {
    KW_TRY(const uint32_t index, index_of(netns_fd, device));
    NetlinkMessage message(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE);
    auto& header = message.header<ndmsg>();
    header.ndm_family = family_of(address);
    header.ndm_ifindex = static_cast<int>(index);
    header.ndm_state = NUD_PERMANENT;
    message.put_bytes(NDA_DST, address.bytes());
    message.put_bytes(NDA_LLADDR, mac.bytes);
    return request_in(netns_fd, fmt::format("adding the neighbour {}", address.text()), message);
}

Result<model::MacAddress> mac_of(int netns_fd, const std::string& device) {
    model::MacAddress mac;
    KW_CHECK_OK(in_netns(netns_fd, [&]() -> Status {
        NetlinkMessage message(RTM_GETLINK, 0);
        message.header<ifinfomsg>();
        message.put_text(IFLA_IFNAME, device);
        KW_TRY(NetlinkSocket socket, NetlinkSocket::open(NETLINK_ROUTE));
        KW_TRY(const NetlinkDump answer, socket.get(message));
        answer.for_each([&](const nlmsghdr* link) {
            const auto bytes = Attributes(link, sizeof(ifinfomsg)).bytes(IFLA_ADDRESS);
            if (bytes.size() == mac.bytes.size())
                std::copy(bytes.begin(), bytes.end(), mac.bytes.begin());
        });
        return {};
    }));
    return mac;
}

Status write_sysctl_in(int netns_fd, std::string_view name, std::string_view value) {
    return in_netns(netns_fd, [&] { return write_sysctl(name, value); });
}

}  // namespace knowhy::host
