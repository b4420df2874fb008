#include "render/script/peer_json.h"

#include <fmt/format.h>

#include "render/script/map.h"
#include "render/script/peer_json_value.h"
#include "render/script/printf.h"
#include "render/script/words.h"

namespace knowhy::render {
namespace {

using namespace model;  // NOLINT(google-build-using-namespace): one case for each of its events

std::string line(std::string_view type, std::string_view data) {
    return fmt::format("{{\"type\": \"{}\", \"data\": {}}}\n", type, data);
}

std::string map_type(const MapDump& map) {
    if (map.statistics) return "stats";
    const bool hist =
        !map.entries.empty() && map.entries[0].value.get<Value::Histogram>() != nullptr;
    return hist ? "hist" : "map";
}

class Speaker {
  public:
    explicit Speaker(const ScriptOptions& options) : options_(options) {}

    std::string operator()(const AttachedProbes& said) const {
        return counted_line("attached_probes", "probes", said.count);
    }
    std::string operator()(const PrintedFormat& said) const {
        const std::string text = peer_json_string(formatted_text(said.what, options_));
        switch (said.to) {
            case PrintedFormat::To::Error:
                return placed_line(R"("type": "errorf", "msg": )" + text, said.place);
            case PrintedFormat::To::Warning:
                return placed_line(R"("type": "warnf", "msg": )" + text, said.place);
            case PrintedFormat::To::Out:
                break;
        }
        return line("printf", text);
    }
    std::string operator()(const PrintedText& said) const {
        return line(kind(said.kind), peer_json_string(said.text));
    }
    std::string operator()(const PrintedValue& said) const {
        return line("value", peer_json_value(said.value, options_));
    }
    std::string operator()(const PrintedElement& said) const {
        MapDump map;
        map.name = said.map;
        map.keyed = true;
        map.entries.push_back(said.entry);
        return map_line(map);
    }
    std::string operator()(const PrintedMap& said) const { return map_line(said.map); }
    std::string operator()(const LostEvents& said) const {
        return counted_line("lost_events", "events", said.count);
    }
    std::string operator()(const HelperError& said) const {
        if (options_.is_017()) {
            return fmt::format(
                "{{\"type\": \"helper_error\", \"helper\": {}, \"retcode\": {}, \"line\": {}, "
                "\"col\": {}}}\n",
                peer_json_string(said.helper), -said.os_errno, said.place.line, said.place.column);
        }
        return placed_line(fmt::format(R"("type": "helper_error", "msg": {}, "helper": {}, )"
                                       R"("retcode": {})",
                                       peer_json_string(helper_error_words(said)),
                                       peer_json_string(said.helper), -said.os_errno),
                           said.place);
    }

  private:
    static std::string_view kind(PrintedText::Kind kind) {
        switch (kind) {
            case PrintedText::Kind::Time:
                return "time";
            case PrintedText::Kind::Cat:
                return "cat";
            case PrintedText::Kind::Join:
                return "join";
            case PrintedText::Kind::System:
                break;
        }
        return "syscall";
    }

    [[nodiscard]] std::string counted_line(std::string_view type, std::string_view what,
                                           uint64_t count) const {
        const std::string data = fmt::format("{{\"{}\": {}}}", what, count);
        if (options_.is_017()) return line(type, data);
        return fmt::format("{{\"type\": \"{}\", \"count\": {}, \"data\": {}}}\n", type, count,
                           data);
    }

    static std::string placed_line(std::string_view said, const ScriptPlace& place) {
        return fmt::format("{{{}, \"filename\": {}, \"line\": {}, \"col\": {}}}\n", said,
                           peer_json_string(place.file), place.line, place.column);
    }

    [[nodiscard]] std::string map_line(const MapDump& map) const {
        std::string values;
        for (const MapDump::Entry& entry : printed_entries(map, options_)) {
            if (!values.empty()) values += ", ";
            if (map.keyed) values += peer_json_key(entry.key, options_) + ": ";
            values += peer_json_value(entry.value, options_, map.divisor);
        }
        if (values.empty()) return {};
        if (map.keyed) values = '{' + values + '}';
        return line(map_type(map), fmt::format("{{{}: {}}}", peer_json_string(map.name), values));
    }

    const ScriptOptions& options_;
};

}  // namespace

std::string peer_json(const ScriptEvent& event, const ScriptOptions& options) {
    return std::visit(Speaker(options), event);
}

}  // namespace knowhy::render
