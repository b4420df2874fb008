#include <fcntl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <optional>

#include "host/files.h"
#include "host/modules.h"
#include "host/netlink.h"
#include "net/snapshot/snapshot.h"

namespace knowhy::net {
namespace {

constexpr std::array<unsigned, 9> kRouteGroups{
    RTNLGRP_LINK,        RTNLGRP_NEIGH,      RTNLGRP_TC,
    RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV4_RULE,
    RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV6_RULE};
constexpr std::array<unsigned, 1> kNftGroups{NFNLGRP_NFTABLES};

class Watch : public StateWatch {
  public:
    Status begin(const host::Netns& netns) {
        epoll_ = UniqueFd(::epoll_create1(EPOLL_CLOEXEC));
        netns_ = UniqueFd(::fcntl(netns.fd.get(), F_DUPFD_CLOEXEC, 0));
        if (!epoll_.valid() || !netns_.valid())
            return fail_errno(errno, "cannot watch a network namespace");
        KW_CHECK_OK(listen(rtnetlink_, NETLINK_ROUTE, kRouteGroups));
        // Joining the group would load nf_tables.
        if (!host::module_is_absent("nf_tables"))
            KW_CHECK_OK(listen(nftables_, NETLINK_NETFILTER, kNftGroups));
        return {};
    }

    [[nodiscard]] int fd() const override { return epoll_.get(); }

    bool changed() override {
        const bool rtnetlink = rtnetlink_->drain() != host::NetlinkSocket::Pending::Nothing;
        return nftables_changed() || rtnetlink;
    }

  private:
    Status listen(std::optional<host::NetlinkSocket>& socket, int protocol,
                  std::span<const unsigned> groups) {
        const auto joined = host::in_netns(netns_.get(), [&]() -> Status {
            KW_TRY(socket, host::NetlinkSocket::open(protocol));
            for (const unsigned group : groups) KW_CHECK_OK(socket->join(group));
            return {};
        });
        KW_CHECK_OK(joined);
        epoll_event event{.events = EPOLLIN, .data = {}};
        if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, socket->fd(), &event) != 0)
            return fail_errno(errno, "cannot wait for a netlink socket");
        return {};
    }

    bool nftables_changed() {
        if (nftables_) return nftables_->drain() != host::NetlinkSocket::Pending::Nothing;
        if (!host::file_exists("/sys/module/nf_tables")) return false;
        // Somebody loaded it meanwhile: to make rules, most likely.
        return listen(nftables_, NETLINK_NETFILTER, kNftGroups).has_value();
    }

    UniqueFd epoll_;
    UniqueFd netns_;
    std::optional<host::NetlinkSocket> rtnetlink_;
    std::optional<host::NetlinkSocket> nftables_;
};

}  // namespace

Result<std::unique_ptr<StateWatch>> StateWatch::open(const host::Netns& netns) {
    auto watch = std::make_unique<Watch>();
    KW_CHECK_OK(watch->begin(netns));
    return std::unique_ptr<StateWatch>(std::move(watch));
}

}  // namespace knowhy::net
