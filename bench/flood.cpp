// flood: sends UDP datagrams one by one and prints what one costs, for bench/packet_cost.py.
//
//   flood ADDRESS PORT COUNT [RECEIVER_NETNS]
//
// With RECEIVER_NETNS (a file under /run/netns) a socket bound to ADDRESS:PORT there takes them, so
// that they are delivered; without, nobody listens and every one of them is dropped. Prints one
// JSON object: packets, delivered, ns_per_packet (CLOCK_MONOTONIC over the whole loop: on the
// loopback and on veth the receiving side runs inside the sender's call, in softirq).
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace {

constexpr int kBurst = 64;  // datagrams between two rounds of emptying the receiver

[[noreturn]] void give_up(const char* what) {
    std::perror(what);
    std::exit(1);
}

uint64_t now_ns() {
    timespec ts{};
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return static_cast<uint64_t>(ts.tv_sec) * 1'000'000'000U + static_cast<uint64_t>(ts.tv_nsec);
}

// A socket bound in another network namespace; it stays there when we come back.
int receiver_in(const char* netns, const sockaddr_in& address) {
    const int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    const int there = open(netns, O_RDONLY | O_CLOEXEC);
    if (there < 0 || setns(there, CLONE_NEWNET) != 0) give_up(netns);
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        give_up("bind");
    if (setns(home, CLONE_NEWNET) != 0) give_up("setns");
    close(there);
    close(home);
    return fd;
}

uint64_t drain(int fd) {
    std::array<char, 256> buffer{};
    uint64_t count = 0;
    while (recv(fd, buffer.data(), buffer.size(), 0) >= 0) ++count;
    return count;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 4) {
        std::fprintf(stderr, "usage: flood ADDRESS PORT COUNT [RECEIVER_NETNS]\n");
        return 2;
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(std::atoi(argv[2])));
    if (inet_pton(AF_INET, argv[1], &address.sin_addr) != 1) give_up(argv[1]);
    const int count = std::atoi(argv[3]);
    const int receiver = argc > 4 ? receiver_in(argv[4], address) : -1;
    const int sender = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (sender < 0) give_up("socket");

    const std::array<char, 20> payload{};
    uint64_t delivered = 0;
    const uint64_t start = now_ns();
    for (int i = 0; i < count; ++i) {
        sendto(sender, payload.data(), payload.size(), 0,
               reinterpret_cast<const sockaddr*>(&address), sizeof address);
        if (receiver >= 0 && i % kBurst == kBurst - 1) delivered += drain(receiver);
    }
    const uint64_t elapsed = now_ns() - start;
    if (receiver >= 0) delivered += drain(receiver);
    std::printf("{\"packets\":%d,\"delivered\":%lu,\"ns_per_packet\":%lu}\n", count, delivered,
                elapsed / static_cast<uint64_t>(count));
    return 0;
}
