#include "render/script/map.h"

#include "render/script/stap.h"
#include "render/script/values.h"

namespace knowhy::render {
namespace {

using model::MapDump;
using model::Value;

std::string label(const MapDump& map, const MapDump::Entry& entry, const ScriptOptions& options) {
    if (!map.keyed) return map.name + ":";
    return map.name + '[' + key_text(entry.key, options) + "]:";
}

std::string entry_text(const MapDump& map, const MapDump::Entry& entry,
                       const ScriptOptions& options) {
    std::string text = label(map, entry, options);
    if (entry.value.get<Value::Histogram>() == nullptr) {
        text += ' ';
    } else {
        text += options.is_017() ? " \n" : "\n";
    }
    return text + value_text(entry.value, options, map.divisor);
}

// 0.17 puts nothing between entries of these kinds: stacks end their last line themselves, and the
// others run together.
bool runs_together(const Value& value) {
    return value.get<Value::Stack>() != nullptr || value.get<Value::Symbol>() != nullptr ||
           value.get<model::IpAddress>() != nullptr;
}

std::string map_text_017(const MapDump& map, const ScriptOptions& options) {
    std::string text;
    for (const MapDump::Entry& entry : printed_entries(map, options)) {
        if (!text.empty() && !runs_together(entry.value)) text += '\n';
        text += entry_text(map, entry, options);
    }
    return text + (map.statistics ? "\n\n" : "\n");
}

}  // namespace

std::string map_text(const MapDump& map, const ScriptOptions& options) {
    if (options.is_systemtap()) return stap_global_text(map, options);
    if (options.is_017()) return map_text_017(map, options);
    std::string text;
    for (const MapDump::Entry& entry : printed_entries(map, options)) {
        text += entry_text(map, entry, options) + '\n';
    }
    return text;
}

}  // namespace knowhy::render
