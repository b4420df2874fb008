// What comparing two recordings comes to: how far the paths of the good side and the bad side are
// alike, where they part first, and which state differs there. explain/compare makes it; printers
// show it. Nothing in it depends on what differs between any two hosts or runs: addresses of
// objects, thread ids, CPUs, times, ifindexes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/finding.h"

namespace knowhy::model {

enum class Side : uint8_t { Good, Bad };
std::string_view name_of(Side side);  // "good"

// Who was compared.
struct ComparedSide {
    std::string name;  // the file, as it was given
    std::string kernel_release;
    std::string machine;
    std::string build_id;     // "" unknown
    std::string scenario;     // the command that ran; "" none
    uint64_t started_ns = 0;  // CLOCK_REALTIME
    uint64_t calls = 0;       // function calls recorded
    uint64_t unseen = 0;      // calls and returns that found no room, or were missed by the kernel
    uint64_t packets = 0;     // packets that those calls were given
    uint64_t lost = 0;        // packets lost, of a recording of drops
};

struct ComparedValue {
    std::string name;  // "dev", "priority"
    std::string text;  // "eth0", "-EINVAL", "NULL", "3"
    bool differs = false;
};

// A call as it can be held against one on another host.
struct ComparedCall {
    std::string function;
    std::string module;                    // "" of vmlinux
    std::vector<ComparedValue> arguments;  // those that mean something elsewhere
    std::optional<ComparedValue> returned;
    std::string comm;       // of the thread it was seen in
    uint64_t after_ns = 0;  // since that side's first call
};

// A call of both sides, or of the one that has it.
struct PathStep {
    enum class Kind : uint8_t { Alike, Values, GoodOnly, BadOnly } kind = Kind::Alike;
    uint32_t depth = 0;                // calls of the path that it is inside of
    std::optional<ComparedCall> good;  // absent: BadOnly
    std::optional<ComparedCall> bad;   // absent: GoodOnly
};
std::string_view name_of(PathStep::Kind kind);  // "alike", "values", "good_only"

// The calls that had one packet, or that were about one object, on both sides.
struct ComparedPath {
    std::string subject;  // "10.9.0.1:1111 > 10.9.0.2:4791 udp", "net_device eth0", "thread ip"
    bool is_packet = false;
    uint64_t alike = 0;  // calls before the first step, the same on both sides: folded
    std::vector<PathStep> steps;
    size_t parting = 0;      // index into steps: where they part
    uint64_t rest_good = 0;  // calls after the last step
    uint64_t rest_bad = 0;
};

// A point where the two sides part.
struct Divergence {
    enum class Kind : uint8_t {
        MissingCall,    // one side makes the call, the other goes on without it
        Argument,       // the same call, given something else
        Return,         // the same call, with another outcome
        MissingPacket,  // one side has packets of a flow, the other has none
        Loss,           // one side loses packets that the other does not lose
    } kind = Kind::MissingCall;
    std::string function;         // where; "" of a missing packet
    std::optional<Side> lacking;  // MissingCall, MissingPacket, Loss: who has it not
    std::string value_name;       // Argument: "dev.operstate"; Return: "return"
    std::string good;             // what it is on either side; "" where it is lacking
    std::string bad;
    std::string sentence;
    std::optional<ComparedPath> path;  // absent: Loss
    std::optional<Finding> loss;       // Loss: with its cause
};
std::string_view name_of(Divergence::Kind kind);  // "missing_call"

// A fact of the state that is not the same on both sides.
struct StateDifference {
    enum class Rank : uint8_t {
        Read,       // the function where the paths part reads it: explain/compare's table says so
        Setting,    // somebody chose it: a packet's way depends on it
        Condition,  // what came of settings, of drivers and of other hosts
        Other,      // what a packet's way seldom depends on
    } rank = Rank::Other;
    std::string kind;    // "sysctl", "route", "address", "link", "feature", "nft-rule"...
    std::string name;    // "net.ipv4.conf.eth0.rp_filter", "mtu", "10.1.0.0/16"
    std::string device;  // "" of none
    std::string netns;   // name of the namespace; "" where only one was compared
    std::optional<std::string> good;  // nullopt: not there
    std::optional<std::string> bad;
    std::string read_by;     // Rank::Read: the function
    std::optional<Try> fix;  // makes the bad side as the good one is; none where nobody can say
};
std::string_view name_of(StateDifference::Rank rank);  // "read"

// A loss with a cause that only one side has.
struct LossDifference {
    Side side = Side::Bad;  // who loses
    Finding finding;
};

struct Comparison {
    ComparedSide good;
    ComparedSide bad;

    // Calls were compared: both recordings have some.
    bool paths_compared = false;
    std::optional<Divergence> first;
    std::vector<Divergence> further;  // other subjects' first, in the order of the good side
    uint64_t paths_alike = 0;
    uint64_t calls_alike = 0;

    bool losses_compared = false;        // both recordings looked for losses
    std::vector<LossDifference> losses;  // the bad side's first
    uint64_t losses_alike = 0;           // findings that both have

    bool state_compared = false;
    std::vector<StateDifference> state;     // the first is the one to look at first
    std::vector<StateDifference> identity;  // what tells one host from another: MACs, kernels
    uint64_t equal_facts = 0;
    uint64_t following = 0;  // facts of what exists on one side only, told by that difference alone
    uint64_t moving = 0;  // differing counters, timers and the like, which differ in any two runs

    std::vector<std::string> uncompared;  // what could not be, and why; one line each

    // Something differs that any two equal runs have alike.
    [[nodiscard]] bool differs() const { return first || !state.empty() || !losses.empty(); }
};

}  // namespace knowhy::model
