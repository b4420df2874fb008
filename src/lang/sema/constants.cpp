#include "lang/sema/constants.h"

#include <netinet/in.h>  // before the kernel's, which make room for it

#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <linux/sched.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace knowhy::lang {
namespace {

struct Constant {
    std::string_view name;
    int64_t value;
};

#define KNOWHY_CONSTANT(name) \
    Constant {                \
#name, name           \
    }

// Task states are of include/linux/sched.h, which is not for user space. The others are uapi.
constexpr std::array kConstants = {
    KNOWHY_CONSTANT(AF_UNSPEC),
    KNOWHY_CONSTANT(AF_UNIX),
    KNOWHY_CONSTANT(AF_INET),
    KNOWHY_CONSTANT(AF_INET6),
    KNOWHY_CONSTANT(AF_NETLINK),
    KNOWHY_CONSTANT(AF_PACKET),
    KNOWHY_CONSTANT(AF_BRIDGE),
    KNOWHY_CONSTANT(AF_VSOCK),
    KNOWHY_CONSTANT(AF_XDP),
    KNOWHY_CONSTANT(SOCK_STREAM),
    KNOWHY_CONSTANT(SOCK_DGRAM),
    KNOWHY_CONSTANT(SOCK_RAW),
    KNOWHY_CONSTANT(SOL_SOCKET),
    KNOWHY_CONSTANT(SO_REUSEPORT),
    KNOWHY_CONSTANT(IPPROTO_IP),
    KNOWHY_CONSTANT(IPPROTO_ICMP),
    KNOWHY_CONSTANT(IPPROTO_TCP),
    KNOWHY_CONSTANT(IPPROTO_UDP),
    KNOWHY_CONSTANT(IPPROTO_IPV6),
    KNOWHY_CONSTANT(IPPROTO_GRE),
    KNOWHY_CONSTANT(IPPROTO_ESP),
    KNOWHY_CONSTANT(IPPROTO_ICMPV6),
    KNOWHY_CONSTANT(IPPROTO_SCTP),
    KNOWHY_CONSTANT(ETH_P_IP),
    KNOWHY_CONSTANT(ETH_P_ARP),
    KNOWHY_CONSTANT(ETH_P_IPV6),
    KNOWHY_CONSTANT(ETH_P_8021Q),
    KNOWHY_CONSTANT(ETH_P_8021AD),
    KNOWHY_CONSTANT(ETH_P_SLOW),
    KNOWHY_CONSTANT(ETH_P_LLDP),
    KNOWHY_CONSTANT(ETH_P_MPLS_UC),
    KNOWHY_CONSTANT(ETH_P_ALL),
    KNOWHY_CONSTANT(ETH_ALEN),
    KNOWHY_CONSTANT(ETH_HLEN),
    KNOWHY_CONSTANT(IFNAMSIZ),
    KNOWHY_CONSTANT(ARPHRD_ETHER),
    KNOWHY_CONSTANT(ARPHRD_LOOPBACK),
    KNOWHY_CONSTANT(NF_DROP),
    KNOWHY_CONSTANT(NF_ACCEPT),
    KNOWHY_CONSTANT(NF_STOLEN),
    KNOWHY_CONSTANT(NF_QUEUE),
    KNOWHY_CONSTANT(NF_REPEAT),
    KNOWHY_CONSTANT(EPERM),
    KNOWHY_CONSTANT(ENOENT),
    KNOWHY_CONSTANT(EAGAIN),
    KNOWHY_CONSTANT(ENOMEM),
    KNOWHY_CONSTANT(EINVAL),
    KNOWHY_CONSTANT(ENOBUFS),
    KNOWHY_CONSTANT(EOPNOTSUPP),
    KNOWHY_CONSTANT(ECONNREFUSED),
    KNOWHY_CONSTANT(ETIMEDOUT),
    KNOWHY_CONSTANT(ENETUNREACH),
    KNOWHY_CONSTANT(EHOSTUNREACH),
    KNOWHY_CONSTANT(EXDEV),
    KNOWHY_CONSTANT(CLONE_NEWNET),
    Constant{"TASK_RUNNING", 0},
    Constant{"TASK_INTERRUPTIBLE", 1},
    Constant{"TASK_UNINTERRUPTIBLE", 2},
};

#undef KNOWHY_CONSTANT

}  // namespace

std::optional<int64_t> header_constant(std::string_view name) {
    const auto* found = std::ranges::find(kConstants, name, &Constant::name);
    return found != kConstants.end() ? std::optional(found->value) : std::nullopt;
}

}  // namespace knowhy::lang
