// All that a rule may look at, and where it says what it found. Every question answers "not known"
// rather than something invented.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "explain/conclusion.h"
#include "model/observation.h"

namespace knowhy::explain {

class Inspection {
  public:
    Inspection(const model::HostState& whole, const model::NetnsState& part)
        : host(whole), state(part), watched(!part.before.empty()) {}

    const model::HostState& host;
    const model::NetnsState& state;
    const bool watched;  // counters were read twice, some time apart

    [[nodiscard]] std::optional<int64_t> setting(const std::string& name) const {
        return state.sysctl(name);
    }
    // A counter as it stands; how far it moved during the watch (nullopt without one). The host's
    // where the namespace has none of that name.
    [[nodiscard]] std::optional<uint64_t> counter(const std::string& name) const;
    [[nodiscard]] std::optional<int64_t> moved(const std::string& name) const;

    [[nodiscard]] std::string device_name(uint32_t ifindex) const;  // "ifindex 7" when unknown
    [[nodiscard]] std::vector<const model::Link*> ports_of(const model::Link& master) const;
    [[nodiscard]] const model::Link* master_of(const model::Link& link) const;
    // Up, and with a carrier as far as the device says.
    [[nodiscard]] static bool carries(const model::Link& link) {
        return link.is_up() && link.carrier.value_or(true);
    }
    // IPv4 is routed by the kernel's own three rules alone.
    [[nodiscard]] bool only_standard_rules() const;
    // The counters whose names begin so, as they stand.
    [[nodiscard]] model::Counters counters_below(const std::string& prefix) const;
    // "default via 10.0.0.1 dev eth0"
    [[nodiscard]] std::string route_words(const model::Route& route) const;

    // A command to be run in the namespace.
    [[nodiscard]] std::string here(std::string_view command) const;
    // Evidence of a sysctl or counter as it is; nullopt when it was not read.
    [[nodiscard]] std::optional<Evidence> sysctl_evidence(const std::string& name) const;
    [[nodiscard]] std::optional<Evidence> counter_evidence(const std::string& name) const;
};

// What a rule found, and the device it is about ("" for the namespace as a whole).
using Report = std::function<void(const std::string& device, Conclusion found)>;

// A fault in the host's state, and something that looks like one.
Conclusion fault(bool proven, std::string sentence);
Conclusion normal(std::string sentence);

}  // namespace knowhy::explain
