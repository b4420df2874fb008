// On the way out: a device that cannot send, and what its queueing discipline refused.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "explain/causes.h"

namespace knowhy::explain {
namespace {

// Return values of an enqueue function (include/linux/netdevice.h). What a filter ate is reported
// as success with a flag, so that the sender is not told.
constexpr int64_t kXmitDrop = 1;  // NET_XMIT_DROP
constexpr int64_t kXmitCongested = 2;
constexpr int64_t kShot = 2;  // TC_ACT_SHOT

// "noop" stands for every qdisc while the device cannot send.
std::string qdisc_kind(const Context& context) {
    const model::Fact* fact = context.before("dev_qdisc_enqueue");
    return fact != nullptr ? fact->text("qdisc") : std::string();
}

bool qdisc_dropped(const Context& context) {
    return context.kernel_says({"QDISC_DROP"});
}

bool lacks_carrier(const model::Link& link) {
    constexpr std::array<std::string_view, 4> kStates = {"DOWN", "LOWERLAYERDOWN", "DORMANT",
                                                         "NOTPRESENT"};
    const bool by_state =
        std::find(kStates.begin(), kStates.end(), link.operstate) != kStates.end();
    return link.carrier == false || by_state;
}

std::optional<Evidence> noop_evidence(const Context& context) {
    const std::string kind = qdisc_kind(context);
    if (kind.empty()) return std::nullopt;
    return Evidence{Evidence::Kind::Return, "qdisc in dev_qdisc_enqueue", kind, "",
                    Evidence::Read::Event};
}

std::optional<Conclusion> no_carrier(const Context& context) {
    const std::string kind = qdisc_kind(context);
    const bool noop = kind == "noop";
    const model::Link* link = context.link();
    const bool without = link != nullptr && link->is_up() && lacks_carrier(*link);
    const bool down = link != nullptr && !link->is_up();
    if (!qdisc_dropped(context) || down) return std::nullopt;
    if (!noop && (!without || !kind.empty())) return std::nullopt;
    const std::string device = context.device_or("the device");
    std::string sentence = fmt::format("{} has no carrier", device);
    if (noop && link == nullptr) {
        sentence = fmt::format("{} could not send: no carrier, or down", device);
    } else if (noop && !without) {
        sentence = fmt::format("{} could not send yet: its carrier was only just there", device);
    }
    Conclusion found = when(noop && without, Verdict::Lost, std::move(sentence));
    found.with(noop_evidence(context));
    if (link != nullptr) {
        const std::string text = fmt::format("{}, {}", link->is_up() ? "UP" : "not UP",
                                             without ? "NO-CARRIER" : "carrier");
        found.with(
            link_evidence(link->name, fmt::format("{} (operstate {})", text, link->operstate)));
        found.set("link", link->name, link->operstate);
        found.attempt(context.here("ip -d link show " + shell_word(link->name)),
                      "shows the carrier; tc qdisc show does not");
    }
    return found;
}

// A packet for a device that was taken down meanwhile: on its way out, or into the CPU's backlog.
std::optional<Conclusion> device_down(const Context& context) {
    const bool sending = qdisc_dropped(context) && qdisc_kind(context) == "noop";
    const bool receiving = context.at({"enqueue_to_backlog"}) && context.says_nothing();
    const model::Link* link = context.link();
    const bool down = link != nullptr && !link->is_up();
    if (!down && !receiving) return std::nullopt;
    if (!sending && !receiving && !(qdisc_dropped(context) && qdisc_kind(context).empty())) {
        return std::nullopt;
    }
    const std::string device = context.device_or("the device");
    Conclusion found =
        when(down && (sending || receiving), Verdict::Lost, fmt::format("{} is down", device));
    found.with(noop_evidence(context));
    if (down) {
        found.with(link_evidence(device, "not UP"));
        found.set("link", device, "down");
        found.attempt(context.here(fmt::format("ip link set {} up", shell_word(device))),
                      "brings it up");
    }
    return found;
}

std::vector<const model::Qdisc*> qdiscs_of_device(const Context& context) {
    std::vector<const model::Qdisc*> found;
    if (context.state == nullptr || context.link() == nullptr) return found;
    for (const model::Qdisc& one : context.state->qdiscs) {
        if (one.ifindex == context.link()->ifindex) found.push_back(&one);
    }
    return found;
}

// What the qdisc dropped while it was watched. A counter that stands still was perhaps first read
// after the loss: then all it ever dropped.
int64_t drops_of(const Context& context, const model::Qdisc& qdisc) {
    constexpr unsigned kMinorBits = 16;
    const int64_t watched = context
                                .counted(fmt::format("qdisc.{}.{:x}:.drops", context.device(),
                                                     qdisc.handle >> kMinorBits))
                                .value_or(0);
    return watched > 0 ? watched : static_cast<int64_t>(qdisc.drops);
}

// A parent repeats what its child returned, so the one to name is the leaf that counts drops.
const model::Qdisc* dropping_qdisc(const Context& context) {
    constexpr uint32_t kMajor = 0xffff0000;  // of a handle
    const auto all = qdiscs_of_device(context);
    const model::Qdisc* found = nullptr;
    for (const model::Qdisc* one : all) {
        const bool is_parent = std::any_of(all.begin(), all.end(), [&](const model::Qdisc* other) {
            return other != one && one->handle != 0 && (other->parent & kMajor) == one->handle;
        });
        if (!is_parent && drops_of(context, *one) > 0) found = one;
    }
    return found;
}

// The reasons that newer kernels give for a full queue, each for a limit of its own.
bool named_limit(const Context& context) {
    return context.kernel_says({"QDISC_OVERLIMIT", "FQ_FLOW_LIMIT", "FQ_BAND_LIMIT", "CAKE_FLOOD"});
}

// codel drops at the head, when packets waited too long.
bool codel_dropped(const Context& context) {
    return context.kernel_says({"QDISC_CONGESTED"}) ||
           (context.says_nothing() && context.at({"__fq_codel_dequeue", "fq_codel_dequeue",
                                                  "codel_dequeue", "codel_qdisc_dequeue"}));
}

std::string qdisc_name(const Context& context) {
    const std::string root = qdisc_kind(context);
    const model::Qdisc* dropping = dropping_qdisc(context);
    const std::string leaf = dropping != nullptr ? dropping->kind : root;
    const std::string device = context.device_or("the device");
    if (leaf.empty()) return "the qdisc of " + device;
    const bool below = !root.empty() && root != leaf;
    return fmt::format("qdisc {}{} on {}", leaf, below ? " (below " + root + ")" : "", device);
}

void tell_qdisc(const Context& context, Conclusion& found) {
    found.with(noop_evidence(context)).with(context.return_of("dev_qdisc_enqueue"));
    if (const model::Fact* fact = context.before("dev_qdisc_enqueue")) {
        const auto limit = fact->number("limit");
        const auto length = fact->number("qlen");
        if (limit && length) {
            found.with(Evidence{Evidence::Kind::Memory, "queue length",
                                fmt::format("{} of {}", *length, *limit), "packets",
                                Evidence::Read::Event});
        }
    }
    if (const model::Qdisc* dropping = dropping_qdisc(context)) {
        found.with(Evidence{Evidence::Kind::Counter, qdisc_name(context),
                            fmt::format("{}", drops_of(context, *dropping)), "packets dropped",
                            Evidence::Read::Now});
        found.set("qdisc", context.device(), dropping->kind);
    }
    if (!context.device().empty()) {
        found.attempt(context.here("tc -s qdisc show dev " + shell_word(context.device())),
                      "shows limits and drops of each qdisc");
    }
}

// These refuse before they are full, to tell senders to slow down.
bool drops_early(std::string_view kind) {
    constexpr std::array<std::string_view, 6> kEarly = {"red", "gred",   "choke",
                                                        "pie", "fq_pie", "sfb"};
    return std::find(kEarly.begin(), kEarly.end(), kind) != kEarly.end();
}

// A token bucket refuses a packet larger than its burst just as it refuses one too many.
std::string limit_sentence(const Context& context) {
    const std::string name = qdisc_name(context);
    if (codel_dropped(context)) return name + " dropped it, because packets waited too long in it";
    const model::Qdisc* dropping = dropping_qdisc(context);
    const std::string kind = dropping != nullptr ? dropping->kind : qdisc_kind(context);
    if (kind == "tbf") return name + " refused it: over its limit, or larger than its burst";
    if (drops_early(kind)) return name + " dropped it early, because its queue grew long";
    return name + " is full";
}

// Nobody saw the refusal, but the device can send and its qdisc counted drops. Where enqueueing was
// watched and succeeded, only fq_codel is left: it drops another packet than the one it was given.
bool counted_by_qdisc(const Context& context) {
    const model::Link* link = context.link();
    const model::Qdisc* dropping = dropping_qdisc(context);
    if (!qdisc_dropped(context) || context.returned("dev_qdisc_enqueue")) return false;
    if (context.returned("tcf_classify") || link == nullptr || dropping == nullptr) return false;
    if (lacks_carrier(*link) || !link->is_up() || dropping->kind == "netem") return false;
    return !context.silent("dev_qdisc_enqueue") || dropping->kind == "fq_codel";
}

std::optional<Conclusion> qdisc_limit(const Context& context) {
    const std::string kind = qdisc_kind(context);
    const auto returned = context.returned("dev_qdisc_enqueue");
    const bool refused = qdisc_dropped(context) &&
                         (returned == kXmitDrop || returned == kXmitCongested) && kind != "noop" &&
                         !context.returned("tcf_classify");
    const bool named = named_limit(context) || codel_dropped(context);
    if (!named && !refused && !counted_by_qdisc(context)) return std::nullopt;
    Conclusion found =
        when(named || (refused && !kind.empty()), Verdict::Lost, limit_sentence(context));
    tell_qdisc(context, found);
    return found;
}

// netem refuses when it is full (NET_XMIT_DROP); a packet that it was told to lose is a success to
// the sender. Below another qdisc, or where nobody watches, only its counter tells.
std::optional<Conclusion> netem_loss(const Context& context) {
    const auto returned = context.returned("dev_qdisc_enqueue");
    if (!qdisc_dropped(context) || context.returned("tcf_classify")) return std::nullopt;
    if (returned == kXmitDrop || returned == kXmitCongested) return std::nullopt;
    const bool seen = returned && qdisc_kind(context) == "netem";
    const model::Qdisc* dropping = dropping_qdisc(context);
    const bool counted = dropping != nullptr && dropping->kind == "netem";
    if (!seen && !counted) return std::nullopt;
    const std::string or_full = returned ? "" : ", or it is full";
    Conclusion found =
        when(seen, Verdict::Lost,
             fmt::format("netem on {} lost it, because it was set up to lose packets{}",
                         context.device_or("the device"), or_full));
    tell_qdisc(context, found);
    return found;
}

std::optional<Conclusion> qdisc_filter(const Context& context) {
    if (!qdisc_dropped(context) || context.returned("tcf_classify") != kShot) return std::nullopt;
    Conclusion found =
        certain(Verdict::Lost, "a filter attached to " + qdisc_name(context) + " dropped it");
    found.with(context.return_of("tcf_classify"));
    tell_qdisc(context, found);
    return found;
}

// The filters of one side that can drop, as evidence and as what set it.
bool tell_filters(const Context& context, std::string_view side, Conclusion& found) {
    bool any = false;
    if (context.state == nullptr || context.link() == nullptr) return any;
    for (const model::TcFilter& filter : context.state->tc_filters) {
        if (filter.ifindex != context.link()->ifindex || filter.where != side) continue;
        std::string actions;
        for (const std::string& action : filter.actions) {
            actions += (actions.empty() ? "" : ", ") + action;
        }
        const std::string name =
            fmt::format("{} {} filter, pref {}", context.device(), side, filter.preference);
        const std::string text = fmt::format("{}: {}", filter.kind, actions);
        found.with(state_evidence(Evidence::Kind::Rule, name, text));
        found.set("tc-filter", name, text);
        any = true;
    }
    return any;
}

std::optional<Conclusion> tc_drop(const Context& context, std::string_view side) {
    const bool shot = context.returned("tcf_classify") == kShot;
    Conclusion found =
        certain(Verdict::Lost, fmt::format("a tc filter or action on {} ({}) dropped it",
                                           context.device_or("the device"), side));
    found.with(context.return_of("tcf_classify"));
    const bool has_filter = tell_filters(context, side, found);
    // On the way out a packet that mirred sends round in a circle ends under the same name.
    if (side == "egress" && !shot && !has_filter) found.certainty = Certainty::Likely;
    if (!context.device().empty()) {
        found.attempt(context.here(fmt::format("tc -s filter show dev {} {}",
                                               shell_word(context.device()), side)),
                      "shows the filters with what each dropped");
    }
    return found;
}

std::optional<Conclusion> tc_ingress(const Context& context) {
    if (!context.kernel_says({"TC_INGRESS"})) return std::nullopt;
    return tc_drop(context, "ingress");
}

std::optional<Conclusion> tc_egress(const Context& context) {
    if (!context.kernel_says({"TC_EGRESS"})) return std::nullopt;
    return tc_drop(context, "egress");
}

std::optional<Conclusion> xdp_generic(const Context& context) {
    const bool named = context.kernel_says({"XDP"});
    const model::Link* link = context.link();
    const bool attached = link != nullptr && link->xdp_prog_id.has_value();
    if (!named && !context.says_nothing()) return std::nullopt;
    const std::string device = context.device_or("the device");
    Conclusion found = when(attached, Verdict::Lost,
                            fmt::format("the XDP program on {} {}", device,
                                        named ? "redirected it, and that failed" : "dropped it"));
    if (attached) {
        const std::string text = fmt::format("id {}, mode {}", *link->xdp_prog_id, link->xdp_mode);
        found.with(link_evidence("XDP program of " + device, text));
        found.set("xdp", device, text);
        found.attempt(fmt::format("bpftool prog show id {}", *link->xdp_prog_id),
                      "shows the program and who loaded it");
    }
    return found;
}

}  // namespace

std::vector<Cause> transmit_causes() {
    return {
        {.id = "no-carrier",
         .title = "Sent on a device without carrier",
         .facts = "QDISC_DROP; dev_qdisc_enqueue met the noop qdisc; the device is UP without "
                  "carrier",
         .certainty = "certain with all three; else likely",
         .reasons = {"QDISC_DROP"},
         .match = no_carrier},
        {.id = "device-down",
         .title = "The device is down",
         .facts = "QDISC_DROP with the noop qdisc, or freed in enqueue_to_backlog without a "
                  "reason; the device is not UP",
         .certainty = "certain with both; else likely",
         .reasons = {"QDISC_DROP"},
         .places = {"enqueue_to_backlog"},
         .match = device_down},
        {.id = "qdisc-limit",
         .title = "The queueing discipline is full",
         .facts = "QDISC_DROP and dev_qdisc_enqueue = 1 or 2 of a qdisc other than noop, with no "
                  "filter involved; or a reason of its own (QDISC_OVERLIMIT, FQ_FLOW_LIMIT, "
                  "QDISC_CONGESTED...); codel's drops: freed in its dequeue function",
         .certainty = "certain with either; likely when only the qdisc's counter tells, and for "
                      "fq_codel, which drops another packet than the one it was given",
         .reasons = {"QDISC_DROP", "QDISC_OVERLIMIT", "FQ_FLOW_LIMIT", "FQ_BAND_LIMIT",
                     "CAKE_FLOOD", "QDISC_CONGESTED"},
         .places = {"__fq_codel_dequeue", "fq_codel_dequeue", "codel_dequeue",
                    "codel_qdisc_dequeue"},
         .match = qdisc_limit},
        {.id = "netem-loss",
         .title = "netem lost it on purpose",
         .facts = "QDISC_DROP; dev_qdisc_enqueue of netem reported success and freed the packet, "
                  "with no filter involved",
         .certainty = "certain; likely when netem is below another qdisc, or when only its drop "
                      "counter tells",
         .reasons = {"QDISC_DROP"},
         .match = netem_loss},
        {.id = "qdisc-filter",
         .title = "A filter of a queueing discipline dropped it",
         .facts = "QDISC_DROP; tcf_classify = 2 (TC_ACT_SHOT)",
         .certainty = "certain",
         .reasons = {"QDISC_DROP"},
         .match = qdisc_filter},
        {.id = "tc-ingress",
         .title = "A tc filter or action on ingress dropped it",
         .facts = "the kernel's TC_INGRESS; tcf_classify = 2, the filters of the device",
         .certainty = "certain",
         .reasons = {"TC_INGRESS"},
         .match = tc_ingress},
        {.id = "tc-egress",
         .title = "A tc filter or action on egress dropped it",
         .facts = "the kernel's TC_EGRESS; tcf_classify = 2, or a filter on the device's egress",
         .certainty = "certain with either; likely without, because a mirred loop looks the same",
         .reasons = {"TC_EGRESS"},
         .match = tc_egress},
        {.id = "xdp-generic",
         .title = "An XDP program dropped it",
         .facts = "freed in do_xdp_generic or veth's XDP path without a reason (a failed redirect: "
                  "XDP); the device has a program",
         .certainty = "certain with both; else likely. Native XDP on real devices frees no skb",
         .reasons = {"XDP"},
         .places = {"do_xdp_generic", "netif_receive_generic_xdp", "veth_xdp_rcv_skb",
                    "veth_xdp_rcv"},
         .match = xdp_generic},
    };
}

}  // namespace knowhy::explain
