// One object; lists of one kind of thing are columns, which take a third of the room:
//   span_ns    from the first call or loss to the last
//   findings   {label, verdict: "lost" | "unknown" | "harmless"}
//   drops      {finding, at, text}
//   functions, lanes   names
//   calls      {function, lane, depth, at, took, cpu, values, returned}; took -1: not known
//   density    calls in each of 400 equal parts of the span, where not all calls are here
#include "render/html/timeline.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "model/traced_text.h"
#include "render/json/values.h"
#include "render/text/words.h"

namespace knowhy::render {
namespace {

constexpr size_t kParts = 400;

std::string_view verdict_class(model::Verdict verdict) {
    if (verdict == model::Verdict::Harmless) return "harmless";
    return verdict == model::Verdict::Unknown ? "unknown" : "lost";
}

Json findings_json(const std::vector<model::Finding>& findings) {
    Json out = Json::array();
    for (const model::Finding& finding : findings) {
        out.push_back({{"label", fmt::format("{} {}: {}", verdict_word(finding), finding.count,
                                             escaped(finding.sentence))},
                       {"verdict", verdict_class(finding.verdict)}});
    }
    return out;
}

Json drops_json(std::vector<model::SeenDrop> drops, uint64_t begin) {
    std::sort(drops.begin(), drops.end(), [](const model::SeenDrop& a, const model::SeenDrop& b) {
        return a.time_ns < b.time_ns;
    });
    if (drops.size() > kMostDrops) drops.resize(kMostDrops);
    Json finding = Json::array();
    Json at = Json::array();
    Json text = Json::array();
    for (const model::SeenDrop& drop : drops) {
        finding.push_back(drop.finding);
        at.push_back(drop.time_ns - begin);
        text.push_back(fmt::format("{}, CPU {}, thread {} ({})", escaped(drop.packet), drop.cpu,
                                   drop.pid, escaped(drop.comm)));
    }
    return {{"finding", finding}, {"at", at}, {"text", text}};
}

Json calls_json(const model::Trace& trace, const model::Nesting& nesting, uint64_t begin) {
    Json out = {{"function", Json::array()}, {"lane", Json::array()},    {"depth", Json::array()},
                {"at", Json::array()},       {"took", Json::array()},    {"cpu", Json::array()},
                {"values", Json::array()},   {"returned", Json::array()}};
    for (size_t i = 0; i < std::min(nesting.spans.size(), kMostCalls); ++i) {
        const model::CallSpan& span = nesting.spans[i];
        const model::TracedCall& entered = trace.calls[span.entered];
        const model::TracedCall* returned = span.returned ? &trace.calls[*span.returned] : nullptr;
        out["function"].push_back(entered.function);
        out["lane"].push_back(span.lane);
        out["depth"].push_back(span.depth);
        out["at"].push_back(entered.time_ns - begin);
        out["took"].push_back(returned == nullptr ? Json(-1)
                                                  : Json(returned->time_ns - entered.time_ns));
        out["cpu"].push_back(entered.cpu);
        out["values"].push_back(escaped(model::text_of(entered.values)));
        out["returned"].push_back(returned == nullptr ? ""
                                                      : escaped(model::text_of(returned->values)));
    }
    return out;
}

uint64_t last_moment(const ReportPage& page, uint64_t begin) {
    uint64_t last = begin;
    for (const model::SeenDrop& drop : page.drops) last = std::max(last, drop.time_ns);
    if (!page.observation.trace.calls.empty()) {
        last = std::max(last, page.observation.trace.calls.back().time_ns);
    }
    return last;
}

Json density_json(const model::Trace& trace, const model::Nesting& nesting, uint64_t begin,
                  uint64_t span) {
    if (nesting.spans.size() <= kMostCalls) return Json::array();
    std::vector<uint64_t> parts(kParts);
    for (const model::CallSpan& call : nesting.spans) {
        const auto share = static_cast<double>(trace.calls[call.entered].time_ns - begin) /
                           static_cast<double>(span + 1);
        ++parts[std::min(static_cast<size_t>(share * kParts), kParts - 1)];
    }
    return parts;
}

}  // namespace

std::string timeline_json(const ReportPage& page, const model::Nesting& nesting) {
    const model::Trace& trace = page.observation.trace;
    const uint64_t begin = model::first_moment(page.observation);
    const uint64_t span = last_moment(page, begin) - begin;
    Json functions = Json::array();
    for (const model::TracedFunction& function : trace.functions) {
        functions.push_back(escaped(function.name));
    }
    Json lanes = Json::array();
    for (const model::Lane& lane : nesting.lanes) lanes.push_back(lane_words(lane));
    const Json data = {{"span_ns", span},
                       {"findings", findings_json(page.findings)},
                       {"drops", drops_json(page.drops, begin)},
                       {"functions", functions},
                       {"lanes", lanes},
                       {"calls", calls_json(trace, nesting, begin)},
                       {"density", density_json(trace, nesting, begin, span)}};
    return json_line(data);
}

}  // namespace knowhy::render
