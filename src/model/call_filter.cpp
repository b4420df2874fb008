#include "model/call_filter.h"

#include <fnmatch.h>

#include <algorithm>
#include <utility>

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

bool matches(const CallFilter& filter, const std::string& name) {
    return filter.functions.empty() ||
           std::ranges::any_of(filter.functions, [&](const std::string& pattern) {
               return ::fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
           });
}

// All but the function, and what came back.
bool passes_at_entry(const CallFilter& filter, const TracedCall& call, uint64_t begin_ns) {
    if (!filter.pids.empty() && std::ranges::count(filter.pids, call.pid) == 0) return false;
    const uint64_t since = call.time_ns > begin_ns ? call.time_ns - begin_ns : 0;
    if (filter.from_ns && since < *filter.from_ns) return false;
    if (filter.to_ns && since >= *filter.to_ns) return false;
    return filter.device.empty() || std::ranges::any_of(call.values, [&](const TracedValue& value) {
               return is_of_device(value, filter.device);
           });
}

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
    std::vector<bool> wanted;
    for (const TracedFunction& function : trace.functions)
        wanted.push_back(matches(filter, function.name));
    const uint64_t begin_ns = trace.calls.empty() ? 0 : trace.calls.front().time_ns;
    std::vector<bool> kept(trace.calls.size());
    for (const CallSpan& span : nest(trace).spans) {
        const TracedCall& call = trace.calls[span.entered];
        if (!wanted[call.function] || !passes_at_entry(filter, call, begin_ns)) continue;
        if (filter.errors && (!span.returned || !error_of(trace.calls[*span.returned]))) continue;
        kept[span.entered] = true;
        if (span.returned) kept[*span.returned] = true;
    }
    Trace some = trace;
    some.calls.clear();
    for (size_t i = 0; i < kept.size(); ++i)
        if (kept[i]) some.calls.push_back(trace.calls[i]);
    return some;
}

CallCounter::CallCounter(const Trace& trace, CallFilter filter, std::vector<bool> returns)
    : filter_(std::move(filter)), returns_(std::move(returns)) {
    for (uint32_t i = 0; i < trace.functions.size(); ++i) {
        names_.push_back(trace.functions[i].name);
        wanted_.push_back(matches(filter_, names_.back()));
        sums_.functions.emplace_back().function = i;
    }
}

void CallCounter::add(const TracedCall& call) {
    if (call.function >= names_.size()) return;
    if (!begin_ns_) begin_ns_ = call.time_ns;
    auto& open = lanes_[{call.pid, call.pid == 0 ? call.cpu : 0}];
    if (call.kind == TracedCall::Kind::Entered) {
        enter(call, open);
    } else {
        leave(call, open);
    }
}

void CallCounter::enter(const TracedCall& call, std::vector<Open>& open) {
    ++sums_.calls;
    Open entered{call.function, call.time_ns, false, std::nullopt};
    if (!open.empty()) entered.by = open.back().function;
    entered.wanted = wanted_[call.function] && passes_at_entry(filter_, call, *begin_ns_);
    if (entered.wanted && !filter_.errors) count(entered);
    if (returns_[call.function]) open.push_back(entered);
}

void CallCounter::leave(const TracedCall& call, std::vector<Open>& open) {
    const auto own = std::find_if(open.rbegin(), open.rend(),
                                  [&](const Open& one) { return one.function == call.function; });
    if (own == open.rend()) return;
    const Open entered = *own;
    // Those above it have returned before it did, unseen.
    open.erase(std::prev(own.base()), open.end());
    const auto error = error_of(call);
    if (!entered.wanted || (filter_.errors && !error)) return;
    if (filter_.errors) count(entered);
    FunctionCounts& counts = sums_.functions[call.function];
    ++counts.returns;
    counts.total_ns += call.time_ns - entered.time_ns;
    if (error) ++counts.errors[*error];
}

void CallCounter::count(const Open& call) {
    ++sums_.wanted;
    ++sums_.functions[call.function].calls;
    ++sums_.functions[call.function].by[call.by];
}

CallSums CallCounter::sums() const {
    CallSums sums = sums_;
    std::erase_if(sums.functions, [](const FunctionCounts& one) { return one.calls == 0; });
    std::ranges::stable_sort(sums.functions, [&](const auto& a, const auto& b) {
        return a.calls != b.calls ? a.calls > b.calls : names_[a.function] < names_[b.function];
    });
    return sums;
}

std::vector<bool> functions_that_return(const Trace& trace) {
    std::vector<bool> returns(trace.functions.size());
    for (const TracedCall& call : trace.calls)
        if (call.kind == TracedCall::Kind::Returned && call.function < returns.size())
            returns[call.function] = true;
    return returns;
}

CallSums count_calls(const Trace& trace, const CallFilter& filter) {
    CallCounter counter(trace, filter, functions_that_return(trace));
    for (const TracedCall& call : trace.calls) counter.add(call);
    return counter.sums();
}

}  // namespace knowhy::model
