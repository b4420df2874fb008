// kw-inject: makes the traffic of the lab's recipes. One program for all of it, because starting a
// process costs 50 ms in the emulated guest and an interpreter 300.
#include <fmt/format.h>

#include <map>

#include "net.h"
#include "verbs.h"

int main(int argc, char** argv) {
    using namespace knowhy::lab;
    const std::map<std::string, int (*)(const Words&)> verbs = {
        {"send", send_frames},     {"udp", send_udp},     {"socket", open_socket},
        {"connect", open_streams}, {"tcp", tcp_segments}, {"tun", open_tun},
        {"xdp", attach_xdp},       {"can", can_attach},
    };
    Words words(argv + 1, argv + argc);
    if (words.size() >= 2 && words[0] == "-n") {
        enter_netns(words[1]);
        words.erase(words.begin(), words.begin() + 2);
    }
    if (words.empty() || !verbs.contains(words[0])) {
        fmt::print(stderr, "usage: kw-inject [-n NETNS] VERB [key=value...]; see lab/README.md\n");
        return 2;
    }
    const auto verb = verbs.at(words[0]);
    words.erase(words.begin());
    return verb(words);
}
