#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_gact.h>
#include <linux/tc_act/tc_mirred.h>
#include <sys/socket.h>

#include "base/named.h"
#include "net/snapshot/look.h"
#include "net/snapshot/traffic_control.h"

namespace knowhy::net {
namespace {

using host::Attributes;

struct Classifier {
    std::string_view kind;
    uint16_t actions;
    uint16_t police;  // the older way to hang a policer on a filter; 0: it never had that
};

// Where each kind of classifier keeps what it does with a packet.
constexpr Classifier kClassifiers[] = {
    {"matchall", TCA_MATCHALL_ACT, 0},
    {"flower", TCA_FLOWER_ACT, 0},
    {"u32", TCA_U32_ACT, TCA_U32_POLICE},
    {"bpf", TCA_BPF_ACT, TCA_BPF_POLICE},
    {"basic", TCA_BASIC_ACT, TCA_BASIC_POLICE},
    {"fw", TCA_FW_ACT, TCA_FW_POLICE},
    {"route", TCA_ROUTE4_ACT, TCA_ROUTE4_POLICE},
    {"flow", TCA_FLOW_ACT, TCA_FLOW_POLICE},
    {"cgroup", TCA_CGROUP_ACT, TCA_CGROUP_POLICE},
};

constexpr Named<int> kVerdicts[] = {
    {TC_ACT_UNSPEC, "continue"}, {TC_ACT_OK, "pass"},       {TC_ACT_RECLASSIFY, "reclassify"},
    {TC_ACT_SHOT, "drop"},       {TC_ACT_PIPE, "pipe"},     {TC_ACT_STOLEN, "stolen"},
    {TC_ACT_QUEUED, "queued"},   {TC_ACT_REPEAT, "repeat"}, {TC_ACT_REDIRECT, "redirect"},
    {TC_ACT_TRAP, "trap"},
};

constexpr Named<int> kMirred[] = {
    {TCA_EGRESS_REDIR, "egress redirect"},
    {TCA_EGRESS_MIRROR, "egress mirror"},
    {TCA_INGRESS_REDIR, "ingress redirect"},
    {TCA_INGRESS_MIRROR, "ingress mirror"},
};

std::string verdict_text(int verdict) {
    if (TC_ACT_EXT_CMP(verdict, TC_ACT_GOTO_CHAIN)) return "goto chain";
    if (TC_ACT_EXT_CMP(verdict, TC_ACT_JUMP)) return "jump";
    return name_or_number(kVerdicts, verdict);
}

// "gact drop", "mirred egress redirect"; else the action's kind alone.
std::string action_text(const Attributes& action) {
    std::string kind = action.text(TCA_ACT_KIND);
    const Attributes options = action.nested(TCA_ACT_OPTIONS);
    if (kind == "gact") {
        if (const auto parameters = options.record<tc_gact>(TCA_GACT_PARMS))
            kind += " " + verdict_text(parameters->action);
    } else if (kind == "mirred") {
        if (const auto parameters = options.record<tc_mirred>(TCA_MIRRED_PARMS))
            kind += " " + name_or_number(kMirred, parameters->eaction);
    }
    return kind;
}

void read_actions(const Attributes& message, const Attributes& options, model::TcFilter& filter) {
    for (const Classifier& classifier : kClassifiers) {
        if (filter.kind != classifier.kind) continue;
        const auto add = [&](uint16_t, std::span<const uint8_t> payload) {
            const Attributes action(payload);
            filter.actions.push_back(action_text(action));
            filter.action_drops += queue_statistics(action.nested(TCA_ACT_STATS)).drops;
        };
        options.nested(classifier.actions).for_each(add);
        if (classifier.police == 0 || !options.has(classifier.police)) continue;
        filter.actions.emplace_back("police");
        filter.action_drops += queue_statistics(message.nested(TCA_STATS2)).drops;
    }
    const uint32_t flags = options.u32(TCA_BPF_FLAGS).value_or(0);
    if (filter.kind == "bpf" && (flags & TCA_BPF_FLAG_ACT_DIRECT) != 0)
        filter.actions.push_back("direct-action " + options.text(TCA_BPF_NAME));
}

// A dump also shows what holds the filters: the classifier without options, u32's hash tables.
bool is_container(const std::string& kind, const Attributes& options) {
    return options.empty() || (kind == "u32" && options.has(TCA_U32_DIVISOR));
}

void read_block(Look& look, const model::Qdisc& qdisc, uint32_t parent, const std::string& where) {
    host::NetlinkMessage request(RTM_GETTFILTER, 0);
    auto& header = request.header<tcmsg>();
    header.tcm_ifindex = static_cast<int>(qdisc.ifindex);
    header.tcm_parent = parent;
    look.dump("tc filters", request, [&](const nlmsghdr* message) {
        const auto* about = static_cast<const tcmsg*>(NLMSG_DATA(message));
        const Attributes attributes(message, sizeof(tcmsg));
        const Attributes options = attributes.nested(TCA_OPTIONS);
        model::TcFilter filter;
        filter.ifindex = qdisc.ifindex;
        filter.where = where;
        filter.kind = attributes.text(TCA_KIND);
        filter.preference = TC_H_MAJ(about->tcm_info) >> 16U;
        if (is_container(filter.kind, options)) return;
        if (filter.kind == "bpf") filter.program_id = options.u32(TCA_BPF_ID);
        read_actions(attributes, options, filter);
        look.state.tc_filters.push_back(std::move(filter));
    });
}

}  // namespace

void read_tc_filters(Look& look) {
    for (const model::Qdisc& qdisc : look.state.qdiscs) {
        const bool clsact = qdisc.kind == "clsact";
        if (clsact || qdisc.kind == "ingress")
            read_block(look, qdisc, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS), "ingress");
        if (clsact) read_block(look, qdisc, TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS), "egress");
        // The default qdiscs have the handle 0 and can hold no filter.
        if (!clsact && qdisc.kind != "ingress" && qdisc.handle != 0)
            read_block(look, qdisc, qdisc.handle, handle_text(qdisc.handle));
    }
}

}  // namespace knowhy::net
