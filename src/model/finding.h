// A finding: what happened, why, how sure, on what evidence, what set it, what would change it. The
// JSON of docs/json.md is this struct, field by field.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "model/drop.h"

namespace knowhy::model {

enum class Certainty { Certain, Likely, Unknown };
enum class Verdict { Lost, Harmless, Unknown, NotApplicable };

std::string_view name_of(Certainty certainty);  // "certain"
std::string_view name_of(Verdict verdict);      // "n/a" for NotApplicable

struct Evidence {
    enum class Kind { Return, Reason, Packet, Sysctl, Route, Address, Rule, Counter, Link, Memory };
    enum class Read { Event, Snapshot, Now };

    Kind kind = Kind::Packet;
    std::string name;   // "fib_validate_source", "net.ipv4.conf.v1.accept_local", "source"
    std::string value;  // "-EINVAL (-22)", "0", "10.9.0.1 is local on v0"
    std::string unit;   // "packets", "bytes"; "" for none
    Read read = Read::Event;
};

std::string_view name_of(Evidence::Kind kind);
std::string_view name_of(Evidence::Read read);

struct SetBy {
    std::string kind;  // "sysctl", "address", "route", "rule", "nft-rule", "link"...
    std::string name;
    std::string value;
};

struct Try {
    std::string command;
    std::string effect;
};

struct Finding {
    std::string id;     // stable hash of (cause, place, device, namespace)
    std::string cause;  // "source-local"; "unknown" when no cause was proven
    Certainty certainty = Certainty::Unknown;
    Verdict verdict = Verdict::Unknown;
    uint64_t count = 0;
    uint64_t first_ns = 0;  // CLOCK_MONOTONIC; printers convert
    uint64_t last_ns = 0;
    std::string sentence;
    std::optional<Place> where;
    DropReason reason;  // the kernel's own
    std::string device;
    uint32_t ifindex = 0;
    uint32_t netns = 0;
    std::string netns_name;
    std::optional<DropSample> sample;  // one representative packet, with its stack
    // How many of the looked-at drops gave this cause: "n of m sampled". 0 of 0: none was sampled.
    uint32_t samples_agreeing = 0;
    uint32_t samples_seen = 0;
    std::vector<Evidence> evidence;
    std::vector<SetBy> set_by;
    std::vector<Try> try_next;
};

// A counter that moved, and how much of that the findings account for.
struct UnexplainedCounter {
    std::string counter;  // as model::Counters names it
    std::string scope;    // "netns 4026531840", "host"
    std::string device;   // "" for none
    int64_t delta = 0;
    int64_t explained = 0;
};

}  // namespace knowhy::model
