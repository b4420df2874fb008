// Netlink over libmnl: messages, requests with an answer, dumps that are whole, notifications.
//
// A socket belongs to the namespace of the thread that opened it, wherever it is used later.
#pragma once

#include <linux/netlink.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"

struct mnl_socket;  // libmnl's

namespace knowhy::host {

// A request under construction. Attributes follow the family's own header.
class NetlinkMessage {
  public:
    // `flags` are added to NLM_F_REQUEST.
    NetlinkMessage(uint16_t type, uint16_t flags);

    // The family's header (ifinfomsg, rtmsg...), zeroed, at the message's end: before any
    // attribute, or first inside a nested one (VETH_INFO_PEER holds an ifinfomsg). The reference is
    // good until the message is gone: the buffer never grows.
    template <typename Header>
    Header& header() {
        return *static_cast<Header*>(reserve_header(sizeof(Header)));
    }
    NetlinkMessage& put_u8(uint16_t attribute, uint8_t value);
    NetlinkMessage& put_u32(uint16_t attribute, uint32_t value);
    NetlinkMessage& put_text(uint16_t attribute, std::string_view text);  // NUL-terminated
    NetlinkMessage& put_bytes(uint16_t attribute, std::span<const uint8_t> bytes);
    // The attributes that `fill` puts become members of this one.
    NetlinkMessage& nest(uint16_t attribute, const std::function<void(NetlinkMessage&)>& fill);
    [[nodiscard]] nlmsghdr* raw() {
        return static_cast<nlmsghdr*>(static_cast<void*>(buffer_.data()));
    }

    // False when something did not fit: our requests are small, so that would be a bug.
    [[nodiscard]] bool fits() const { return fits_; }

  private:
    void* reserve_header(size_t size);

    std::vector<uint8_t> buffer_;
    bool fits_ = true;
};

// All messages of one dump, as the kernel sent them.
struct NetlinkDump {
    void for_each(const std::function<void(const nlmsghdr*)>& visit) const;
    // Nothing changed under the dump, and nothing was left out for its size.
    [[nodiscard]] bool whole() const { return !interrupted && !cut; }

    std::vector<uint8_t> bytes;
    bool interrupted = false;  // NLM_F_DUMP_INTR to the last try: the state kept changing
    bool cut = false;          // more than kMaxDumpBytes
};

class NetlinkSocket {
  public:
    // `protocol` is NETLINK_ROUTE, NETLINK_NETFILTER, NETLINK_SOCK_DIAG...
    static Result<NetlinkSocket> open(int protocol);

    // Sends one request, adding NLM_F_ACK, and waits until the kernel has carried it out. The
    // kernel's own words are in the error where it has some.
    Status request(NetlinkMessage& message);
    // The same for messages that were put together elsewhere (libnftnl's batches). Waits for an
    // answer to each message that asks for one with NLM_F_ACK.
    Status request_batch(std::span<const uint8_t> batch);
    // A request that is answered by one message (RTM_GETLINK of one device).
    Result<NetlinkDump> get(NetlinkMessage& message);
    // NLM_F_DUMP is added. Tried again a few times while the state changes under it.
    Result<NetlinkDump> dump(NetlinkMessage& message);

    Status join(unsigned group);
    enum class Pending { Nothing, Messages, Lost };
    // Throws away what has arrived, without waiting, and says whether there was something. Lost:
    // the socket's buffer overflowed (ENOBUFS), or the socket failed, so anything may have changed.
    Pending drain();
    [[nodiscard]] int fd() const;

  private:
    struct Close {
        void operator()(mnl_socket* socket) const;
    };
    explicit NetlinkSocket(mnl_socket* socket);
    Result<NetlinkDump> exchange(NetlinkMessage& message, uint16_t flags);
    Result<std::span<uint8_t>> receive();

    std::unique_ptr<mnl_socket, Close> socket_;
    std::vector<uint8_t> buffer_;
    uint32_t sequence_ = 0;
};

}  // namespace knowhy::host
