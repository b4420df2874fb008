#include "render/json/oops.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.h"
#include "render/json/values.h"

namespace knowhy::render {
namespace {

template <typename Range, typename Convert>
Json each(const Range& range, Convert convert) {
    Json array = Json::array();
    for (const auto& element : range) array.push_back(convert(element));
    return array;
}

Json hex_or_null(const std::optional<uint64_t>& value) {
    return value ? Json(hex(*value)) : Json(nullptr);
}

template <typename Number>
Json number_or_null(const std::optional<Number>& value) {
    return value ? Json(*value) : Json(nullptr);
}

Json symbol_json(const model::OopsSymbol& symbol) {
    if (symbol.name.empty() && !symbol.address) return nullptr;
    return {{"symbol", text_or_null(symbol.name)},
            {"offset", symbol.name.empty() ? Json(nullptr) : Json(symbol.offset)},
            {"size", symbol.size == 0 ? Json(nullptr) : Json(symbol.size)},
            {"module", text_or_null(symbol.module)},
            {"build_id", text_or_null(symbol.build_id)},
            {"address", hex_or_null(symbol.address)}};
}

Json frame_json(const model::OopsFrame& frame) {
    return {{"place", symbol_json(frame.symbol)},       {"reliable", frame.reliable},
            {"context", model::name_of(frame.context)}, {"return_address", frame.return_address},
            {"file", text_or_null(frame.file)},         {"line", line_or_null(frame.source_line)},
            {"inlined", levels_json(frame.inlined)}};
}

Json code_json(const model::OopsCode& code) {
    if (code.bytes.empty() && !code.unreadable) return nullptr;
    return {{"bytes", fmt::format("{:02x}", fmt::join(code.bytes, ""))},
            {"marker", number_or_null(code.marker)},
            {"unit", code.unit},
            {"unreadable", code.unreadable}};
}

Json hex_map(const std::map<std::string, uint64_t>& values) {
    Json out = Json::object();
    for (const auto& [name, value] : values) out[name] = hex(value);
    return out;
}

Json step_json(const model::OopsStep& step) {
    return {{"text", step.text},
            {"grade", model::name_of(step.grade)},
            {"address", hex_or_null(step.address)},
            {"value", hex_or_null(step.value)},
            {"source", text_or_null(step.source)}};
}

Json reading_json(const model::OopsReading& reading) {
    return {{"pointer", model::name_of(reading.pointer)},
            {"grade", model::name_of(reading.grade)},
            {"base", hex_or_null(reading.base)},
            {"index", hex_or_null(reading.index)},
            {"stride", number_or_null(reading.stride)},
            {"field_offset", number_or_null(reading.field_offset)},
            {"error", number_or_null(reading.error)},
            {"variable", text_or_null(reading.variable)},
            {"type", text_or_null(reading.type)},
            {"field", text_or_null(reading.field)},
            {"expression", text_or_null(reading.expression)},
            {"steps", each(reading.steps, step_json)}};
}

Json instruction_json(const model::OopsInstruction& line) {
    return {{"address", hex(line.address)},
            {"symbol", text_or_null(line.symbol)},
            {"bytes", line.bytes},
            {"text", line.text},
            {"faulting", line.faulting},
            {"sure", line.sure},
            {"file", text_or_null(line.file)},
            {"line", line_or_null(line.line)},
            {"source", text_or_null(line.source)}};
}

Json explanation_json(const model::OopsExplanation& explanation) {
    Json meanings = Json::object();
    for (const auto& [name, words] : explanation.meanings) meanings[name] = words;
    const auto& agrees = explanation.agrees;
    return {{"image", model::name_of(explanation.image)},
            {"image_file", text_or_null(explanation.image_file)},
            {"image_how", text_or_null(explanation.image_how)},
            {"instruction", text_or_null(explanation.instruction)},
            {"effective_address", hex_or_null(explanation.effective_address)},
            {"agrees", agrees ? Json(*agrees) : Json(nullptr)},
            {"disagreement", text_or_null(explanation.disagreement)},
            {"readings", each(explanation.readings, reading_json)},
            {"meanings", meanings},
            {"summary", text_or_null(explanation.summary)},
            {"next", explanation.next},
            {"notes", explanation.notes},
            {"listing", each(explanation.listing, instruction_json)}};
}

// Only what the printed registers reproduce is more than a guess.
std::string_view certainty_of(const model::OopsExplanation& explanation) {
    if (explanation.readings.empty() || !explanation.agrees.value_or(false)) return "unknown";
    const bool proven = explanation.readings.size() == 1 &&
                        explanation.readings.front().grade <= model::OopsGrade::DebugInfo;
    return proven ? "certain" : "likely";
}

Json where_json(const model::OopsReport& report) {
    if (report.pc.name.empty() && !report.pc.address) return nullptr;
    model::Place place;
    place.symbol = report.pc.name;
    place.function = model::without_clone_suffix(report.pc.name);
    place.offset = report.pc.offset;
    place.module = report.pc.module;
    place.file = report.here.file;
    place.line = report.here.source_line;
    place.inlined = report.here.inlined;
    Json described = place_json(place);
    described["address"] = hex_or_null(report.pc.address);
    return described;
}

Json evidence_of(const model::OopsExplanation& explanation) {
    Json out = Json::array();
    if (explanation.readings.empty()) return out;
    for (const model::OopsStep& step : explanation.readings.front().steps) {
        out.push_back(
            {{"kind", "memory"},
             {"name", step.text},
             {"value", step.value ? hex(*step.value) : std::string(model::name_of(step.grade))},
             {"unit", nullptr},
             {"read", "event"}});
    }
    return out;
}

}  // namespace

std::string oops_json(const model::OopsReport& report, const model::OopsExplanation& explanation,
                      const std::string& file) {
    Json details = Json::object();
    for (const auto& [name, value] : report.details) details[name] = value;
    return json_line(
        {{"type", "oops"},
         {"signature", model::oops_signature(report)},
         {"title", model::oops_title(report)},
         {"kind", model::name_of(report.kind)},
         {"headline", report.headline},
         {"file", text_or_null(file)},
         {"first_line", report.first_line},
         {"last_line", report.last_line},
         {"at_s", number_or_null(report.at)},
         {"arch", text_or_null(report.arch)},
         {"big_endian", report.big_endian},
         {"release", text_or_null(report.release)},
         {"hardware", text_or_null(report.hardware)},
         {"taint", report.taint},
         {"comm", text_or_null(report.comm)},
         {"pid", number_or_null(report.pid)},
         {"cpu", number_or_null(report.cpu)},
         {"fault_address", hex_or_null(report.fault_address)},
         {"fault_address_guessed", report.fault_address_guessed},
         {"access", model::name_of(report.access)},
         {"where", where_json(report)},
         {"pc", symbol_json(report.pc)},
         {"caller", symbol_json(report.caller)},
         {"in_delay_slot", report.in_delay_slot},
         {"registers", hex_map(report.registers)},
         {"status", hex_map(report.status)},
         {"details", details},
         {"code", code_json(report.code)},
         {"trace", each(report.trace, frame_json)},
         {"allocated", each(report.allocated, frame_json)},
         {"freed", each(report.freed, frame_json)},
         {"modules", each(report.modules,
                          [](const model::OopsModule& module) {
                              return Json{{"name", module.name}, {"flags", module.flags}};
                          })},
         {"panicked", report.panicked},
         {"damage", report.damage},
         {"explanation", explanation_json(explanation)}});
}

std::string oops_finding_json(const model::OopsReport& report,
                              const model::OopsExplanation& explanation) {
    const bool read = !explanation.readings.empty();
    const std::string sentence =
        explanation.summary.empty() ? model::oops_title(report) : explanation.summary;
    Json next = Json::array();
    for (const std::string& words : explanation.next) {
        next.push_back({{"command", words}, {"effect", ""}});
    }
    return json_line(
        {{"type", "finding"},
         {"id", model::oops_signature(report)},
         {"cause", read ? model::name_of(explanation.readings.front().pointer)
                        : model::name_of(report.kind)},
         {"certainty", certainty_of(explanation)},
         {"verdict", "n/a"},
         {"count", 1},
         {"first_ns", nullptr},
         {"last_ns", nullptr},
         {"boot_ns", report.at ? Json(static_cast<uint64_t>(*report.at * 1e9)) : Json(nullptr)},
         {"sentence", sentence},
         {"where", where_json(report)},
         {"reason", nullptr},
         {"device", nullptr},
         {"ifindex", 0},
         {"netns", netns_json(0, "")},
         {"packet", nullptr},
         {"stack", Json::array()},
         {"samples_agreeing", 0},
         {"samples_seen", 0},
         {"evidence", evidence_of(explanation)},
         {"set_by", Json::array()},
         {"try", next}});
}

std::string oops_group_json(const model::OopsGroup& group) {
    return json_line({{"type", "oops_group"},
                      {"signature", group.signature},
                      {"title", group.title},
                      {"count", group.count},
                      {"files", group.files},
                      {"first_file", group.first_file},
                      {"first_line", group.first_line},
                      {"releases", group.releases}});
}

std::string oops_difference_json(const model::OopsReport& one, const model::OopsReport& other) {
    const model::OopsDifference found = model::compare(one, other);
    return json_line({{"type", "oops_diff"},
                      {"same", found.same},
                      {"here", model::oops_title(one)},
                      {"there", model::oops_title(other)},
                      {"parts", found.parts}});
}

std::string oops_summary_json(const OopsBooks& books) {
    return json_line({{"type", "summary"},
                      {"events", books.crashes},
                      {"not_crashes", books.not_crashes},
                      {"lines", books.lines},
                      {"lost_events", books.lost_messages},
                      {"missed_probes", nullptr},
                      {"notes", Json::array()},
                      {"unexplained", Json::array()},
                      {"elapsed_s", books.elapsed_s}});
}

}  // namespace knowhy::render
