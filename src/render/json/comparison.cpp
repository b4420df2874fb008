#include "render/json/comparison.h"

#include "render/json/drops.h"
#include "render/json/values.h"

namespace knowhy::render {
namespace {

using model::Comparison;

Json value_json(const model::ComparedValue& value) {
    return {{"name", value.name}, {"text", value.text}, {"differs", value.differs}};
}

Json call_json(const std::optional<model::ComparedCall>& call) {
    if (!call) return nullptr;
    Json arguments = Json::array();
    for (const model::ComparedValue& value : call->arguments)
        arguments.push_back(value_json(value));
    return {{"function", call->function},
            {"arguments", arguments},
            {"returned", call->returned ? value_json(*call->returned) : Json(nullptr)},
            {"comm", call->comm},
            {"after_ns", call->after_ns}};
}

Json path_json(const std::optional<model::ComparedPath>& path) {
    if (!path) return nullptr;
    Json steps = Json::array();
    for (const model::PathStep& step : path->steps)
        steps.push_back({{"kind", model::name_of(step.kind)},
                         {"depth", step.depth},
                         {"good", call_json(step.good)},
                         {"bad", call_json(step.bad)}});
    return {{"subject", path->subject},  {"is_packet", path->is_packet},
            {"alike", path->alike},      {"steps", steps},
            {"parting", path->parting},  {"rest_good", path->rest_good},
            {"rest_bad", path->rest_bad}};
}

std::string divergence_line(const model::Divergence& divergence, bool is_first) {
    return json_line({{"type", "divergence"},
                      {"first", is_first},
                      {"kind", model::name_of(divergence.kind)},
                      {"function", text_or_null(divergence.function)},
                      {"lacking", divergence.lacking ? Json(model::name_of(*divergence.lacking))
                                                     : Json(nullptr)},
                      {"value_name", text_or_null(divergence.value_name)},
                      {"good", text_or_null(divergence.good)},
                      {"bad", text_or_null(divergence.bad)},
                      {"sentence", divergence.sentence},
                      {"path", path_json(divergence.path)}});
}

Json text_json(const std::optional<std::string>& text) {
    return text ? Json(*text) : Json(nullptr);
}

Json difference_json(const model::StateDifference& difference) {
    Json fix = nullptr;
    if (difference.fix)
        fix = {{"command", difference.fix->command}, {"effect", difference.fix->effect}};
    return {{"rank", model::name_of(difference.rank)},
            {"kind", difference.kind},
            {"name", difference.name},
            {"device", text_or_null(difference.device)},
            {"netns", text_or_null(difference.netns)},
            {"good", text_json(difference.good)},
            {"bad", text_json(difference.bad)},
            {"read_by", text_or_null(difference.read_by)},
            {"try", fix}};
}

std::string difference_line(const model::StateDifference& difference) {
    Json line = {{"type", "state_difference"}};
    line.update(difference_json(difference));
    return json_line(line);
}

std::string loss_line(const model::LossDifference& loss, const ClockPair& clock) {
    return json_line({{"type", "loss_difference"},
                      {"side", model::name_of(loss.side)},
                      {"finding", Json::parse(finding_json(loss.finding, clock))}});
}

Json side_json(const model::ComparedSide& side) {
    return {{"name", side.name},
            {"kernel_release", text_or_null(side.kernel_release)},
            {"machine", text_or_null(side.machine)},
            {"build_id", text_or_null(side.build_id)},
            {"scenario", text_or_null(side.scenario)},
            {"started_ns", side.started_ns},
            {"calls", side.calls},
            {"unseen", side.unseen},
            {"packets", side.packets},
            {"lost", side.lost}};
}

std::string books_line(const Comparison& comparison) {
    Json identity = Json::array();
    for (const model::StateDifference& difference : comparison.identity)
        identity.push_back(difference_json(difference));
    return json_line({{"type", "comparison"},
                      {"differs", comparison.differs()},
                      {"good", side_json(comparison.good)},
                      {"bad", side_json(comparison.bad)},
                      {"paths_compared", comparison.paths_compared},
                      {"paths_alike", comparison.paths_alike},
                      {"calls_alike", comparison.calls_alike},
                      {"losses_compared", comparison.losses_compared},
                      {"losses_alike", comparison.losses_alike},
                      {"state_compared", comparison.state_compared},
                      {"state_differences", comparison.state.size()},
                      {"equal_facts", comparison.equal_facts},
                      {"following", comparison.following},
                      {"moving", comparison.moving},
                      {"identity", identity},
                      {"uncompared", comparison.uncompared}});
}

}  // namespace

std::string comparison_json(const Comparison& comparison, const model::Observation& good,
                            const model::Observation& bad) {
    std::string lines;
    if (comparison.first) lines += divergence_line(*comparison.first, true);
    for (const model::Divergence& each : comparison.further) lines += divergence_line(each, false);
    for (const model::StateDifference& each : comparison.state) lines += difference_line(each);
    for (const model::LossDifference& each : comparison.losses)
        lines += loss_line(each, each.side == model::Side::Good ? good.clock : bad.clock);
    return lines + books_line(comparison);
}

}  // namespace knowhy::render
