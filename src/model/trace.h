// What functions did, call by call: the path that `knowhy record --functions` keeps, that a report
// shows, and that `knowhy diff` compares. Self-contained: names are resolved, and nothing here
// refers to the kernel's types.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/drop.h"
#include "model/packet.h"
#include "model/script.h"

namespace knowhy::model {

// An argument, what came back, or a member of what one of them points to.
struct TracedValue {
    std::string name;  // "dev"; "return" for what came back
    std::string type;  // as C writes it: "struct net_device *"; "" unknown
    Value value;
    // Of a pointer to an object that can be told from others of its type on any host: what tells it
    // ("name" of a net_device). An address means nothing on another host, or in another run.
    std::vector<TracedValue> members;
    bool operator==(const TracedValue&) const = default;
};

struct TracedFunction {
    std::string name;
    std::string module;  // "" of vmlinux
    std::string rung;    // "fentry", "kprobe"...: how it was attached; "" when it is off
    std::string why;     // why it is off
    std::optional<uint64_t> missed;  // hits that the kernel missed; nullopt: it does not count them
};

struct TracedCall {
    enum class Kind : uint8_t { Entered, Returned } kind = Kind::Entered;
    uint64_t time_ns = 0;  // CLOCK_MONOTONIC
    uint32_t cpu = 0;
    uint32_t pid = 0;  // the thread's, as the kernel counts them
    std::string comm;
    uint32_t function = 0;            // into Trace::functions
    std::vector<TracedValue> values;  // the arguments; of a return, what came back, or nothing
    uint64_t skb = 0;                 // address of the packet that it was given; 0 none
    std::optional<RawPacket> packet;  // the beginning of that packet, as it was entered
};

// In the order of time. The state when it began is HostState::earlier (with sysctls and details),
// and that when it ended is HostState::namespaces.
struct Trace {
    std::vector<TracedFunction> functions;
    std::vector<TracedCall> calls;
    uint64_t lost = 0;               // calls and returns that found no room in the ring buffer
    uint64_t cut = 0;                // and those that the recording's bounds left out
    std::vector<std::string> notes;  // what was weaker than asked, one line each
    std::string scenario;            // the command that ran meanwhile; "" none

    [[nodiscard]] bool empty() const { return functions.empty(); }
};

}  // namespace knowhy::model
