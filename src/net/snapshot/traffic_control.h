// What readers of qdiscs, filters and their counters share.
#pragma once

#include <linux/gen_stats.h>

#include <cstdint>
#include <string>

#include "host/attributes.h"

namespace knowhy::net {

// The queue statistics inside TCA_STATS2 or TCA_ACT_STATS; zeros when there are none.
inline gnet_stats_queue queue_statistics(const host::Attributes& stats) {
    return stats.record<gnet_stats_queue>(TCA_STATS_QUEUE).value_or(gnet_stats_queue{});
}

// "1:" for 0x10000, "8001:2" for 0x80010002.
std::string handle_text(uint32_t handle);

}  // namespace knowhy::net
