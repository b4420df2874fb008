#include "cli/call_options.h"

#include <fmt/format.h>

#include <map>

#include "base/text.h"
#include "cli/list_option.h"
#include "model/recording.h"
#include "render/json/calls.h"

namespace knowhy::cli {
namespace {

constexpr size_t kWriteAt = 64UL * 1024;

const std::map<std::string, render::CallOrder>& orders() {
    static const std::map<std::string, render::CallOrder> kAll = {
        {"count", render::CallOrder::Count},
        {"name", render::CallOrder::Name},
        {"errors", render::CallOrder::Errors},
        {"time", render::CallOrder::Time}};
    return kAll;
}

std::optional<uint64_t> nanoseconds(const std::optional<Duration>& length) {
    if (!length) return std::nullopt;
    return std::chrono::duration_cast<std::chrono::nanoseconds>(*length).count();
}

model::CallFilter filter_of(const CallView& view) {
    model::CallFilter filter = view.filter;
    filter.from_ns = nanoseconds(view.from);
    filter.to_ns = nanoseconds(view.to);
    return filter;
}

void take_pids(std::vector<uint32_t>& pids, const std::string& text) {
    for (const std::string_view part : split(text, ',')) {
        const auto pid = parse_u64(part);
        if (!pid || *pid > UINT32_MAX)
            throw CLI::ValidationError("--pid", fmt::format("'{}' is no thread's number", text));
        pids.push_back(static_cast<uint32_t>(*pid));
    }
}

Status write_json(Output& output, const model::Trace& shown, const model::Observation& recorded) {
    std::string lines;
    for (const model::TracedCall& call : shown.calls) {
        lines += render::call_json(call, shown, recorded.clock);
        if (lines.size() < kWriteAt) continue;
        KW_CHECK_OK(output.write(lines));
        lines.clear();
    }
    return output.write(lines + render::calls_summary_json(recorded.trace));
}

}  // namespace

void add_call_options(CLI::App& app, CallView& view) {
    add_list(app, "--function", view.filter.functions, "Only calls of these functions; * is any")
        ->type_name("NAMES");
    app.add_option_function<std::string>(
           "--pid", [&view](const std::string& text) { take_pids(view.filter.pids, text); },
           "Only calls by these threads")
        ->trigger_on_parse()
        ->type_name("PIDS");
    app.add_option("--dev", view.filter.device, "Only calls about this device")->type_name("DEV");
    add_duration(app, "--from", view.from, "Only calls from so long after the first one on");
    add_duration(app, "--to", view.to, "Only calls up to so long after the first one");
    app.add_flag("--errors", view.filter.errors, "Only calls that returned an error");
    app.add_option("--sort", view.order, "The calls' summary by count, name, errors or time")
        ->type_name("BY")
        ->check(CLI::IsMember({"count", "name", "errors", "time"}));
    app.add_flag("--summary", view.summary_only, "What the calls come to, not each of them");
    app.add_flag("--full", view.full, "All that is known of an object, and addresses");
}

bool wants_all_calls(const CallView& view) {
    return view.filter.all() && !view.from && !view.to;
}

model::Trace wanted_calls(const model::Trace& recorded, const CallView& view) {
    return filtered(recorded, filter_of(view));
}

Result<model::Observation> load_summary(const std::string& path, const CallView& view,
                                        model::CallSums& sums) {
    std::vector<bool> returns;
    model::RecordingVisitor visitor;
    visitor.call = [&returns](const model::Trace& trace, const model::TracedCall& call) {
        returns.resize(trace.functions.size());
        if (call.kind == model::TracedCall::Kind::Returned) returns[call.function] = true;
    };
    KW_TRY(const model::Observation known, model::read_recording(path, visitor));
    returns.resize(known.trace.functions.size());
    model::CallCounter counter(known.trace, filter_of(view), std::move(returns));
    visitor.call = [&counter](const model::Trace&, const model::TracedCall& call) {
        counter.add(call);
    };
    KW_TRY(model::Observation recorded, model::read_recording(path, visitor));
    sums = counter.sums();
    return recorded;
}

model::CallSums sums_of(const model::Trace& trace, const CallView& view) {
    return count_calls(trace, filter_of(view));
}

Status report_calls(Output& output, const model::Observation& recorded, const model::CallSums& sums,
                    const CallView& view, bool json) {
    if (recorded.trace.empty()) return {};
    const model::Trace shown = filtered(recorded.trace, filter_of(view));
    if (json) return write_json(output, shown, recorded);
    render::CallOptions how;
    how.text.colour = output.wants_colour();
    how.text.width = output.width();
    how.order = orders().at(view.order);
    how.full = view.full;
    if (!recorded.trace.calls.empty()) how.begin_ns = recorded.trace.calls.front().time_ns;
    return output.write(calls_report(recorded.trace, shown, sums, how));
}

}  // namespace knowhy::cli
