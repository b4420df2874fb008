#include "render/script/text.h"

#include <fmt/format.h>

#include <cstring>

#include "base/text.h"
#include "render/script/map.h"
#include "render/script/printf.h"
#include "render/script/values.h"
#include "render/script/words.h"

namespace knowhy::render {
namespace {

using namespace model;  // NOLINT(google-build-using-namespace): one case for each of its events

std::string head_text(const ScriptPlace& place, std::string_view kind) {
    std::string columns = std::to_string(place.column);
    if (place.end_column > place.column + 1) columns += fmt::format("-{}", place.end_column);
    return fmt::format("{}:{}:{}: {}: ", escaped(place.file), place.line, columns, kind);
}

// The script's line with what it is about marked.
std::string line_text(const ScriptPlace& place) {
    if (place.text.empty() || place.column == 0) return {};
    const size_t marks = place.end_column > place.column ? place.end_column - place.column : 1;
    return fmt::format("{}\n{}{}\n", escaped(place.text), std::string(place.column - 1, ' '),
                       std::string(marks, '~'));
}

// 0.17 has no standard error of its own for these.
SaidText aside(std::string text, const ScriptOptions& options) {
    if (options.is_017()) return {std::move(text), {}};
    return {{}, std::move(text)};
}

class Speaker {
  public:
    explicit Speaker(const ScriptOptions& options) : options_(options) {}

    SaidText operator()(const AttachedProbes& said) const {
        const std::string probes = counted(said.count, "probe");
        return aside(options_.is_017() ? fmt::format("Attaching {}...\n", probes)
                                       : fmt::format("Attached {}\n", probes),
                     options_);
    }
    SaidText operator()(const PrintedFormat& said) const {
        const std::string text = formatted_text(said.what, options_);
        switch (said.to) {
            case PrintedFormat::To::Error:
                return {{}, head_text(said.place, "ERROR") + text + '\n'};
            case PrintedFormat::To::Warning:
                return {{}, head_text(said.place, "WARNING") + text + '\n'};
            case PrintedFormat::To::Out:
                break;
        }
        return {text, {}};
    }
    SaidText operator()(const PrintedText& said) const {
        const bool line = said.kind == PrintedText::Kind::Join;
        return {said.text + (line ? "\n" : ""), {}};
    }
    SaidText operator()(const PrintedValue& said) const {
        return {value_text(said.value, options_) + '\n', {}};
    }
    SaidText operator()(const PrintedElement& said) const {
        MapDump map;
        map.name = said.map;
        map.keyed = true;
        map.entries.push_back(said.entry);
        return {map_text(map, options_), {}};
    }
    SaidText operator()(const PrintedMap& said) const { return {map_text(said.map, options_), {}}; }
    SaidText operator()(const LostEvents& said) const {
        return aside(fmt::format("Lost {} events\n", said.count), options_);
    }
    SaidText operator()(const HelperError& said) const {
        const std::string head = head_text(said.place, "WARNING");
        if (options_.is_017()) {
            const std::string why =
                said.os_errno == 0
                    ? "0"
                    : fmt::format("{} ({})", strerror(said.os_errno), -said.os_errno);
            return {fmt::format("{}Failed to {}: {}\n{}", head, said.helper, why,
                                line_text(said.place)),
                    {}};
        }
        return {{},
                fmt::format("{}{}\nAdditional Info - helper: {}, retcode: {}\n{}", head,
                            helper_error_words(said), said.helper, -said.os_errno,
                            line_text(said.place))};
    }

  private:
    const ScriptOptions& options_;
};

}  // namespace

SaidText event_text(const ScriptEvent& event, const ScriptOptions& options) {
    return std::visit(Speaker(options), event);
}

std::string end_text() {
    return "\n\n";
}

}  // namespace knowhy::render
