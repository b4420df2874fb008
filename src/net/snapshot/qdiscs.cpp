#include <fmt/format.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cstring>

#include "net/snapshot/look.h"
#include "net/snapshot/traffic_control.h"

namespace knowhy::net {
namespace {

using host::Attributes;

// Kinds whose options are one struct.
template <typename Options>
std::optional<uint32_t> limit_in_struct(std::span<const uint8_t> options) {
    Options value{};
    if (options.size() < sizeof value) return std::nullopt;
    std::memcpy(&value, options.data(), sizeof value);
    return value.limit;
}

// Kinds whose options hold such a struct as an attribute.
template <typename Options>
std::optional<uint32_t> limit_in_record(const Attributes& options, uint16_t type) {
    const auto value = options.record<Options>(type);
    return value ? std::optional<uint32_t>(value->limit) : std::nullopt;
}

// In packets, except bfifo's and tbf's, which are in bytes, as the kind has it.
std::optional<uint32_t> limit_of(const std::string& kind, const Attributes& message) {
    const auto bytes = message.bytes(TCA_OPTIONS);
    const Attributes options(bytes);
    if (kind == "pfifo" || kind == "bfifo" || kind == "pfifo_head_drop")
        return limit_in_struct<tc_fifo_qopt>(bytes);
    if (kind == "netem") return limit_in_struct<tc_netem_qopt>(bytes);
    if (kind == "sfq") return limit_in_struct<tc_sfq_qopt>(bytes);
    if (kind == "tbf") return limit_in_record<tc_tbf_qopt>(options, TCA_TBF_PARMS);
    if (kind == "red") return limit_in_record<tc_red_qopt>(options, TCA_RED_PARMS);
    if (kind == "fq") return options.u32(TCA_FQ_PLIMIT);
    if (kind == "fq_codel") return options.u32(TCA_FQ_CODEL_LIMIT);
    if (kind == "codel") return options.u32(TCA_CODEL_LIMIT);
    if (kind == "pie") return options.u32(TCA_PIE_LIMIT);
    if (kind == "fq_pie") return options.u32(TCA_FQ_PIE_LIMIT);
    return std::nullopt;
}

}  // namespace

std::string handle_text(uint32_t handle) {
    const uint32_t minor = TC_H_MIN(handle);
    return minor == 0 ? fmt::format("{:x}:", TC_H_MAJ(handle) >> 16U)
                      : fmt::format("{:x}:{:x}", TC_H_MAJ(handle) >> 16U, minor);
}

void read_qdiscs(Look& look) {
    host::NetlinkMessage request(RTM_GETQDISC, 0);
    request.header<tcmsg>().tcm_family = AF_UNSPEC;
    look.dump("qdiscs", request, [&](const nlmsghdr* message) {
        const auto* header = static_cast<const tcmsg*>(NLMSG_DATA(message));
        const Attributes attributes(message, sizeof(tcmsg));
        const auto queue = queue_statistics(attributes.nested(TCA_STATS2));
        model::Qdisc qdisc;
        qdisc.ifindex = static_cast<uint32_t>(header->tcm_ifindex);
        qdisc.kind = attributes.text(TCA_KIND);
        qdisc.handle = header->tcm_handle;
        qdisc.parent = header->tcm_parent;
        qdisc.limit = limit_of(qdisc.kind, attributes);
        qdisc.drops = queue.drops;
        qdisc.overlimits = queue.overlimits;
        qdisc.qlen = queue.qlen;
        qdisc.backlog = queue.backlog;
        look.state.qdiscs.push_back(std::move(qdisc));
    });
}

}  // namespace knowhy::net
