#include "render/text/located.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/text.h"
#include "render/text/layout.h"
#include "render/text/words.h"

namespace knowhy::render {
namespace {

constexpr unsigned kLabelColumns = 13;

std::string offset_text(const model::Place& place) {
    if (place.symbol.empty()) return hex(place.address);
    return fmt::format("{}+{:#x}", escaped(place.symbol), place.offset);
}

// "+0xb9c to +0xc07": with the symbol where it is not the one that was named before.
std::string span_text(const model::CodeSpan& span, const model::Place& near) {
    const std::string symbol = span.from.symbol == near.symbol ? "" : escaped(span.from.symbol);
    return fmt::format("{}+{:#x} to +{:#x}", symbol, span.from.offset,
                       span.from.offset + span.bytes);
}

// A command keeps its backslashes, so that it can be pasted; everything else is escaped.
std::string pasteable(const std::string& command) {
    std::string text = escaped(command);
    for (size_t at = text.find("\\\\"); at != std::string::npos; at = text.find("\\\\", at + 1)) {
        text.erase(at, 1);
    }
    return text;
}

std::string advice_text(const model::LocatedInstance& instance) {
    const model::ProbeAdvice& advice = instance.probe;
    if (!advice.safe) return "not known whether it is safe to probe";
    if (*advice.safe) return "safe to probe";
    std::string words = "not to be probed: " + fmt::format("{}", fmt::join(advice.reasons, "; "));
    if (advice.nearest) {
        const bool same = advice.nearest->symbol == instance.at.symbol;
        words += fmt::format("; safe at {}+{:#x}", same ? "" : advice.nearest->symbol,
                             advice.nearest->offset);
    }
    return escaped(words);
}

// "struct sk_buff *skb": a '*' stands at the name.
std::string declared(const model::LocatedVariable& variable) {
    const bool pointer = variable.type.ends_with('*');
    return escaped(variable.type) + (pointer ? "" : " ") + escaped(variable.name);
}

// What is not simply told by debug information.
std::string_view proof(const model::LocatedVariable& variable) {
    if (variable.grade == "proven copy") return "a copy that holds it on every way here";
    if (variable.grade == "plus a constant") return "from a copy, on every way here";
    return variable.how;
}

std::string held(const model::LocatedVariable& variable) {
    if (!variable.location.empty()) {
        const std::string_view how = proof(variable);
        const bool stale = variable.grade == "may be stale";
        const std::string place =
            stale && !variable.fetch.empty() ? variable.fetch : variable.location;
        return escaped(place) + (how.empty() ? "" : "  (" + escaped(how) + ")");
    }
    if (variable.how.empty()) return "gone: nothing holds it anywhere";
    return "gone here; " + escaped(variable.how);
}

void add_place(Sheet& sheet, const model::LocatedInstance& instance) {
    sheet.head(offset_text(instance.at), Ink::Bold, advice_text(instance));
    if (!instance.at.file.empty()) {
        std::string line = line_words(instance.at.file, instance.at.line);
        if (!instance.source.empty()) line += "   " + escaped(instance.source);
        sheet.row("line", line);
    }
    std::string_view label = "inlined";
    for (const std::string& step : inline_words(instance.chain)) {
        sheet.row(label, step);
        label = "";
    }
    std::vector<std::string> ranges;
    for (const model::CodeSpan& span : instance.ranges) {
        ranges.push_back(span_text(span, instance.at));
    }
    if (!ranges.empty()) sheet.row("code", fmt::format("{}", fmt::join(ranges, ", ")));
}

// A variable that was asked for: everywhere in the instance.
void add_ranges(Sheet& sheet, const model::LocatedInstance& instance,
                const model::LocatedVariable& variable) {
    sheet.row("variable",
              fmt::format("{}   of {}", declared(variable), escaped(variable.function)));
    const bool told = !variable.location.empty() && proof(variable).empty();
    const std::string known = told ? ", by debug information" : "";
    sheet.row("here", held(variable) + known, variable.location.empty() ? Ink::Yellow : Ink::Plain);
    size_t widest = 24;
    for (const model::VariableSpan& span : variable.spans) {
        widest = std::max(widest, columns(span_text(span.code, instance.at)));
    }
    bool first = true;
    for (const model::VariableSpan& span : variable.spans) {
        sheet.row(first ? "everywhere" : "",
                  fmt::format("{:<{}} {}", span_text(span.code, instance.at),
                              std::min<size_t>(widest, 48), escaped(span.location)));
        first = false;
    }
}

void add_best(Sheet& sheet, const model::LocatedInstance& instance) {
    if (!instance.best) {
        sheet.row("probe", "nowhere in this code can it be read by a probe", Ink::Yellow);
        return;
    }
    const model::BestProbe& best = *instance.best;
    sheet.row("probe",
              fmt::format("{}, where it is in {}", offset_text(best.at),
                          escaped(best.location) +
                              (best.caveat.empty() ? "" : " (" + escaped(best.caveat) + ")")));
    if (!best.command.empty()) sheet.verbatim("", pasteable(best.command));
}

// Those that are somewhere, one a line; those that are gone by name alone.
void add_variables(Sheet& sheet, const model::LocatedInstance& instance) {
    std::vector<const model::LocatedVariable*> there;
    std::vector<std::string> gone;
    size_t widest = 0;
    for (const model::LocatedVariable& variable : instance.variables) {
        if (variable.artificial) continue;
        if (variable.location.empty()) {
            gone.push_back(escaped(variable.name));
            continue;
        }
        there.push_back(&variable);
        widest = std::max(widest, columns(declared(variable)));
    }
    std::string function;
    for (const model::LocatedVariable* variable : there) {
        if (variable->function != function) {
            function = variable->function;
            sheet.row("in", escaped(function));
        }
        sheet.row("", fmt::format("{:<{}}  {}", declared(*variable), std::min<size_t>(widest, 40),
                                  held(*variable)));
    }
    if (!gone.empty()) sheet.row("gone here", fmt::format("{}", fmt::join(gone, ", ")));
}

// Source lines at the margin's indent, instructions further in, changes behind them.
void add_listing(std::string& text, const model::LocatedInstance& instance) {
    constexpr size_t kChanges = 62;
    std::string symbol;
    for (const model::CodeLine& line : instance.listing) {
        if (line.at.symbol != symbol) {
            symbol = line.at.symbol;
            text += fmt::format("\n  {}:\n", escaped(symbol));
        }
        if (line.line != 0) {
            text += fmt::format("  {}{}{}\n", line_words(line.file, line.line),
                                line.source.empty() ? "" : "   ", escaped(line.source));
        }
        std::string row =
            fmt::format("  {} {:>+#8x}  {}", line.asked ? "=>" : "  ",
                        static_cast<int64_t>(line.at.offset), escaped(line.instruction));
        bool first = true;
        for (const std::string& change : line.changes) {
            const size_t wide = first ? columns(row) : 0;
            row += std::string(wide < kChanges ? kChanges - wide : 2, ' ') + "| " + escaped(change);
            if (&change != &line.changes.back()) row += '\n';
            first = false;
        }
        text += row + '\n';
    }
}

void add_instance(std::string& text, const model::Located& located,
                  const model::LocatedInstance& instance, const TextOptions& options) {
    Sheet sheet(options, kLabelColumns);
    sheet.blank();
    add_place(sheet, instance);
    if (located.variable.empty()) {
        add_variables(sheet, instance);
    } else if (instance.variables.empty()) {
        sheet.row("variable", fmt::format("no '{}' here", escaped(located.variable)), Ink::Yellow);
    } else {
        for (const auto& variable : instance.variables) add_ranges(sheet, instance, variable);
        add_best(sheet, instance);
    }
    text += sheet.take();
    add_listing(text, instance);
}

void add_rows(Sheet& sheet, const model::Located& located) {
    size_t widest = 0;
    for (const auto& instance : located.instances) {
        widest = std::max(widest, columns(offset_text(instance.at)));
    }
    for (const auto& instance : located.instances) {
        std::string words = fmt::format("{:<{}}", offset_text(instance.at), widest);
        const bool variable = !located.variable.empty() && !instance.variables.empty();
        if (variable) words += "  " + held(instance.variables.front());
        if (!instance.probe.safe.value_or(true)) words += "  " + advice_text(instance);
        sheet.row(std::to_string(instance.line_asked), words);
    }
}

std::string head_text(const model::Located& located) {
    const size_t all = located.instances.size();
    const auto inlined = static_cast<size_t>(
        std::ranges::count_if(located.instances, &model::LocatedInstance::inlined));
    std::string words = fmt::format("in {} of {}: {}", escaped(located.image),
                                    escaped(located.release), counted(all, "place"));
    if (inlined == all) {
        words += ", inlined";
    } else if (inlined > 0) {
        words += fmt::format(", {} of them inlined", inlined);
    }
    return words;
}

}  // namespace

std::string located_text(const model::Located& located, bool every_line,
                         const TextOptions& options) {
    Sheet head(options, kLabelColumns);
    head.head(escaped(located.asked), Ink::Bold, head_text(located));
    head.row("debug file", escaped(located.debug_file));
    for (const std::string& note : located.notes) head.row("note", escaped(note), Ink::Yellow);
    std::string text = head.take();
    if (!every_line) {
        for (const auto& instance : located.instances) {
            add_instance(text, located, instance, options);
        }
        return text;
    }
    Sheet rows(options, kLabelColumns);
    rows.blank();
    add_rows(rows, located);
    return text + rows.take();
}

}  // namespace knowhy::render
