// One look at one namespace, in progress: what every reader of a family is given. All of it runs
// inside the namespace, on one thread.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "host/attributes.h"
#include "host/netlink.h"
#include "model/state.h"

namespace knowhy::net {

class Look {
  public:
    Look(model::NetnsState& into, host::NetlinkSocket& rtnetlink)
        : state(into), rtnetlink_(rtnetlink) {}

    // Every message of an rtnetlink dump. One that fails, or is not whole, is a problem of `what`
    // and leaves the state incomplete; what was read of it is kept.
    void dump(std::string_view what, host::NetlinkMessage& request,
              const std::function<void(const nlmsghdr*)>& visit) {
        dump(what, rtnetlink_, request, visit);
    }
    // The same over another family's socket.
    void dump(std::string_view what, host::NetlinkSocket& socket, host::NetlinkMessage& request,
              const std::function<void(const nlmsghdr*)>& visit);

    // Something could not be read, so what the state says of it is not all there is.
    void incomplete(std::string_view what, const Error& error);
    // Something was never looked at.
    void note(std::string problem) { state.problems.push_back(std::move(problem)); }

    model::NetnsState& state;

  private:
    host::NetlinkSocket& rtnetlink_;
};

// By family, each in the file of its name. They only add to look.state.
void read_links(Look& look);
void read_bridges(Look& look);  // needs the links
void read_addresses(Look& look);
void read_routes(Look& look);
void read_rules(Look& look);
void read_neighbours(Look& look);
void read_qdiscs(Look& look);
void read_tc_filters(Look& look);  // needs the qdiscs
void read_nft(Look& look);
void read_multicast(Look& look);
void read_listeners(Look& look);

// 4 or 16 bytes; no address for any other number of them.
model::IpAddress address_from(std::span<const uint8_t> bytes);
// 6 bytes, else nullopt (devices that are not Ethernet's).
std::optional<model::MacAddress> mac_from(std::span<const uint8_t> bytes);
// The attribute's address and `length` bits; without the attribute all addresses of the family.
model::Prefix prefix_from(std::span<const uint8_t> bytes, uint8_t family, uint8_t length);

}  // namespace knowhy::net
