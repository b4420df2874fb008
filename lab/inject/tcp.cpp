// A live TCP connection from namespace A to B, and segments forged into it from A's side: each
// field can be given relative to what B's socket expects next.
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <optional>

#include "args.h"
#include "frame.h"
#include "net.h"
#include "verbs.h"

namespace knowhy::lab {
namespace {

// What one end last said, in host byte order.
struct Spoken {
    uint32_t seq_end = 0;  // its next sequence number
    uint32_t ack = 0;      // what it expects next
    uint32_t timestamp = 0;
};

struct Connection {
    int client = -1;
    int server = -1;
    int tap = -1;  // on va
    uint16_t client_port = 0;
    uint16_t server_port = 0;
    Spoken from_client;
    Spoken from_server;
};

std::optional<uint32_t> timestamp_option(const uint8_t* options, size_t length) {
    for (size_t at = 0; at + 1 < length && options[at] != TCPOPT_EOL;) {
        if (options[at] == TCPOPT_NOP) {
            ++at;
            continue;
        }
        if (options[at] == TCPOPT_TIMESTAMP && at + 6 <= length) {
            uint32_t value = 0;
            std::memcpy(&value, options + at + 2, sizeof(value));
            return ntohl(value);
        }
        if (options[at + 1] < 2) {
            return std::nullopt;
        }
        at += options[at + 1];
    }
    return std::nullopt;
}

void note_frame(Connection& connection, const uint8_t* bytes, size_t size) {
    const auto* ip = reinterpret_cast<const iphdr*>(bytes + ETH_HLEN);
    if (size < ETH_HLEN + 40 || ip->version != 4 || ip->protocol != IPPROTO_TCP) {
        return;
    }
    const size_t ip_length = ip->ihl * 4U;
    const auto* tcp = reinterpret_cast<const tcphdr*>(bytes + ETH_HLEN + ip_length);
    const size_t tcp_length = tcp->doff * 4U;
    const bool from_client = ntohs(tcp->source) == connection.client_port;
    const bool from_server = ntohs(tcp->source) == connection.server_port;
    if (!from_client && !from_server) {
        return;
    }
    auto& spoken = from_client ? connection.from_client : connection.from_server;
    const auto payload = ntohs(ip->tot_len) - ip_length - tcp_length;
    spoken.seq_end = static_cast<uint32_t>(ntohl(tcp->seq) + payload + tcp->syn + tcp->fin);
    spoken.ack = ntohl(tcp->ack_seq);
    const auto* options = reinterpret_cast<const uint8_t*>(tcp) + sizeof(tcphdr);
    spoken.timestamp =
        timestamp_option(options, tcp_length - sizeof(tcphdr)).value_or(spoken.timestamp);
}

// Reads what went over va since last time, until nothing came for a while.
void catch_up(Connection& connection) {
    timeval patience{0, 150'000};
    checked(setsockopt(connection.tap, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)),
            "SO_RCVTIMEO");
    uint8_t bytes[65536];
    for (ssize_t size = 0; (size = recv(connection.tap, bytes, sizeof(bytes), 0)) > 0;) {
        note_frame(connection, bytes, static_cast<size_t>(size));
    }
}

uint16_t local_port(int fd) {
    sockaddr_in address{};
    socklen_t length = sizeof(address);
    checked(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length), "getsockname");
    return ntohs(address.sin_port);
}

void exchange_greeting(int from, int to) {
    char byte = '.';
    checked(static_cast<int>(write(from, &byte, 1)), "write");
    checked(static_cast<int>(read(to, &byte, 1)), "read");
}

Connection establish(const Args& args) {
    Connection connection;
    connection.server_port = static_cast<uint16_t>(args.number("port", 7000));
    enter_netns(args.text("b", ""));
    const int listener = checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    if (args.has("rcvbuf")) {
        set_option(listener, SOL_SOCKET, SO_RCVBUFFORCE,
                   static_cast<int>(args.number("rcvbuf", 0)));
    }
    const auto any = ipv4_endpoint("0.0.0.0", connection.server_port);
    checked(bind(listener, reinterpret_cast<const sockaddr*>(&any), sizeof(any)), "bind");
    checked(listen(listener, 4), "listen");

    enter_netns(args.text("a", ""));
    connection.tap = open_packet_socket("va", Tap::Listening);
    connection.client = checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    const auto to = ipv4_endpoint("10.1.0.2", connection.server_port);
    checked(connect(connection.client, reinterpret_cast<const sockaddr*>(&to), sizeof(to)),
            "connect");
    connection.client_port = local_port(connection.client);
    connection.server = checked(accept(listener, nullptr, nullptr), "accept");
    close(listener);
    if (args.has("minttl")) {
        set_option(connection.server, IPPROTO_IP, IP_MINTTL,
                   static_cast<int>(args.number("minttl", 0)));
    }
    exchange_greeting(connection.client, connection.server);
    exchange_greeting(connection.server, connection.client);
    catch_up(connection);
    return connection;
}

// seq, ack and ts of a step are relative to what the server expects; the rest are frame keys.
void inject(Connection& connection, const Words& words, const Args& step) {
    catch_up(connection);
    const auto seq = static_cast<uint32_t>(connection.from_server.ack + step.number("seq", 0));
    const auto ack = static_cast<uint32_t>(connection.from_server.seq_end + step.number("ack", 0));
    const auto ts = static_cast<uint32_t>(connection.from_client.timestamp + step.number("ts", 1));
    Words keys = {"proto=tcp",
                  "fl=A",
                  "len=10",
                  "n=1",
                  "sport=" + std::to_string(connection.client_port),
                  "dport=" + std::to_string(connection.server_port)};
    keys.insert(keys.end(), words.begin(), words.end());
    keys.push_back("seq=" + std::to_string(seq));
    keys.push_back("ack=" + std::to_string(ack));
    keys.push_back("ts=" + std::to_string(ts));
    keys.push_back("tsecr=" + std::to_string(connection.from_server.timestamp));
    send_frames(keys);
}

// Ends without a farewell, so that nothing of this connection is heard any more.
void reset(int& end) {
    const linger at_once{1, 0};
    checked(setsockopt(end, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), "SO_LINGER");
    close(end);
    end = -1;
}

// A step is a segment unless do= names something else: wait ms=, close end=client|server, reset,
// write n=, keepalive.
void run_step(Connection& connection, const Words& words) {
    const Args step(words);
    const auto verb = step.text("do", "segment");
    if (verb == "wait") {
        sleep_ms(step.number("ms", 100));
    } else if (verb == "close") {
        int& end = step.text("end", "server") == "server" ? connection.server : connection.client;
        close(end);
        end = -1;
        sleep_ms(100);
    } else if (verb == "reset") {
        reset(connection.client);
        reset(connection.server);
    } else if (verb == "write") {
        const std::string bytes(static_cast<size_t>(step.number("n", 1)), 'x');
        (void)send(connection.client, bytes.data(), bytes.size(), MSG_DONTWAIT);
    } else if (verb == "keepalive") {
        set_option(connection.client, SOL_SOCKET, SO_KEEPALIVE, 1);
        set_option(connection.client, IPPROTO_TCP, TCP_KEEPIDLE, 1);
        set_option(connection.client, IPPROTO_TCP, TCP_KEEPINTVL, 1);
    } else if (verb == "segment") {
        inject(connection, words, step);
    } else {
        die("do=" + verb + ": wait, close, reset, write, keepalive or segment");
    }
}

std::vector<Words> split_at_dashes(const Words& words) {
    std::vector<Words> parts(1);
    for (const auto& word : words) {
        if (word == "--") {
            parts.emplace_back();
        } else {
            parts.back().push_back(word);
        }
    }
    return parts;
}

}  // namespace

int tcp_segments(const Words& words) {
    const auto parts = split_at_dashes(words);
    const Args args(parts[0]);
    return hold(
        [&] {
            auto connection = establish(args);
            args.reject_unknown();
            for (size_t i = 1; i < parts.size(); ++i) {
                run_step(connection, parts[i]);
            }
            // A packet socket closed with frames unread frees them as if they were dropped.
            refuse_everything(connection.tap);
            catch_up(connection);
            close(connection.tap);
        },
        [] {
            while (true) {
                pause();
            }
        });
}

}  // namespace knowhy::lab
