#include "render/json/drops.h"

#include "base/text.h"
#include "model/tally.h"
#include "render/json/values.h"

namespace knowhy::render {
namespace {

Json unexplained_json(const std::vector<model::UnexplainedCounter>& counters) {
    Json out = Json::array();
    for (const model::UnexplainedCounter& counter : counters) {
        out.push_back({{"counter", counter.counter},
                       {"scope", counter.scope},
                       {"device", text_or_null(counter.device)},
                       {"delta", counter.delta},
                       {"explained", counter.explained}});
    }
    return out;
}

std::string context_name(model::DropSample::Context context) {
    switch (context) {
        case model::DropSample::Context::Task:
            return "task";
        case model::DropSample::Context::Softirq:
            return "softirq";
        case model::DropSample::Context::Hardirq:
            return "hardirq";
        case model::DropSample::Context::Nmi:
            return "nmi";
        case model::DropSample::Context::Unknown:
            break;
    }
    return "unknown";
}

// null: everything was asked for.
Json scope_json(const model::Scope& scope) {
    if (scope.netns == 0) return nullptr;
    return {{"netns", netns_json(scope.netns, scope.netns_name)},
            {"device", text_or_null(scope.device)}};
}

}  // namespace

std::string armed_json(unsigned probes, const ClockPair& clock) {
    return json_line({{"type", "armed"},
                      {"probes", probes},
                      {"time_ns", clock.realtime_ns},
                      {"boot_ns", clock.boot_ns}});
}

std::string drop_json(const model::Finding& finding, const model::DropGroup& group,
                      const model::DropSample& sample, const ClockPair& clock) {
    const std::string& device = sample.device.empty() ? group.device : sample.device;
    return json_line({{"type", "drop"},
                      {"time_ns", clock.to_realtime(sample.time_ns)},
                      {"boot_ns", clock.to_boot(sample.time_ns)},
                      {"finding", finding.id},
                      {"cause", finding.cause},
                      {"certainty", model::name_of(finding.certainty)},
                      {"verdict", model::name_of(finding.verdict)},
                      {"sentence", finding.sentence},
                      {"where", place_json(group.place)},
                      {"reason", reason_json(group.reason)},
                      {"device", text_or_null(device)},
                      {"ifindex", group.key.ifindex},
                      {"netns", netns_json(group.key.netns, finding.netns_name)},
                      {"cpu", sample.cpu},
                      {"context", context_name(sample.context)},
                      {"pid", sample.pid},
                      {"comm", sample.comm},
                      {"skb", hex(sample.skb)},
                      {"packet", packet_json(sample)},
                      {"facts", facts_json(sample.facts)},
                      {"stack", stack_json(sample.stack)}});
}

std::string finding_json(const model::Finding& finding, const ClockPair& clock) {
    Json set_by = Json::array();
    for (const model::SetBy& setting : finding.set_by) {
        set_by.push_back(
            {{"kind", setting.kind}, {"name", setting.name}, {"value", setting.value}});
    }
    Json attempts = Json::array();
    for (const model::Try& attempt : finding.try_next) {
        attempts.push_back({{"command", attempt.command}, {"effect", attempt.effect}});
    }
    const bool timed = finding.first_ns != 0;
    return json_line(
        {{"type", "finding"},
         {"id", finding.id},
         {"cause", finding.cause},
         {"certainty", model::name_of(finding.certainty)},
         {"verdict", model::name_of(finding.verdict)},
         {"count", finding.count},
         {"first_ns", timed ? Json(clock.to_realtime(finding.first_ns)) : Json(nullptr)},
         {"last_ns", timed ? Json(clock.to_realtime(finding.last_ns)) : Json(nullptr)},
         {"boot_ns", timed ? Json(clock.to_boot(finding.first_ns)) : Json(nullptr)},
         {"sentence", finding.sentence},
         {"where", finding.where ? place_json(*finding.where) : Json(nullptr)},
         {"reason", reason_json(finding.reason)},
         {"device", text_or_null(finding.device)},
         {"ifindex", finding.ifindex},
         {"netns", netns_json(finding.netns, finding.netns_name)},
         {"packet", finding.sample ? packet_json(*finding.sample) : Json(nullptr)},
         {"stack", finding.sample ? stack_json(finding.sample->stack) : Json::array()},
         {"samples_agreeing", finding.samples_agreeing},
         {"samples_seen", finding.samples_seen},
         {"evidence", evidence_json(finding.evidence)},
         {"set_by", set_by},
         {"try", attempts}});
}

std::string drops_summary_json(const std::vector<model::Finding>& findings,
                               const std::vector<model::UnexplainedCounter>& unexplained,
                               const model::Observation& observation) {
    const model::Accounting& books = observation.accounting;
    const model::Tally sum = model::tally(findings, books);
    return json_line({{"type", "summary"},
                      {"events", books.events},
                      {"lost", sum.lost},
                      {"harmless", sum.harmless},
                      {"unknown", sum.unknown},
                      {"other", sum.other},
                      {"samples", books.samples},
                      {"lost_events", books.lost_samples},
                      {"shed_samples", books.shed_samples},
                      {"untold_samples", books.untold_samples},
                      {"filtered_out", books.filtered_out},
                      {"beyond_copy", books.beyond_copy},
                      {"missed_probes", optional_number(books.missed_probes)},
                      {"filter", observation.filter},
                      {"scope", scope_json(observation.scope)},
                      {"source", books.source},
                      {"points", points_json(books.points)},
                      {"notes", books.notes},
                      {"unexplained", unexplained_json(unexplained)},
                      {"elapsed_s", books.elapsed_s}});
}

}  // namespace knowhy::render
