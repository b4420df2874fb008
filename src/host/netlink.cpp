#include "host/netlink.h"

#include <fmt/format.h>
#include <libmnl/libmnl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "base/text.h"
#include "host/attributes.h"

namespace knowhy::host {
namespace {

constexpr size_t kRequestBytes = 4096;
constexpr size_t kReceiveBytes = size_t{64} << 10U;
constexpr size_t kMaxDumpBytes = size_t{256} << 20U;
constexpr int kDumpTries = 5;

// "Operation not permitted" from the errno, and the kernel's own words where it sent some.
Status outcome_of(const nlmsghdr* message) {
    if (mnl_nlmsg_get_payload_len(message) < sizeof(nlmsgerr))
        return fail(ErrorKind::System, "netlink: an answer that is too short");
    const auto* answer = static_cast<const nlmsgerr*>(mnl_nlmsg_get_payload(message));
    if (answer->error == 0) return {};
    std::string words;
    if ((message->nlmsg_flags & NLM_F_ACK_TLVS) != 0) {
        const bool capped = (message->nlmsg_flags & NLM_F_CAPPED) != 0;
        const size_t request = capped ? 0 : answer->msg.nlmsg_len - sizeof(nlmsghdr);
        const Attributes extra(message, sizeof(nlmsgerr) + request);
        words = escaped(extra.text(NLMSGERR_ATTR_MSG));
    }
    return fail_errno(answer->error,
                      words.empty() ? "netlink" : fmt::format("netlink: \"{}\"", words));
}

// NLMSG_DONE carries the dump's own result: 0, or a negative errno.
Status result_of_dump(const nlmsghdr* done) {
    if (mnl_nlmsg_get_payload_len(done) < sizeof(int)) return {};
    const int result = *static_cast<const int*>(mnl_nlmsg_get_payload(done));
    if (result < 0) return fail_errno(result, "netlink dump");
    return {};
}

void keep(const nlmsghdr* message, NetlinkDump& dump) {
    const auto* begin = static_cast<const uint8_t*>(static_cast<const void*>(message));
    if ((message->nlmsg_flags & NLM_F_DUMP_INTR) != 0) dump.interrupted = true;
    if (dump.bytes.size() + message->nlmsg_len > kMaxDumpBytes) {
        dump.cut = true;
        return;
    }
    dump.bytes.insert(dump.bytes.end(), begin, begin + message->nlmsg_len);
    dump.bytes.resize(NLMSG_ALIGN(dump.bytes.size()));
}

template <typename Visit>
void each_message(std::span<const uint8_t> bytes, Visit visit) {
    const auto* message = static_cast<const nlmsghdr*>(static_cast<const void*>(bytes.data()));
    int left = static_cast<int>(bytes.size());
    for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) visit(message);
}

}  // namespace

NetlinkMessage::NetlinkMessage(uint16_t type, uint16_t flags) : buffer_(kRequestBytes) {
    nlmsghdr* message = mnl_nlmsg_put_header(buffer_.data());
    message->nlmsg_type = type;
    message->nlmsg_flags = static_cast<uint16_t>(NLM_F_REQUEST | flags);
}

void* NetlinkMessage::reserve_header(size_t size) {
    return mnl_nlmsg_put_extra_header(raw(), size);
}

NetlinkMessage& NetlinkMessage::put_u8(uint16_t attribute, uint8_t value) {
    fits_ = mnl_attr_put_u8_check(raw(), buffer_.size(), attribute, value) && fits_;
    return *this;
}

NetlinkMessage& NetlinkMessage::put_u32(uint16_t attribute, uint32_t value) {
    fits_ = mnl_attr_put_u32_check(raw(), buffer_.size(), attribute, value) && fits_;
    return *this;
}

NetlinkMessage& NetlinkMessage::put_text(uint16_t attribute, std::string_view text) {
    const std::string terminated(text);
    fits_ = mnl_attr_put_strz_check(raw(), buffer_.size(), attribute, terminated.c_str()) && fits_;
    return *this;
}

NetlinkMessage& NetlinkMessage::put_bytes(uint16_t attribute, std::span<const uint8_t> bytes) {
    fits_ =
        mnl_attr_put_check(raw(), buffer_.size(), attribute, bytes.size(), bytes.data()) && fits_;
    return *this;
}

NetlinkMessage& NetlinkMessage::nest(uint16_t attribute,
                                     const std::function<void(NetlinkMessage&)>& fill) {
    nlattr* start = mnl_attr_nest_start_check(raw(), buffer_.size(), attribute);
    fits_ = start != nullptr && fits_;
    if (start == nullptr) return *this;
    fill(*this);
    mnl_attr_nest_end(raw(), start);
    return *this;
}

void NetlinkDump::for_each(const std::function<void(const nlmsghdr*)>& visit) const {
    each_message(bytes, visit);
}

void NetlinkSocket::Close::operator()(mnl_socket* socket) const {
    mnl_socket_close(socket);
}

NetlinkSocket::NetlinkSocket(mnl_socket* socket) : socket_(socket), buffer_(kReceiveBytes) {}

Result<NetlinkSocket> NetlinkSocket::open(int protocol) {
    mnl_socket* raw = mnl_socket_open2(protocol, SOCK_CLOEXEC);
    if (raw == nullptr)
        return fail_errno(errno, fmt::format("cannot open a netlink socket ({})", protocol));
    NetlinkSocket socket(raw);
    if (mnl_socket_bind(raw, 0, MNL_SOCKET_AUTOPID) != 0)
        return fail_errno(errno, "cannot bind a netlink socket");
    // Older kernels have no words of their own; then the errno has to do.
    int on = 1;
    mnl_socket_setsockopt(raw, NETLINK_EXT_ACK, &on, sizeof on);
    mnl_socket_setsockopt(raw, NETLINK_CAP_ACK, &on, sizeof on);
    return socket;
}

Result<std::span<uint8_t>> NetlinkSocket::receive() {
    for (;;) {
        const ssize_t got = mnl_socket_recvfrom(socket_.get(), buffer_.data(), buffer_.size());
        if (got >= 0) return std::span(buffer_).first(static_cast<size_t>(got));
        if (errno != EINTR) return fail_errno(errno, "cannot read from a netlink socket");
    }
}

Result<NetlinkDump> NetlinkSocket::exchange(NetlinkMessage& message, uint16_t flags) {
    if (!message.fits()) return fail(ErrorKind::Internal, "netlink: a request that is too long");
    nlmsghdr* request = message.raw();
    request->nlmsg_flags = static_cast<uint16_t>(request->nlmsg_flags | flags);
    request->nlmsg_seq = ++sequence_;
    if (mnl_socket_sendto(socket_.get(), request, request->nlmsg_len) < 0)
        return fail_errno(errno, "cannot write to a netlink socket");
    NetlinkDump dump;
    std::optional<Status> outcome;
    while (!outcome) {
        KW_TRY(const std::span<uint8_t> bytes, receive());
        each_message(bytes, [&](const nlmsghdr* answer) {
            if (answer->nlmsg_seq != sequence_ || outcome) return;
            if ((answer->nlmsg_flags & NLM_F_DUMP_INTR) != 0) dump.interrupted = true;
            if (answer->nlmsg_type == NLMSG_ERROR) {
                outcome = outcome_of(answer);
            } else if (answer->nlmsg_type == NLMSG_DONE) {
                outcome = result_of_dump(answer);
            } else {
                keep(answer, dump);
            }
        });
    }
    KW_CHECK_OK(*outcome);
    return dump;
}

Status NetlinkSocket::request(NetlinkMessage& message) {
    KW_CHECK_OK(exchange(message, NLM_F_ACK));
    return {};
}

Result<NetlinkDump> NetlinkSocket::get(NetlinkMessage& message) {
    return exchange(message, NLM_F_ACK);
}

Result<NetlinkDump> NetlinkSocket::dump(NetlinkMessage& message) {
    for (int left = kDumpTries;;) {
        auto dump = exchange(message, NLM_F_DUMP);
        if (!dump || !dump->interrupted || --left == 0) return dump;
    }
}

Status NetlinkSocket::request_batch(std::span<const uint8_t> batch) {
    std::vector<uint32_t> expected;
    each_message(batch, [&](const nlmsghdr* message) {
        if ((message->nlmsg_flags & NLM_F_ACK) != 0) expected.push_back(message->nlmsg_seq);
    });
    if (mnl_socket_sendto(socket_.get(), batch.data(), batch.size()) < 0)
        return fail_errno(errno, "cannot write to a netlink socket");
    Status outcome;
    while (!expected.empty() && outcome) {
        KW_TRY(const std::span<uint8_t> bytes, receive());
        each_message(bytes, [&](const nlmsghdr* answer) {
            if (answer->nlmsg_type != NLMSG_ERROR || !outcome) return;
            outcome = outcome_of(answer);
            std::erase(expected, answer->nlmsg_seq);
        });
    }
    return outcome;
}

Status NetlinkSocket::join(unsigned group) {
    int number = static_cast<int>(group);
    if (mnl_socket_setsockopt(socket_.get(), NETLINK_ADD_MEMBERSHIP, &number, sizeof number) != 0)
        return fail_errno(errno, fmt::format("cannot join the netlink group {}", group));
    return {};
}

NetlinkSocket::Pending NetlinkSocket::drain() {
    auto seen = Pending::Nothing;
    for (;;) {
        const ssize_t got = ::recv(fd(), buffer_.data(), buffer_.size(), MSG_DONTWAIT | MSG_TRUNC);
        if (got > 0) {
            if (seen == Pending::Nothing) seen = Pending::Messages;
            continue;
        }
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return seen;
        // ENOBUFS is told once and the messages after the gap are still there to be read.
        seen = Pending::Lost;
        if (got == 0 || errno != ENOBUFS) return seen;
    }
}

int NetlinkSocket::fd() const {
    return mnl_socket_get_fd(socket_.get());
}

}  // namespace knowhy::host
