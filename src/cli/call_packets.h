// The packets that recorded functions were given, for Wireshark.
#pragma once

#include "base/result.h"
#include "model/observation.h"
#include "render/pcapng/writer.h"

namespace knowhy::cli {

// Each packet where it was first seen, and again where its headers had changed since; the comment
// is the function.
Status add_packets(render::PcapngWriter& pcap, const model::Observation& recorded);

}  // namespace knowhy::cli
