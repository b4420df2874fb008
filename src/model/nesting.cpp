#include "model/nesting.h"

#include <algorithm>
#include <map>
#include <utility>

namespace knowhy::model {
namespace {

class Nester {
  public:
    explicit Nester(const Trace& trace) : trace_(trace), returns_(trace.functions.size()) {
        for (const TracedCall& call : trace.calls) {
            if (call.kind == TracedCall::Kind::Returned && call.function < returns_.size()) {
                returns_[call.function] = true;
            }
        }
    }

    Nesting take() {
        for (uint32_t i = 0; i < trace_.calls.size(); ++i) {
            const TracedCall& call = trace_.calls[i];
            if (call.function >= returns_.size()) continue;
            if (call.kind == TracedCall::Kind::Entered) {
                enter(i, call);
            } else {
                leave(i, call);
            }
        }
        return std::move(nesting_);
    }

  private:
    uint32_t lane_of(const TracedCall& call) {
        const auto [lane, is_new] =
            lanes_.try_emplace({call.pid, call.pid == 0 ? call.cpu : 0}, nesting_.lanes.size());
        if (is_new) {
            nesting_.lanes.push_back({call.pid, call.cpu, call.comm});
            open_.emplace_back();
        }
        return lane->second;
    }

    void enter(uint32_t index, const TracedCall& call) {
        const uint32_t lane = lane_of(call);
        auto& open = open_[lane];
        const auto depth = static_cast<uint32_t>(open.size());
        // What never returns in this trace is not watched for it: nothing can be inside of it.
        if (returns_[call.function]) open.push_back(nesting_.spans.size());
        nesting_.spans.push_back({index, std::nullopt, lane, depth});
    }

    void leave(uint32_t index, const TracedCall& call) {
        auto& open = open_[lane_of(call)];
        const auto of_function = [&](size_t span) {
            return trace_.calls[nesting_.spans[span].entered].function == call.function;
        };
        const auto own = std::find_if(open.rbegin(), open.rend(), of_function);
        if (own == open.rend()) {
            ++nesting_.strays;
            return;
        }
        nesting_.spans[*own].returned = index;
        // Those above it have returned before it did, unseen.
        open.erase(std::prev(own.base()), open.end());
    }

    const Trace& trace_;
    std::vector<bool> returns_;  // by function: one of its returns is in the trace
    Nesting nesting_;
    std::map<std::pair<uint32_t, uint32_t>, uint32_t> lanes_;
    std::vector<std::vector<size_t>> open_;  // by lane: spans that have not returned
};

}  // namespace

Nesting nest(const Trace& trace) {
    return Nester(trace).take();
}

uint64_t first_moment(const Observation& observation) {
    uint64_t first = 0;
    const auto see = [&first](uint64_t time_ns) {
        if (first == 0 || (time_ns != 0 && time_ns < first)) first = time_ns;
    };
    for (const DropGroup& group : observation.groups) {
        see(group.first_ns);
        for (const DropSample& sample : group.samples) see(sample.time_ns);
    }
    if (!observation.trace.calls.empty()) see(observation.trace.calls.front().time_ns);
    return first != 0 ? first : observation.clock.monotonic_ns;
}

}  // namespace knowhy::model
