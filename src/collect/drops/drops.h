// The drops collector: attaches to skb:kfree_skb and to the points that decide, counts exactly,
// samples under a budget, and gives it all back as a model::Observation.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/observation.h"

namespace knowhy::collect {

struct DropsOptions {
    std::string filter;           // pcap-filter(7); "" for all packets
    model::Scope scope;           // resolve_scope() makes one of names
    bool every_packet = false;    // --each: sample every drop, as far as the ring buffer holds
    bool stacks = true;           // take stacks for samples
    bool points = true;           // false: tracepoint only
    double max_cpu_percent = 10;  // of one CPU; above it samples are shed, then the run ends

    // Which sysctls a group's candidate causes need; asked once per group, in its namespace.
    std::function<std::vector<std::string>(const model::DropGroup&, const model::NetnsState*)>
        sysctls_wanted;
    // Called for every sample as it arrives (--each, --pcap, --record). Optional.
    std::function<void(const model::DropGroup&, const model::DropSample&)> on_sample;
};

class DropsSession {
  public:
    // Opens, loads, attaches: when it returns, every probe is live. Counters of the own namespace
    // and of the host were read just before; all else follows on a thread.
    static Result<std::unique_ptr<DropsSession>> open(DropsOptions options);
    virtual ~DropsSession() = default;  // detaches; may take about 0.1 s a probe

    [[nodiscard]] virtual unsigned armed_probes() const = 0;
    // Consumes what has arrived, waiting up to timeout_ms for something. False when the session
    // ended by itself (over budget): the observation's notes say why.
    virtual Result<bool> poll(int timeout_ms) = 0;
    // CPU time that the caller spent on samples: it counts against max_cpu_percent, too.
    virtual void charge(uint64_t cpu_ns) = 0;
    // What was seen so far, symbols resolved. `final` also reads the counters' "after" side.
    virtual Result<model::Observation> observe(bool final) = 0;
};

}  // namespace knowhy::collect
