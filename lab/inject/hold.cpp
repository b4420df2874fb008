// Things that stay open until they are killed: sockets, tun devices.
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "args.h"
#include "net.h"
#include "verbs.h"

namespace knowhy::lab {
namespace {

void read_for_ever(int fd) {
    char buffer[65536];
    while (read(fd, buffer, sizeof(buffer)) >= 0) {
    }
}

// for=MS: how long it stays open, so that a recipe can have it closed. Without it, until killed.
void limit_life(const Args& args) {
    const auto milliseconds = args.number("for", 0);
    if (milliseconds > 0) {
        std::thread([milliseconds] {
            sleep_ms(milliseconds);
            _exit(0);
        }).detach();
    }
}

void wait_for_ever() {
    while (true) {
        pause();
    }
}

void join_group(int fd, const std::string& group) {
    ip_mreqn request{};
    request.imr_multiaddr = ipv4_endpoint(group, 0).sin_addr;
    request.imr_ifindex = static_cast<int>(if_nametoindex("vb"));
    checked(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof(request)), "join");
}

// proto=udp, tcp, udp6, or the number of an IP protocol for a raw socket.
int socket_for(const Args& args) {
    const auto proto = args.text("proto", "udp");
    if (proto == "udp") return socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (proto == "udp6") return socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (proto == "tcp") return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, static_cast<int>(args.number("proto", 0)));
}

void bind_to(int fd, const Args& args) {
    const auto port = static_cast<uint16_t>(args.number("port", 9));
    const auto address = ipv4_endpoint(args.text("addr", "0.0.0.0"), port);
    sockaddr_in6 any6{};
    any6.sin6_family = AF_INET6;
    any6.sin6_port = htons(port);
    const bool six = args.text("proto", "udp") == "udp6";
    checked(six ? bind(fd, reinterpret_cast<const sockaddr*>(&any6), sizeof(any6))
                : bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
            "bind");
}

int make_socket(const Args& args) {
    const int fd = checked(socket_for(args), "socket");
    set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (args.has("rcvbuf")) {
        set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, static_cast<int>(args.number("rcvbuf", 0)));
    }
    bind_to(fd, args);
    if (const auto group = args.text("join", ""); !group.empty()) {
        join_group(fd, group);
    }
    if (args.text("filter", "") == "drop") {
        refuse_everything(fd);
    }
    if (const auto peer = args.text("peer", ""); !peer.empty()) {
        const auto endpoint =
            ipv4_endpoint(peer, static_cast<uint16_t>(args.number("peerport", 1)));
        checked(connect(fd, reinterpret_cast<const sockaddr*>(&endpoint), sizeof(endpoint)), peer);
    }
    if (args.text("proto", "udp") == "tcp") {
        checked(listen(fd, static_cast<int>(args.number("backlog", 16))), "listen");
    }
    return fd;
}

}  // namespace

int hold(const std::function<void()>& prepare, const std::function<void()>& serve) {
    prepare();
    if (checked(fork(), "fork") > 0) {
        _exit(0);  // without unwinding: what was prepared belongs to the child now
    }
    const int null = open("/dev/null", O_RDWR);
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        dup2(null, fd);
    }
    serve();
    return 0;
}

int open_socket(const Words& words) {
    const Args args(words);
    const bool reads = args.text("read", "yes") == "yes";
    const bool accepts = args.text("accept", "no") == "yes";
    int fd = -1;
    return hold(
        [&] {
            fd = make_socket(args);
            (void)args.number("for", 0);
            args.reject_unknown();
        },
        [&] {
            limit_life(args);
            while (accepts && accept(fd, nullptr, nullptr) >= 0) {
            }
            if (reads && args.text("proto", "udp") != "tcp") {
                read_for_ever(fd);
            }
            wait_for_ever();
        });
}

int open_streams(const Words& words) {
    const Args args(words);
    return hold(
        [&] {
            const auto to = ipv4_endpoint(args.text("to", "10.1.0.2"),
                                          static_cast<uint16_t>(args.number("port", 7000)));
            const auto gap = args.number("gap", 5);
            const auto count = args.number("n", 1);
            args.reject_unknown();
            for (int64_t i = 0; i < count; ++i) {
                const int fd = checked(
                    socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
                (void)connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof(to));
                sleep_ms(gap);
            }
        },
        wait_for_ever);
}

int open_tun(const Words& words) {
    const Args args(words);
    const bool reads = args.text("read", "yes") == "yes";
    int fd = -1;
    return hold(
        [&] {
            ifreq request{};
            const auto name = args.text("name", "tun0");
            name.copy(request.ifr_name, IFNAMSIZ - 1);
            const bool tap = args.text("mode", "tun") == "tap";
            request.ifr_flags = static_cast<short>((tap ? IFF_TAP : IFF_TUN) | IFF_NO_PI);
            (void)args.number("for", 0);
            args.reject_unknown();
            fd = checked(open("/dev/net/tun", O_RDWR | O_CLOEXEC), "/dev/net/tun");
            checked(ioctl(fd, TUNSETIFF, &request), name);
        },
        [&] {
            limit_life(args);
            if (reads) {
                read_for_ever(fd);
            }
            wait_for_ever();
        });
}

}  // namespace knowhy::lab
