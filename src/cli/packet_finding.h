// What one packet's finding is, for those who tell packets one by one: --each and --pcap.
#pragma once

#include "model/finding.h"
#include "model/observation.h"

namespace knowhy::cli {

// Explains the packet by itself, on the host's state in `run`, whose groups it replaces.
model::Finding finding_of_packet(model::Observation& run, const model::DropGroup& group,
                                 const model::DropSample& sample);

}  // namespace knowhy::cli
