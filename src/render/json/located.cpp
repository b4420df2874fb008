#include "render/json/located.h"

#include "base/text.h"
#include "render/json/values.h"

namespace knowhy::render {
namespace {

template <typename Range, typename Convert>
Json array_of(const Range& range, Convert convert) {
    Json array = Json::array();
    for (const auto& element : range) array.push_back(convert(element));
    return array;
}

Json span_json(const model::CodeSpan& span) {
    return {{"symbol", span.from.symbol},
            {"from", span.from.offset},
            {"to", span.from.offset + span.bytes},
            {"address", hex(span.from.address)}};
}

Json variable_json(const model::LocatedVariable& variable) {
    return {{"name", variable.name},
            {"function", variable.function},
            {"type", variable.type},
            {"parameter", variable.parameter},
            {"artificial", variable.artificial},
            {"location", text_or_null(variable.location)},
            {"grade", variable.grade},
            {"how", text_or_null(variable.how)},
            {"source", text_or_null(variable.source)},
            {"fetch", text_or_null(variable.fetch)},
            {"ranges", array_of(variable.spans, [](const model::VariableSpan& span) {
                 Json described = span_json(span.code);
                 described["location"] = span.location;
                 return described;
             })}};
}

Json best_json(const std::optional<model::BestProbe>& best) {
    if (!best) return nullptr;
    return {{"where", place_json(best->at)},
            {"variable", best->variable},
            {"location", best->location},
            {"caveat", text_or_null(best->caveat)},
            {"command", text_or_null(best->command)}};
}

Json listing_json(const std::vector<model::CodeLine>& listing) {
    return array_of(listing, [](const model::CodeLine& line) {
        return Json{{"symbol", line.at.symbol},
                    {"offset", line.at.offset},
                    {"address", hex(line.at.address)},
                    {"instruction", line.instruction},
                    {"file", text_or_null(line.file)},
                    {"line", line_or_null(line.line)},
                    {"source", text_or_null(line.source)},
                    {"changes", line.changes}};
    });
}

Json instance_json(const model::LocatedInstance& instance) {
    return {{"where", place_json(instance.at)},
            {"function", text_or_null(instance.function)},
            {"inlined", instance.inlined},
            {"line_asked", line_or_null(instance.line_asked)},
            {"chain", levels_json(instance.chain)},
            {"source", text_or_null(instance.source)},
            {"ranges", array_of(instance.ranges, span_json)},
            {"safe", instance.probe.safe ? Json(*instance.probe.safe) : Json(nullptr)},
            {"unsafe_because", instance.probe.reasons},
            {"nearest_safe",
             instance.probe.nearest ? place_json(*instance.probe.nearest) : Json(nullptr)},
            {"variables", array_of(instance.variables, variable_json)},
            {"best_probe", best_json(instance.best)},
            {"listing", listing_json(instance.listing)}};
}

}  // namespace

std::string located_json(const model::Located& located) {
    return json_line({{"type", "located"},
                      {"asked", located.asked},
                      {"variable", text_or_null(located.variable)},
                      {"image", located.image},
                      {"release", located.release},
                      {"debug_file", located.debug_file},
                      {"build_id", text_or_null(located.build_id)},
                      {"notes", located.notes},
                      {"instances", array_of(located.instances, instance_json)}});
}

}  // namespace knowhy::render
