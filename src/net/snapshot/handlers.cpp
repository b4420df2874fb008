#include "net/snapshot/handlers.h"

#include "base/text.h"

namespace knowhy::net {

// "Type Device      Function", then for instance "0806          arp_rcv", "ALL  eth0 packet_rcv"
// and "0806          rlb_arp_recv [bonding]".
std::vector<model::PacketHandler> parse_ptype(std::string_view text) {
    std::vector<model::PacketHandler> handlers;
    for (const std::string_view line : split(text, '\n')) {
        auto words = split_whitespace(line);
        if (words.size() < 2 || words[0] == "Type") continue;
        std::string module;
        if (words.back().starts_with('[')) {
            module = ' ' + std::string(words.back());
            words.pop_back();
        }
        if (words.size() < 2 || words.size() > 3) continue;
        handlers.push_back({std::string(words[0]), words.size() == 3 ? std::string(words[1]) : "",
                            std::string(words.back()) + module});
    }
    return handlers;
}

}  // namespace knowhy::net
