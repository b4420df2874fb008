// What of a recorded call can be held against a call on another host, or in another run: values,
// names and outcomes; never addresses, indexes, lengths of time or numbers that are drawn.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/comparison.h"
#include "model/trace.h"

namespace knowhy::explain {

// A pointer of which nothing more is known: different only from NULL and errors.
inline constexpr const char* kSomePointer = "not NULL";

// The arguments that mean something elsewhere, in their order, and members of what they point to
// that last ("dev.mtu").
std::vector<model::ComparedValue> arguments_of(const model::TracedCall& call);

// False for what would only fill the page: members and plain pointers, unless they differ.
bool is_worth_showing(const model::ComparedValue& value);

// What came back; nullopt when that says nothing elsewhere, or nothing came back.
std::optional<model::ComparedValue> outcome_of(const std::string& function,
                                               const model::TracedCall& returned);

// What the call is about, "net_device eth0": the device that its first argument of a device is, or
// belongs to; else its first argument that can be told from others of its type. "" when there is
// none.
std::string object_of(const model::TracedCall& call);

// Names of the network devices that its arguments are, or belong to.
std::vector<std::string> devices_of(const model::TracedCall& call);

}  // namespace knowhy::explain
