// What of a recorded call can be held against a call on another host, or in another run: values,
// names and outcomes; never addresses, indexes, lengths of time or numbers that are drawn.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/comparison.h"
#include "model/trace.h"

namespace knowhy::explain {

// A pointer of which nothing more is known. Not shown, and different only from NULL and errors.
inline constexpr const char* kSomePointer = "not NULL";

// The arguments that mean something elsewhere, in their order.
std::vector<model::ComparedValue> arguments_of(const model::TracedCall& call);

// What came back; nullopt when that says nothing elsewhere, or nothing came back.
std::optional<model::ComparedValue> outcome_of(const std::string& function,
                                               const model::TracedCall& returned);

// What the call is about, "net_device eth0": its first argument that can be told from others of its
// type, a network device before all else. "" when there is none.
std::string object_of(const model::TracedCall& call);

// Names of the network devices among what it was given.
std::vector<std::string> devices_of(const model::TracedCall& call);

}  // namespace knowhy::explain
