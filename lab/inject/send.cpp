// Injected frames and plain datagrams.
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include "args.h"
#include "frame.h"
#include "net.h"
#include "verbs.h"

namespace knowhy::lab {

int send_frames(const Words& words) {
    const Args args(words);
    const int fd = open_packet_socket(args.text("dev", "va"), Tap::None);
    const auto count = args.number("n", 3);
    const auto gap = args.number("gap", 5);
    for (int64_t i = 0; i < count; ++i) {
        const auto frame = build_frame(args, static_cast<unsigned>(i));
        args.reject_unknown();
        checked(static_cast<int>(send(fd, frame.data(), frame.size(), 0)), "send");
        sleep_ms(gap);
    }
    close(fd);
    return 0;
}

int send_udp(const Words& words) {
    const Args args(words);
    const auto count = args.number("n", 3);
    const auto gap = args.number("gap", 0);
    const bool vary = args.text("vary", "") == "sport";
    const std::string payload(static_cast<size_t>(args.number("len", 20)), 'x');
    const auto to =
        ipv4_endpoint(args.text("to", "10.1.0.2"), static_cast<uint16_t>(args.number("port", 9)));
    args.reject_unknown();
    int fd = -1;
    for (int64_t i = 0; i < count; ++i) {
        if (fd < 0 || vary) {
            fd = checked(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
            set_option(fd, SOL_SOCKET, SO_BROADCAST, 1);
        }
        // What sendto() says is not what becomes of the datagram; the case looks for that itself.
        (void)sendto(fd, payload.data(), payload.size(), 0, reinterpret_cast<const sockaddr*>(&to),
                     sizeof(to));
        sleep_ms(gap);
    }
    return 0;
}

}  // namespace knowhy::lab
