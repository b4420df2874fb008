#include "model/call_filter.h"

#include <fnmatch.h>

#include <algorithm>

namespace knowhy::model {
namespace {

constexpr int64_t kLargestErrno = 4095;  // MAX_ERRNO, include/linux/err.h

bool is_of_device(const TracedValue& value, const std::string& device) {
    return std::ranges::any_of(value.members, [&](const TracedValue& member) {
        const auto* text = member.value.get<Value::Text>();
        const bool names = member.name == "name" || member.name == "dev" || member.name == "in" ||
                           member.name == "out";
        return names && text != nullptr && text->raw == device;
    });
}

class Sieve {
  public:
    Sieve(const Trace& trace, const CallFilter& filter) : trace_(trace), filter_(filter) {
        for (const TracedFunction& function : trace.functions)
            wanted_.push_back(matches(function.name));
        if (!trace.calls.empty()) begin_ns_ = trace.calls.front().time_ns;
    }

    [[nodiscard]] bool passes(const CallSpan& span, const Nesting& nesting) const {
        const TracedCall& call = trace_.calls[span.entered];
        if (!wanted_[call.function]) return false;
        const uint32_t pid = nesting.lanes[span.lane].pid;
        if (!filter_.pids.empty() && std::ranges::count(filter_.pids, pid) == 0) return false;
        const uint64_t since = call.time_ns - begin_ns_;
        if (filter_.from_ns && since < *filter_.from_ns) return false;
        if (filter_.to_ns && since > *filter_.to_ns) return false;
        if (filter_.errors && (!span.returned || !error_of(trace_.calls[*span.returned])))
            return false;
        return filter_.device.empty() ||
               std::ranges::any_of(call.values, [&](const TracedValue& value) {
                   return is_of_device(value, filter_.device);
               });
    }

  private:
    [[nodiscard]] bool matches(const std::string& name) const {
        return filter_.functions.empty() ||
               std::ranges::any_of(filter_.functions, [&](const std::string& pattern) {
                   return ::fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
               });
    }

    const Trace& trace_;
    const CallFilter& filter_;
    std::vector<bool> wanted_;  // by function
    uint64_t begin_ns_ = 0;
};

}  // namespace

std::optional<int64_t> error_of(const TracedCall& returned) {
    if (returned.kind != TracedCall::Kind::Returned || returned.values.empty()) return std::nullopt;
    const Value& value = returned.values.front().value;
    int64_t bits = 0;
    if (const auto* number = value.get<Value::Integer>(); number != nullptr && number->is_signed)
        bits = number->bits;
    else if (const auto* pointer = value.get<Value::Pointer>())
        bits = static_cast<int64_t>(pointer->address);
    return bits < 0 && bits >= -kLargestErrno ? std::optional(bits) : std::nullopt;
}

bool CallFilter::all() const {
    return functions.empty() && pids.empty() && device.empty() && !from_ns && !to_ns && !errors;
}

Trace filtered(const Trace& trace, const CallFilter& filter) {
    if (filter.all()) return trace;
    const Nesting nesting = nest(trace);
    const Sieve sieve(trace, filter);
    std::vector<bool> kept(trace.calls.size());
    for (const CallSpan& span : nesting.spans) {
        if (!sieve.passes(span, nesting)) continue;
        kept[span.entered] = true;
        if (span.returned) kept[*span.returned] = true;
    }
    Trace some = trace;
    some.calls.clear();
    for (size_t i = 0; i < kept.size(); ++i)
        if (kept[i]) some.calls.push_back(trace.calls[i]);
    return some;
}

std::vector<FunctionCounts> count_calls(const Trace& trace, const Nesting& nesting) {
    std::vector<FunctionCounts> counts(trace.functions.size());
    for (uint32_t i = 0; i < counts.size(); ++i) counts[i].function = i;
    std::vector<std::vector<uint32_t>> open(nesting.lanes.size());  // functions, by depth
    for (const CallSpan& span : nesting.spans) {
        const TracedCall& call = trace.calls[span.entered];
        FunctionCounts& count = counts[call.function];
        ++count.calls;
        auto& above = open[span.lane];
        above.resize(span.depth);
        ++count.by[above.empty() ? std::nullopt : std::optional(above.back())];
        above.push_back(call.function);
        if (!span.returned) continue;
        const TracedCall& back = trace.calls[*span.returned];
        ++count.returns;
        count.total_ns += back.time_ns - call.time_ns;
        if (const auto error = error_of(back)) ++count.errors[*error];
    }
    std::erase_if(counts, [](const FunctionCounts& one) { return one.calls == 0; });
    std::ranges::stable_sort(counts, [&](const FunctionCounts& a, const FunctionCounts& b) {
        if (a.calls != b.calls) return a.calls > b.calls;
        return trace.functions[a.function].name < trace.functions[b.function].name;
    });
    return counts;
}

}  // namespace knowhy::model
