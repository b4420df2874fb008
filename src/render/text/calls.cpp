#include "render/text/calls.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/result.h"
#include "base/text.h"
#include "model/traced_text.h"
#include "render/text/layout.h"

namespace knowhy::render {
namespace {

using model::CallSpan;
using model::FunctionCounts;
using model::Nesting;
using model::Trace;
using model::TracedCall;
using model::TracedValue;

constexpr size_t kNameColumns = 32;
constexpr size_t kMostNamed = 3;  // callers and errors of a function in its one line

std::string duration_words(uint64_t ns) {
    if (ns < 10'000) return fmt::format("{:.1f} us", static_cast<double>(ns) / 1e3);
    if (ns < 10'000'000) return fmt::format("{:.0f} us", static_cast<double>(ns) / 1e3);
    return fmt::format("{:.0f} ms", static_cast<double>(ns) / 1e6);
}

std::string function_words(const model::TracedFunction& function) {
    return escaped(function.module.empty()
                       ? function.name
                       : fmt::format("{} [{}]", function.name, function.module));
}

class Report {
  public:
    Report(const Trace& whole, const Trace& shown, const model::CallSums& sums,
           const CallOptions& options)
        : whole_(whole), shown_(shown), sums_(sums), options_(options), nesting_(nest(shown)) {}

    std::string take() {
        head();
        summary();
        sequence();
        notes();
        return std::move(text_);
    }

  private:
    void line(const std::string& text) { text_ += text + '\n'; }
    [[nodiscard]] std::string ink(std::string_view text, Ink ink) const {
        return inked(text, ink, options_.text.colour);
    }

    void head() {
        const auto watched = std::ranges::count_if(
            whole_.functions, [](const auto& function) { return !function.rung.empty(); });
        std::string text = fmt::format(
            "{} of {}", ink(counted(sums_.calls, "call"), Ink::Bold),
            counted(static_cast<uint64_t>(watched), "watched function", "watched functions"));
        if (!whole_.scenario.empty())
            text += fmt::format(", while this ran: {}", escaped(whole_.scenario));
        line(text);
        if (sums_.wanted != sums_.calls)
            line(fmt::format("of these {} as asked for", counted(sums_.wanted, "call")));
    }

    void summary() {
        auto counts = sums_.functions;
        sort(counts);
        if (counts.empty()) return;
        text_ += '\n';
        line(ink(fmt::format("  {:>9}  {:<{}}  {}", "calls", "function", kNameColumns,
                             "called by, and errors"),
                 Ink::Dim));
        for (const FunctionCounts& count : counts) {
            const std::string name = function_words(shown_.functions[count.function]);
            std::string rest = callers(count);
            if (const std::string errors = errors_of(count); !errors.empty())
                rest += "; " + ink(errors, Ink::Red);
            line(fmt::format("  {:>9}  {:<{}}  {}", count.calls, name, kNameColumns, rest));
        }
    }

    void sort(std::vector<FunctionCounts>& counts) const {
        const auto errors = [](const FunctionCounts& one) {
            uint64_t sum = 0;
            for (const auto& [error, count] : one.errors) sum += count;
            return sum;
        };
        std::ranges::stable_sort(counts, [&](const FunctionCounts& a, const FunctionCounts& b) {
            switch (options_.order) {
                case CallOrder::Name:
                    return shown_.functions[a.function].name < shown_.functions[b.function].name;
                case CallOrder::Errors:
                    return errors(a) > errors(b);
                case CallOrder::Time:
                    return a.total_ns > b.total_ns;
                case CallOrder::Count:
                    break;
            }
            return false;  // they come so
        });
    }

    // The most frequent ones: "ip_rcv 12, tcp_v4_rcv, and 2 others".
    template <typename Map, typename Words>
    static std::string most(const Map& counts, const Words& words) {
        std::vector<std::pair<std::string, uint64_t>> all;
        all.reserve(counts.size());
        for (const auto& [what, count] : counts) all.emplace_back(words(what), count);
        std::ranges::stable_sort(all, [](const auto& a, const auto& b) {
            return a.second != b.second ? a.second > b.second : a.first < b.first;
        });
        std::string text;
        for (size_t i = 0; i < std::min(all.size(), kMostNamed); ++i)
            text += fmt::format("{}{} {}", i == 0 ? "" : ", ", all[i].first, all[i].second);
        if (all.size() > kMostNamed)
            text += fmt::format(", and {} others", all.size() - kMostNamed);
        return text;
    }

    [[nodiscard]] std::string callers(const FunctionCounts& count) const {
        if (count.by.size() == 1)
            return count.by.begin()->first ? caller(count.by.begin()->first) : "-";
        return most(count.by, [this](const auto& by) { return caller(by); });
    }

    [[nodiscard]] std::string caller(std::optional<uint32_t> function) const {
        return function ? escaped(shown_.functions[*function].name) : "others";
    }

    [[nodiscard]] static std::string errors_of(const FunctionCounts& count) {
        return most(count.errors,
                    [](int64_t error) { return "-" + errno_name(static_cast<int>(-error)); });
    }

    // One line a call, at the depth of those that it was made in.
    void sequence() {
        if (nesting_.spans.empty()) return;
        std::optional<uint32_t> lane;
        for (const CallSpan& span : nesting_.spans) {
            if (span.lane != lane) lane_head(span);
            lane = span.lane;
            call_line(span);
        }
        if (nesting_.strays > 0)
            line(fmt::format("  and {} of calls that were made before",
                             counted(nesting_.strays, "return")));
    }

    void lane_head(const CallSpan& span) {
        const model::Lane& lane = nesting_.lanes[span.lane];
        const TracedCall& call = shown_.calls[span.entered];
        text_ += '\n';
        line(ink(lane.pid == 0
                     ? fmt::format("  idle, CPU {}", lane.cpu)
                     : fmt::format("  {} [{}], CPU {}", escaped(call.comm), lane.pid, call.cpu),
                 Ink::Bold));
    }

    void call_line(const CallSpan& span) {
        const TracedCall& call = shown_.calls[span.entered];
        const double since =
            (static_cast<double>(call.time_ns) - static_cast<double>(options_.begin_ns)) / 1e9;
        std::string text = fmt::format("{}({})", escaped(shown_.functions[call.function].name),
                                       values_words(call.values));
        if (span.returned) {
            const TracedCall& back = shown_.calls[*span.returned];
            if (!back.values.empty()) {
                const std::string value = value_words(back.values.front());
                text += " = " + (error_of(back) ? ink(value, Ink::Red) : value);
            }
            text += ink(fmt::format("  {}", duration_words(back.time_ns - call.time_ns)), Ink::Dim);
        }
        line(fmt::format("  {} {:{}}{}", ink(fmt::format("{:>12.6f}", since), Ink::Dim), "",
                         1 + 2 * std::min<uint32_t>(span.depth, 20), text));
    }

    std::string values_words(const std::vector<TracedValue>& values) {
        std::string text;
        for (const TracedValue& value : values)
            text += fmt::format("{}{}={}", text.empty() ? "" : ", ", escaped(value.name),
                                value_words(value));
        return text;
    }

    // Of an object the name tells enough, and of one without a name its number here: an address
    // tells nothing, unless it is asked for.
    std::string value_words(const TracedValue& value) {
        const auto* pointer = value.value.get<model::Value::Pointer>();
        const bool is_object = pointer != nullptr && !value.members.empty();
        if (options_.full || !is_object)
            return escaped(model::text_of(value.value)) + members(value);
        for (const TracedValue& member : value.members) {
            const auto* text = member.value.get<model::Value::Text>();
            if (member.name == "name" && text != nullptr) return escaped(text->raw);
        }
        const auto number = objects_.try_emplace(pointer->address, objects_.size() + 1).first;
        return fmt::format("#{}{}", number->second, brief_members(value));
    }

    std::string members(const TracedValue& value) {
        return value.members.empty() ? "" : fmt::format(" {{{}}}", values_words(value.members));
    }

    // What tells a packet or a route at a glance.
    static std::string brief_members(const TracedValue& value) {
        for (const TracedValue& member : value.members) {
            const auto* text = member.value.get<model::Value::Text>();
            if (member.name == "dev" && text != nullptr && !text->raw.empty())
                return fmt::format("@{}", escaped(text->raw));
        }
        return "";
    }

    void notes() {
        std::vector<std::string> told;
        if (whole_.lost > 0)
            told.push_back(
                fmt::format("{} lost: the buffer was full",
                            counted(whole_.lost, "call or return was", "calls and returns were")));
        if (whole_.cut > 0)
            told.push_back(
                fmt::format("{} left out: more than the recording, or this machine's "
                            "memory, was allowed to hold",
                            counted(whole_.cut, "call or return is", "calls and returns are")));
        for (const model::TracedFunction& function : whole_.functions)
            if (function.missed.value_or(0) > 0)
                told.push_back(fmt::format("{}: {} missed", function_words(function),
                                           counted(*function.missed, "hit was", "hits were")));
        for (const std::string& note : whole_.notes) told.push_back(escaped(note));
        for (const model::TracedFunction& function : whole_.functions)
            if (function.rung.empty() && options_.full)
                told.push_back(fmt::format("{} is not watched: {}", function_words(function),
                                           escaped(function.why)));
        if (!told.empty()) text_ += '\n';
        for (const std::string& one : told)
            for (const std::string& part : wrapped("note: " + one, options_.text.width)) line(part);
    }

    const Trace& whole_;
    const Trace& shown_;
    const model::CallSums& sums_;
    const CallOptions& options_;
    Nesting nesting_;
    std::map<uint64_t, size_t> objects_;  // those without a name, by address
    std::string text_;
};

}  // namespace

std::string calls_report(const Trace& whole, const Trace& shown, const model::CallSums& sums,
                         const CallOptions& options) {
    return Report(whole, shown, sums, options).take();
}

}  // namespace knowhy::render
