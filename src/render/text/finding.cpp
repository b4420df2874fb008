#include <fmt/format.h>

#include "base/text.h"
#include "render/text/layout.h"
#include "render/text/words.h"

namespace knowhy::render {
namespace {

constexpr size_t kCallers = 5;  // enough to see where the packet was going

Ink ink_of(const model::Finding& finding) {
    switch (finding.verdict) {
        case model::Verdict::Harmless:
            return Ink::Green;
        case model::Verdict::Unknown:
            return Ink::Yellow;
        default:
            return Ink::Red;
    }
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
    if (has_stack) words += "  " + caller_words(finding.sample->stack, kCallers);
    sheet.row("where", words);
}

}  // namespace

std::string finding_text(const model::Finding& finding, const model::Observation& observation,
                         const TextOptions& options) {
    Sheet sheet(options);
    sheet.head(verdict_word(finding), ink_of(finding), headline_words(finding, observation.clock));
    sheet.row("cause", escaped(finding.sentence), Ink::Bold);
    sheet.row("", fmt::format("[{}]", certainty_words(finding)));
    std::string_view label = "evidence";
    for (const model::Evidence& evidence : finding.evidence) {
        sheet.row(label, evidence_words(evidence));
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
