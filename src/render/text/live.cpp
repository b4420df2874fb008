#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "model/tally.h"
#include "render/text/layout.h"
#include "render/text/words.h"

namespace knowhy::render {
namespace {

// Cut to the width at a code point, with a mark that it goes on.
std::string cut(const std::string& line, size_t width) {
    if (columns(line) <= width) return line;
    size_t end = 0;
    for (size_t seen = 0; end < line.size(); ++end) {
        const bool starts = (static_cast<uint8_t>(line[end]) & 0xc0U) != 0x80;
        if (starts && seen++ == width - 1) break;
    }
    return line.substr(0, end) + "…";
}

void add_stack(std::string& out, const std::vector<model::Place>& stack) {
    for (const model::Place& frame : stack) {
        out += fmt::format("    {}\n", place_words(frame));
        for (const std::string& step : inline_words(frame.inlined)) {
            out += fmt::format("      inlined: {}\n", step);
        }
    }
}

}  // namespace

std::string drop_line(const model::Finding& finding, const model::DropGroup& group,
                      const model::DropSample& sample, const ClockPair& clock,
                      const TextOptions& options) {
    const std::string& function =
        sample.place.function.empty() ? group.place.function : sample.place.function;
    std::string line = fmt::format(
        "{}  {}  in {}  {}  {}", clock.time_of_day(sample.time_ns), packet_words(sample),
        device_words(sample.device.empty() ? group.device : sample.device, group.key.ifindex),
        escaped(finding.cause),
        function.empty() ? fmt::format("{:#x}", group.key.location) : escaped(function));
    if (!group.reason.name.empty()) line += " " + escaped(group.reason.name);
    line += '\n';
    if (options.stack) add_stack(line, sample.stack);
    return line;
}

std::string drops_table(const std::vector<model::Finding>& findings,
                        const model::Observation& observation, const TextOptions& options,
                        unsigned rows) {
    const model::Tally sum = model::tally(findings, observation.accounting);
    std::vector<const model::Finding*> shown;
    for (const model::Finding& finding : findings) {
        if (options.harmless || finding.verdict != model::Verdict::Harmless) {
            shown.push_back(&finding);
        }
    }
    std::stable_sort(shown.begin(), shown.end(),
                     [](const auto* a, const auto* b) { return a->count > b->count; });
    std::string out =
        cut(fmt::format("{:.0f} s  {} = {} lost + {} harmless + {} unknown + {} other",
                        observation.accounting.elapsed_s, counted(sum.events, "event"), sum.lost,
                        sum.harmless, sum.unknown, sum.other),
            options.width) +
        '\n';
    const size_t room = rows > 3 ? rows - 3 : 1;
    for (size_t i = 0; i < std::min(room, shown.size()); ++i) {
        const model::Finding& finding = *shown[i];
        const std::string line =
            fmt::format("{:>10}  {:<9}{:<14} {}", finding.count, model::name_of(finding.certainty),
                        device_words(finding.device, finding.ifindex), escaped(finding.sentence));
        out += cut(line, options.width) + '\n';
    }
    if (shown.size() > room) out += fmt::format("{:>10}  more\n", shown.size() - room);
    return out;
}

}  // namespace knowhy::render
