#include "net.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "args.h"

namespace knowhy::lab {

void enter_netns(const std::string& name) {
    const auto path = "/run/netns/" + name;
    const int fd = checked(open(path.c_str(), O_RDONLY | O_CLOEXEC), path);
    checked(setns(fd, CLONE_NEWNET), path);
    close(fd);
}

int open_packet_socket(const std::string& device, Tap tap) {
    const uint16_t protocol = tap == Tap::Listening ? htons(ETH_P_ALL) : 0;
    const int fd = checked(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, protocol), "socket");
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = protocol;
    address.sll_ifindex = static_cast<int>(if_nametoindex(device.c_str()));
    if (address.sll_ifindex == 0) {
        die(fmt::format("no device {}", device));
    }
    checked(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), "bind " + device);
    return fd;
}

sockaddr_in ipv4_endpoint(const std::string& address, uint16_t port) {
    sockaddr_in endpoint{};
    endpoint.sin_family = AF_INET;
    endpoint.sin_port = htons(port);
    if (inet_pton(AF_INET, address.c_str(), &endpoint.sin_addr) != 1) {
        die(fmt::format("'{}' is no IPv4 address", address));
    }
    return endpoint;
}

void refuse_everything(int fd) {
    sock_filter refuse = BPF_STMT(BPF_RET | BPF_K, 0);
    const sock_fprog program{1, &refuse};
    checked(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)), "filter");
}

void set_option(int fd, int level, int name, int value) {
    checked(setsockopt(fd, level, name, &value, sizeof(value)), "setsockopt");
}

void sleep_ms(int64_t milliseconds) {
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

}  // namespace knowhy::lab
