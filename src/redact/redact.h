// A recording without the addresses it was made with, that is still explained as before: see
// address_map.h for what is kept of them. Names of devices, namespaces and programs stay.
#pragma once

#include <string>
#include <vector>

#include "model/observation.h"
#include "redact/address_map.h"

namespace knowhy::redact {

class Redactor {
  public:
    // `names`: of the host, which are replaced wherever they stand in a text.
    explicit Redactor(std::vector<std::string> names);
    Redactor(std::vector<std::string> names, AddressMap::Random random);

    // Everything in it. `decoded` of packets is emptied: net/decode fills it anew.
    void apply(model::Observation& seen);
    // What a recording is given one by one. learn() comes first.
    void apply(model::DropGroup& group);
    void apply(model::DropSample& sample);
    void apply(model::TracedCall& call);
    // The host's subnets, so that their first and last addresses stay what they are.
    void learn(const model::HostState& host);

  private:
    std::vector<std::string> names_;
    AddressMap map_;
};

// What this host calls itself: uname's node name, and its part before the first dot.
std::vector<std::string> host_names();

}  // namespace knowhy::redact
