// A call whose return was seen is a complete event ("X") with its length; one whose return was not
// is an instant ("i"), so that nothing is drawn longer than it is known to be. Processes of the
// format are groups of ours: its threads are the kernel's threads, findings, counters.
#include "render/chrome/trace_events.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "model/nesting.h"
#include "model/traced_text.h"
#include "render/json/values.h"
#include "render/text/words.h"

namespace knowhy::render {
namespace {

enum Group { kCalls = 1, kLosses = 2, kCounters = 3 };

constexpr uint32_t kFirstIdle = 4U << 20U;  // no thread has it: PID_MAX_LIMIT, linux/threads.h
constexpr size_t kBuffer = 256UL << 10U;

uint32_t thread_of(const model::Lane& lane) {
    return lane.pid == 0 ? kFirstIdle + lane.cpu : lane.pid;
}

std::string microseconds(uint64_t ns) {
    return fmt::format("{}.{:03}", ns / 1000, ns % 1000);
}

std::string json_text(const Json& value) {
    return value.dump(-1, ' ', true, Json::error_handler_t::replace);
}

Json values_json(const std::vector<model::TracedValue>& values) {
    Json out = Json::object();
    for (const model::TracedValue& value : values) {
        out[escaped(value.name)] = escaped(model::text_of(value));
    }
    return out;
}

class EventWriter {
  public:
    EventWriter(const model::Observation& observation, const std::vector<model::Finding>& findings,
                std::vector<model::SeenDrop> drops, const Sink& out)
        : seen_(observation),
          findings_(findings),
          drops_(std::move(drops)),
          nesting_(model::nest(observation.trace)),
          begin_(model::first_moment(observation)),
          out_(out) {
        std::sort(drops_.begin(), drops_.end(),
                  [](const auto& a, const auto& b) { return a.time_ns < b.time_ns; });
        if (!drops_.empty()) begin_ = std::min(begin_, drops_.front().time_ns);
    }

    Status write() {
        const Json about = {{"kernel", escaped(seen_.host.kernel_release)},
                            {"machine", escaped(seen_.host.machine)},
                            {"filter", escaped(seen_.filter)},
                            {"scenario", escaped(seen_.trace.scenario)},
                            {"recorded_ns", seen_.clock.to_realtime(begin_)}};
        text_ = fmt::format("{{\"displayTimeUnit\":\"ns\",\"otherData\":{},\"traceEvents\":[",
                            json_text(about));
        KW_CHECK_OK(write_names());
        KW_CHECK_OK(write_counters(false));
        KW_CHECK_OK(write_events());
        KW_CHECK_OK(write_counters(true));
        text_ += "\n]}\n";
        return flush(0);
    }

  private:
    Status event(std::string_view body) {
        text_ += first_ ? "\n{" : ",\n{";
        first_ = false;
        text_ += body;
        text_ += '}';
        return flush(kBuffer);
    }

    Status flush(size_t unless_below) {
        if (text_.size() < unless_below) return {};
        const Status done = out_(text_);
        text_.clear();
        return done;
    }

    Status name(std::string_view what, Group group, uint64_t thread, const std::string& text) {
        return event(fmt::format(R"("ph":"M","name":"{}","pid":{},"tid":{},"args":{{"name":{}}})",
                                 what, static_cast<int>(group), thread, json_text(text)));
    }

    Status write_names() {
        if (!nesting_.lanes.empty()) KW_CHECK_OK(name("process_name", kCalls, 0, "calls"));
        for (const model::Lane& lane : nesting_.lanes) {
            KW_CHECK_OK(name("thread_name", kCalls, thread_of(lane), lane_words(lane)));
        }
        if (drops_.empty()) return {};
        KW_CHECK_OK(name("process_name", kLosses, 0, "lost packets"));
        for (size_t i = 0; i < findings_.size(); ++i) {
            const model::Finding& finding = findings_[i];
            KW_CHECK_OK(name("thread_name", kLosses, i + 1,
                             fmt::format("{} {}: {}", verdict_word(finding), finding.count,
                                         escaped(finding.cause))));
        }
        return {};
    }

    // Calls and losses, each in the order of time, into one such order.
    Status write_events() {
        size_t drop = 0;
        for (const model::CallSpan& span : nesting_.spans) {
            const uint64_t at = seen_.trace.calls[span.entered].time_ns;
            for (; drop < drops_.size() && drops_[drop].time_ns < at; ++drop) {
                KW_CHECK_OK(write_drop(drops_[drop]));
            }
            KW_CHECK_OK(write_call(span));
        }
        for (; drop < drops_.size(); ++drop) KW_CHECK_OK(write_drop(drops_[drop]));
        return {};
    }

    Status write_call(const model::CallSpan& span) {
        const model::TracedCall& call = seen_.trace.calls[span.entered];
        Json args = values_json(call.values);
        args["cpu"] = call.cpu;
        std::string shape = R"("ph":"i","s":"t")";
        last_ = std::max(last_, call.time_ns);
        if (span.returned) {
            const model::TracedCall& returned = seen_.trace.calls[*span.returned];
            args.update(values_json(returned.values));
            shape =
                fmt::format(R"("ph":"X","dur":{})", microseconds(returned.time_ns - call.time_ns));
            last_ = std::max(last_, returned.time_ns);
        }
        return event(fmt::format(R"({},"name":{},"cat":"call","pid":{},"tid":{},"ts":{},"args":{})",
                                 shape,
                                 json_text(escaped(seen_.trace.functions[call.function].name)),
                                 static_cast<int>(kCalls), thread_of(nesting_.lanes[span.lane]),
                                 microseconds(call.time_ns - begin_), json_text(args)));
    }

    Status write_drop(const model::SeenDrop& drop) {
        const model::Finding& finding = findings_[drop.finding];
        const std::string at = microseconds(drop.time_ns - begin_);
        const Json args = {{"packet", escaped(drop.packet)},
                           {"sentence", escaped(finding.sentence)},
                           {"certainty", model::name_of(finding.certainty)},
                           {"device", escaped(finding.device)},
                           {"cpu", drop.cpu},
                           {"thread", fmt::format("{} {}", escaped(drop.comm), drop.pid)}};
        last_ = std::max(last_, drop.time_ns);
        KW_CHECK_OK(event(fmt::format(
            R"("ph":"i","s":"t","name":{},"cat":"loss","pid":{},"tid":{},"ts":{},"args":{})",
            json_text(escaped(finding.cause)), static_cast<int>(kLosses), drop.finding + 1, at,
            json_text(args))));
        ++looked_at_[static_cast<size_t>(finding.verdict)];
        return counter("packets looked at", kLosses, at,
                       {{"lost", looked_at_[static_cast<size_t>(model::Verdict::Lost)]},
                        {"harmless", looked_at_[static_cast<size_t>(model::Verdict::Harmless)]},
                        {"unknown", looked_at_[static_cast<size_t>(model::Verdict::Unknown)]}});
    }

    Status counter(const std::string& of, Group group, const std::string& at, const Json& values) {
        return event(fmt::format(R"("ph":"C","name":{},"pid":{},"tid":0,"ts":{},"args":{})",
                                 json_text(of), static_cast<int>(group), at, json_text(values)));
    }

    // Only their two ends are known: how much each grew.
    Status write_counters(bool at_end) {
        for (const auto& [inum, state] : seen_.host.namespaces) {
            const std::string scope = netns_words(inum, state.name) + ": ";
            KW_CHECK_OK(write_moved(state.before, state.after, scope, at_end));
        }
        return write_moved(seen_.host.before, seen_.host.after, "", at_end);
    }

    Status write_moved(const model::Counters& before, const model::Counters& after,
                       const std::string& scope, bool at_end) {
        const uint64_t lasted = static_cast<uint64_t>(seen_.accounting.elapsed_s * 1e9);
        const uint64_t end = std::max(lasted, last_ > begin_ ? last_ - begin_ : 0);
        for (const auto& [counted, value] : after) {
            const auto earlier = before.find(counted);
            if (earlier == before.end() || earlier->second == value) continue;
            const auto grew = at_end ? static_cast<int64_t>(value - earlier->second) : 0;
            KW_CHECK_OK(counter(scope + escaped(counted), kCounters, microseconds(at_end ? end : 0),
                                {{"change", grew}}));
        }
        return {};
    }

    const model::Observation& seen_;
    const std::vector<model::Finding>& findings_;
    std::vector<model::SeenDrop> drops_;
    model::Nesting nesting_;
    uint64_t begin_;
    uint64_t last_ = 0;                    // CLOCK_MONOTONIC of the last event so far
    std::array<uint64_t, 4> looked_at_{};  // by verdict
    const Sink& out_;
    std::string text_;
    bool first_ = true;
};

}  // namespace

Status write_trace_events(const model::Observation& observation,
                          const std::vector<model::Finding>& findings,
                          std::vector<model::SeenDrop> drops, const Sink& out) {
    return EventWriter(observation, findings, std::move(drops), out).write();
}

}  // namespace knowhy::render
