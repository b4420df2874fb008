// What one packet's finding is, for those who tell packets one by one: --each and --pcap.
#pragma once

#include "model/finding.h"
#include "model/observation.h"

namespace knowhy::cli {

// What one packet needs of its group: copying the group's samples for each would be dear.
model::DropGroup without_samples(const model::DropGroup& group);

// Explains the packet by itself, on the host's state in `run`, whose groups it replaces.
model::Finding finding_of_packet(model::Observation& run, const model::DropGroup& group,
                                 const model::DropSample& sample);

}  // namespace knowhy::cli
