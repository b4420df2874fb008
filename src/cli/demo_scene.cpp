#include "cli/demo_scene.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "base/fd.h"
#include "cli/demo_frame.h"
#include "host/netns_setup.h"
#include "net/snapshot/snapshot.h"

namespace knowhy::cli {
namespace {

constexpr unsigned kPackets = 5;
constexpr uint16_t kClosedPort = 9;
constexpr uint16_t kFilteredPort = 5201;

model::IpAddress one() {
    return *model::IpAddress::parse("10.9.0.1");
}
model::IpAddress other() {
    return *model::IpAddress::parse("10.9.0.2");
}

Result<host::Netns> quiet_namespace() {
    KW_TRY(host::Netns netns, host::create_netns());
    // IPv6 would begin to talk by itself, and this story has only one speaker. A kernel without
    // IPv6 has no such sysctl, and is quiet anyway.
    for (const char* scope : {"all", "default"}) {
        (void)host::write_sysctl_in(netns.fd.get(),
                                    std::string("net.ipv6.conf.") + scope + ".disable_ipv6", "1");
    }
    return netns;
}

// A device that was just set up loses what it is given until the kernel has noticed its carrier.
Status wait_until_up(const host::Netns& netns, const std::string& device) {
    using namespace std::chrono_literals;
    const auto deadline = std::chrono::steady_clock::now() + 5s;
    while (std::chrono::steady_clock::now() < deadline) {
        KW_TRY(const model::NetnsState state, net::read_netns(netns));
        const model::Link* link = state.link(device);
        if (link != nullptr && link->operstate == "UP") return {};
        std::this_thread::sleep_for(20ms);
    }
    return fail(ErrorKind::System, "{} did not come up", device);
}

// v0 10.9.0.1 in `left`, v1 10.9.0.2 in `right`, joined; they may be the same namespace.
Status join(const host::Netns& left, const host::Netns& right) {
    KW_CHECK_OK(host::create_veth_pair({left.fd.get(), "v0"}, {right.fd.get(), "v1"}));
    KW_CHECK_OK(host::add_address(left.fd.get(), "v0", {one(), 24}));
    KW_CHECK_OK(host::add_address(right.fd.get(), "v1", {other(), 24}));
    KW_CHECK_OK(host::set_link_up(left.fd.get(), "v0"));
    KW_CHECK_OK(host::set_link_up(right.fd.get(), "v1"));
    KW_CHECK_OK(wait_until_up(left, "v0"));
    return wait_until_up(right, "v1");
}

Result<Network> two_nics_of_one_host() {
    Network network;
    KW_TRY(host::Netns only, quiet_namespace());
    KW_CHECK_OK(join(only, only));
    network.push_back(std::move(only));
    return network;
}

Result<Network> two_hosts() {
    KW_TRY(host::Netns left, quiet_namespace());
    KW_TRY(host::Netns right, quiet_namespace());
    KW_CHECK_OK(join(left, right));
    Network network;
    network.push_back(std::move(left));
    network.push_back(std::move(right));
    return network;
}

Result<Network> two_hosts_with_firewall() {
    KW_TRY(Network network, two_hosts());
    KW_CHECK_OK(host::add_nft_drop(network.back().fd.get(),
                                   {"filter", "input", IPPROTO_UDP, kFilteredPort}));
    return network;
}

// Out of v0 as if a card had made them: the host's own routing never sees them leave.
Status send_frames(const Network& network) {
    const int netns = network.front().fd.get();
    KW_TRY(const auto from_mac, host::mac_of(netns, "v0"));
    KW_TRY(const auto to_mac, host::mac_of(netns, "v1"));
    return host::in_netns(netns, [&]() -> Status {
        const UniqueFd packet(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
        if (!packet.valid()) return fail_errno(errno, "opening a packet socket");
        sockaddr_ll to{};
        to.sll_family = AF_PACKET;
        to.sll_ifindex = static_cast<int>(if_nametoindex("v0"));
        for (unsigned i = 0; i < kPackets; ++i) {
            const auto frame = roce_frame(from_mac, to_mac, one(), other(), i);
            if (::sendto(packet.get(), frame.data(), frame.size(), 0,
                         reinterpret_cast<const sockaddr*>(&to), sizeof to) < 0) {
                return fail_errno(errno, "sending on v0");
            }
        }
        return {};
    });
}

Status send_datagrams(const Network& network, uint16_t port) {
    return host::in_netns(network.front().fd.get(), [port]() -> Status {
        const UniqueFd udp(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        if (!udp.valid()) return fail_errno(errno, "opening a socket");
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(other().v4_host());
        constexpr std::string_view kText = "is anybody there?";
        for (unsigned i = 0; i < kPackets; ++i) {
            if (::sendto(udp.get(), kText.data(), kText.size(), 0,
                         reinterpret_cast<const sockaddr*>(&to), sizeof to) < 0) {
                return fail_errno(errno, "sending to 10.9.0.2");
            }
        }
        return {};
    });
}

}  // namespace

const std::vector<Scene>& scenes() {
    static const std::vector<Scene> all = {
        {"martian", "Two NICs of one host, and no packet gets from one to the other",
         "a network namespace with two NICs joined by a cable (a veth pair), v0 with 10.9.0.1/24 "
         "and v1 with 10.9.0.2/24, both up.",
         "5 RoCEv2 packets out of v0, from 10.9.0.1 to 10.9.0.2 port 4791.",
         "tcpdump on v1 would show each of them arrive. No socket gets one, no error comes back, "
         "the kernel logs nothing.",
         two_nics_of_one_host, send_frames},
        {"closed-port", "Datagrams that nobody answers",
         "two network namespaces joined by a cable (a veth pair), v0 with 10.9.0.1/24 in one and "
         "v1 with 10.9.0.2/24 in the other.",
         "5 UDP datagrams from 10.9.0.1 to 10.9.0.2 port 9.", "Every send() says that it worked.",
         two_hosts, [](const Network& network) { return send_datagrams(network, kClosedPort); }},
        {"firewall", "Datagrams that vanish without an error",
         "two network namespaces joined by a cable (a veth pair), v0 with 10.9.0.1/24 in one and "
         "v1 with 10.9.0.2/24 in the other, which has an nftables rule.",
         "5 UDP datagrams from 10.9.0.1 to 10.9.0.2 port 5201.",
         "Every send() says that it worked, and no ICMP error comes back.", two_hosts_with_firewall,
         [](const Network& network) { return send_datagrams(network, kFilteredPort); }},
    };
    return all;
}

const Scene* find_scene(const std::string& name) {
    const auto found = std::find_if(scenes().begin(), scenes().end(),
                                    [&](const Scene& scene) { return scene.name == name; });
    return found != scenes().end() ? &*found : nullptr;
}

}  // namespace knowhy::cli
