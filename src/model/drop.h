// What the drops collector saw: the vocabulary between collect/drops, explain, render and the
// recording. All of it is plain data; a DropGroup read back from a recording equals the live one.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "model/address.h"
#include "model/packet.h"

namespace knowhy::model {

// One level of an inline chain.
struct InlineLevel {
    std::string function;
    std::string file;   // innermost: of the address; outer ones: where the inner one was called
    uint32_t line = 0;  // 0: the compiler names none

    bool operator==(const InlineLevel&) const = default;
};

// A kernel text address and the symbol that really covers it.
struct Place {
    uint64_t address = 0;
    std::string symbol;    // as kallsyms has it: "ip_rcv_finish_core.constprop.0"; "" if unknown
    std::string function;  // the same without clone suffixes: "ip_rcv_finish_core"
    uint64_t offset = 0;   // address - symbol's start
    std::string module;    // "" for vmlinux
    std::string file;      // of the innermost function; "" without debug information
    uint32_t line = 0;
    std::vector<InlineLevel> inlined;  // the innermost first, the symbol's own function last; empty
                                       // where nothing is inlined or that is not known

    bool operator==(const Place&) const = default;
    [[nodiscard]] std::string text() const;  // "ip_rcv_finish_core+0x1ab [module]"
};

// "ip_rcv_finish_core" for "ip_rcv_finish_core.constprop.0"; also .isra, .part, .cold, .llvm.
std::string without_clone_suffix(const std::string& symbol);

// The kernel's own reason, by the enumerator's name in the target's BTF, without the prefix
// (SKB_DROP_REASON_ and the subsystem's): numbers differ between kernels and are kept for show
// only.
struct DropReason {
    uint32_t value = 0;
    std::string name;       // "NOT_SPECIFIED", "NO_SOCKET"; "" when the kernel has no reasons
    std::string subsystem;  // "" for the core ones; "mac80211_unusable", "openvswitch"...

    bool operator==(const DropReason&) const = default;
    // True when the kernel gives no reason at all (no enum, or NOT_SPECIFIED).
    [[nodiscard]] bool says_nothing() const { return name.empty() || name == "NOT_SPECIFIED"; }
};

// A value seen at a probe point: an argument, a field, a return value.
using FactValue = std::variant<int64_t, std::string>;

// One deciding fact. Before: the function had returned when the packet was freed, `value` is what
// it returned. Around: it was entered with this packet; whether it is still on the stack at the
// free is for the stack to say, so a rule that uses it must look there too.
struct Fact {
    enum class Kind { Before, Around };

    std::string point;  // the kernel function's name: "fib_validate_source"
    Kind kind = Kind::Before;
    std::optional<int64_t> value;           // the return value; Before only
    std::map<std::string, FactValue> args;  // by name: {"hook", 0}, {"chain", "input"}

    bool operator==(const Fact&) const = default;
    [[nodiscard]] std::optional<int64_t> number(const std::string& arg) const;
    [[nodiscard]] std::string text(const std::string& arg) const;  // "" when absent
};

// The socket a packet was for, as far as it was known at the free (rx_sk, skb->sk, or the argument
// of a function around the free). TCP sequence numbers are in host order.
struct SocketState {
    uint16_t family = 0;   // AF_INET, AF_INET6, AF_UNIX...
    uint16_t type = 0;     // SOCK_STREAM...
    uint8_t protocol = 0;  // IPPROTO_TCP...
    uint8_t state =
        0;  // TCP_ESTABLISHED is 1 ... TCP_NEW_SYN_RECV is 12 (include/net/tcp_states.h)
    uint64_t address = 0;  // of the struct sock
    uint16_t local_port = 0;
    uint16_t remote_port = 0;
    std::map<std::string, int64_t> fields;  // "rcv_nxt", "rcv_wnd", "snd_una", "snd_nxt", "rcvbuf",
                                            // "rmem_alloc", "ack_backlog", "max_ack_backlog"...
    bool operator==(const SocketState&) const = default;
    [[nodiscard]] std::optional<int64_t> field(const std::string& name) const;
};

// How the loss was seen.
enum class DropSource {
    Free,     // skb:kfree_skb
    Refusal,  // the packet is consumed in silence, but a probe saw it being refused (SYN on a full
              // accept queue: tcp_conn_request)
};

// What the kernel counts by: exact, whatever the rate.
struct DropKey {
    DropSource source = DropSource::Free;
    uint64_t location = 0;     // return address of the free, as the tracepoint gives it
    uint32_t reason = 0;       // raw value
    uint32_t ifindex = 0;      // skb->dev, else skb_iif; 0 unknown
    uint32_t netns = 0;        // inode number; 0 unknown
    uint32_t point = 0;        // last deciding point; 0 none (numbers: collect/drops/points.h)
    int64_t point_value = 0;   // what it returned
    uint64_t rule_handle = 0;  // nft rule's handle; 0 not seen

    // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 mistakes the comparison with 0 in it
    auto operator<=>(const DropKey&) const = default;
};

// A drop looked at closely. Which drops are is decided by a budget, never by what they contain.
struct DropSample {
    uint64_t time_ns = 0;  // CLOCK_MONOTONIC
    uint32_t cpu = 0;
    uint32_t pid = 0;  // of the task that was current: often an innocent bystander
    std::string comm;
    enum class Context { Task, Softirq, Hardirq, Nmi, Unknown } context = Context::Unknown;

    uint64_t skb = 0;     // address
    uint32_t length = 0;  // skb->len at the free
    uint32_t mark = 0;
    uint8_t packet_type = 0;  // PACKET_HOST 0, BROADCAST 1, MULTICAST 2, OTHERHOST 3, OUTGOING 4
    uint16_t protocol = 0;    // skb->protocol, host order
    uint16_t vlan_id = 0;     // a tag that is not among the packet's bytes; valid if vlan_present
    bool vlan_present = false;
    uint8_t ip_summed = 0;  // CHECKSUM_NONE 0, UNNECESSARY 1, COMPLETE 2, PARTIAL 3
    uint16_t gso_size = 0;
    uint32_t in_ifindex = 0;  // skb->skb_iif
    std::string device;       // skb->dev->name at the free; "" when it had none
    std::optional<int32_t>
        dst_error;           // dst->error of the route attached to the skb, negative errno
    std::string dst_device;  // dst->dev->name

    Place place;
    std::vector<Place> stack;  // [0] is the place itself; empty when not taken
    std::vector<Fact> facts;   // in the order they happened
    std::optional<SocketState> socket;

    RawPacket packet;
    Decoded decoded;  // filled from packet by net/decode; not in the recording

    [[nodiscard]] const Fact* fact(const std::string& point) const;  // the last one, or nullptr
    // True when a frame of the stack is this function (clone suffixes ignored).
    [[nodiscard]] bool on_stack(const std::string& function) const;
};

struct DropGroup {
    DropKey key;
    uint64_t count = 0;     // exact
    uint64_t first_ns = 0;  // CLOCK_MONOTONIC
    uint64_t last_ns = 0;
    DropReason reason;
    Place place;
    std::string point;   // name of key.point; "" for none
    std::string device;  // name for key.ifindex in key.netns; "" unknown
    // As NetnsState::sysctls, read when the group was first seen: what explains it is not what
    // somebody set afterwards.
    std::map<std::string, std::optional<std::string>> sysctls;
    std::vector<DropSample> samples;
};

// All of a group but its samples, which are most of it.
DropGroup without_samples(const DropGroup& group);

}  // namespace knowhy::model
