#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "render/text/layout.h"
#include "render/text/words.h"

namespace knowhy::render {
namespace {

constexpr size_t kCallers = 5;  // enough to see where the packet was going

struct Heading {
    std::string_view word;
    Ink ink;
};

// About the host's state, not about packets.
bool is_of_state(const model::Finding& finding) {
    const bool lost = finding.verdict == model::Verdict::Lost;
    return !lost && !finding.where && !finding.sample && finding.first_ns == 0;
}

Heading heading(const model::Finding& finding) {
    switch (finding.verdict) {
        case model::Verdict::Lost:
            return {"LOST", Ink::Red};
        case model::Verdict::Harmless:
            if (is_of_state(finding)) return {"NORMAL", Ink::Green};
            return {"HARMLESS", Ink::Green};
        case model::Verdict::NotApplicable:
            return {"FAULT", Ink::Red};
        default:
            return {"DROPPED", Ink::Yellow};
    }
}

void add_part(std::string& line, const std::string& part) {
    if (part.empty()) return;
    if (!line.empty()) line += "  ";
    line += part;
}

std::string headline(const model::Finding& finding, const ClockPair& clock) {
    std::string line;
    if (is_of_state(finding)) {
        add_part(line, finding.device.empty() ? "the whole namespace"
                                              : device_words(finding.device, finding.ifindex));
        add_part(line, netns_words(finding.netns, finding.netns_name));
        add_part(line, fmt::format("[{}]", escaped(finding.cause)));
        return line;
    }
    if (finding.sample) add_part(line, packet_words(*finding.sample));
    add_part(line, finding.ifindex == 0 && finding.device.empty()
                       ? "no device"
                       : "in " + device_words(finding.device, finding.ifindex));
    add_part(line, netns_words(finding.netns, finding.netns_name));
    add_part(line, fmt::format("x{}", finding.count));
    if (finding.first_ns != 0) {
        add_part(line, span_words(clock, finding.first_ns, finding.last_ns));
    }
    return line;
}

std::string certainty_words(const model::Finding& finding) {
    std::string words(finding.certainty == model::Certainty::Unknown
                          ? "the cause is unknown"
                          : model::name_of(finding.certainty));
    if (finding.samples_agreeing < finding.samples_seen) {
        words += fmt::format(", {} of {} sampled", finding.samples_agreeing, finding.samples_seen);
    }
    const bool reason_is_evidence =
        std::any_of(finding.evidence.begin(), finding.evidence.end(),
                    [](const auto& item) { return item.kind == model::Evidence::Kind::Reason; });
    if (finding.where && !reason_is_evidence) words += "; " + reason_words(finding.reason);
    return fmt::format("[{}]", words);
}

std::string read_words(model::Evidence::Read read) {
    return read == model::Evidence::Read::Event ? "" : fmt::format("  ({})", model::name_of(read));
}

void add_where(Sheet& sheet, const model::Finding& finding, const TextOptions& options) {
    if (!finding.where) return;
    const bool has_stack = finding.sample && finding.sample->stack.size() > 1;
    if (options.stack && has_stack) {
        std::string_view label = "where";
        for (const model::Place& frame : finding.sample->stack) {
            sheet.verbatim(label, place_words(frame));
            for (const std::string& step : inline_words(frame.inlined)) {
                sheet.verbatim("", "  inlined: " + step);
            }
            label = "";
        }
        return;
    }
    std::string words = place_words(*finding.where);
    const auto& chain = finding.where->inlined;
    if (!chain.empty()) words += fmt::format(" (inlined: {})", escaped(chain.front().function));
    if (has_stack) add_part(words, caller_words(finding.sample->stack, kCallers));
    sheet.row("where", words);
}

}  // namespace

std::string finding_text(const model::Finding& finding, const model::Observation& observation,
                         const TextOptions& options) {
    Sheet sheet(options);
    const Heading head = heading(finding);
    sheet.head(head.word, head.ink, headline(finding, observation.clock));
    sheet.row("cause", escaped(finding.sentence), Ink::Bold);
    sheet.row("", certainty_words(finding));
    std::string_view label = "evidence";
    for (const model::Evidence& evidence : finding.evidence) {
        sheet.row(label, evidence_words(evidence) + read_words(evidence.read));
        label = "";
    }
    label = "set by";
    for (const model::SetBy& setting : finding.set_by) {
        sheet.row(label, setting_words(setting));
        label = "";
    }
    add_where(sheet, finding, options);
    label = "try";
    for (const model::Try& attempt : finding.try_next) {
        sheet.command(label, escaped(attempt.command), escaped(attempt.effect));
        label = "";
    }
    return sheet.take();
}

}  // namespace knowhy::render
