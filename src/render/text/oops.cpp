#include "render/text/oops.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/result.h"
#include "base/text.h"
#include "render/text/layout.h"
#include "render/text/oops_words.h"
#include "render/text/words.h"

namespace knowhy::render {
namespace {

using Context = model::OopsFrame::Context;

constexpr unsigned kLabelColumns = 10;
constexpr size_t kMostNotes = 12;

std::string joined_letters(const std::string& taint) {
    return taint.empty() ? "not tainted" : "tainted " + escaped(taint);
}

void add_where(Sheet& sheet, const model::OopsReport& report, const std::string& file) {
    std::string place = oops_symbol_words(report.pc);
    if (!report.here.file.empty()) {
        place += "  " + line_words(report.here.file, report.here.source_line);
    }
    if (place != "?") sheet.row("at", place);
    std::vector<std::string> parts;
    if (!report.comm.empty()) {
        parts.push_back(report.pid ? fmt::format("{} (pid {})", escaped(report.comm), *report.pid)
                                   : escaped(report.comm));
    }
    if (report.cpu) parts.push_back(fmt::format("CPU {}", *report.cpu));
    if (!parts.empty()) sheet.row("task", fmt::format("{}", fmt::join(parts, ", ")));
    parts.clear();
    if (!report.release.empty()) parts.push_back(escaped(report.release));
    if (!report.arch.empty()) parts.push_back(escaped(report.arch));
    if (!report.release.empty() || !report.taint.empty()) {
        parts.push_back(joined_letters(report.taint));
    }
    if (!report.hardware.empty()) parts.push_back(escaped(report.hardware));
    if (!parts.empty()) sheet.row("kernel", fmt::format("{}", fmt::join(parts, ", ")));
    std::string text = fmt::format("lines {} to {}", report.first_line, report.last_line);
    if (!file.empty()) text += " of " + escaped(file);
    if (report.at) text += fmt::format(", {:.6f} s after boot", *report.at);
    if (report.panicked) text += "; the kernel panicked";
    sheet.row("report", text);
}

void add_image(Sheet& sheet, const model::OopsExplanation& explanation) {
    if (explanation.image == model::OopsImage::None) return;
    const std::string file = escaped(explanation.image_file);
    const std::string how = escaped(explanation.image_how);
    switch (explanation.image) {
        case model::OopsImage::Matches:
            return sheet.row("image", fmt::format("{}: {}", file, how));
        case model::OopsImage::Differs:
            return sheet.row("image", fmt::format("{} is refused for names: {}", file, how),
                             Ink::Yellow);
        default:
            return sheet.row("image",
                             fmt::format("{} is not proven to be this kernel's{}{}", file,
                                         how.empty() ? "" : ": ", how),
                             Ink::Yellow);
    }
}

void add_fault(Sheet& sheet, const model::OopsReport& report,
               const model::OopsExplanation& explanation) {
    if (explanation.instruction.empty()) return;
    std::string words = escaped(explanation.instruction);
    if (explanation.effective_address) {
        words += fmt::format("   address {:#x}", *explanation.effective_address);
        if (explanation.agrees && *explanation.agrees && report.fault_address) {
            words += " = the fault address";
        }
    }
    sheet.row("faulting", words);
    if (!explanation.disagreement.empty()) {
        sheet.row("", escaped(explanation.disagreement), Ink::Red);
    }
}

// The pointer's own name for people.
std::string pointer_words(const model::OopsReading& reading) {
    switch (reading.pointer) {
        case model::OopsPointer::NullPlusOffset:
            return "a NULL pointer";
        case model::OopsPointer::ArrayElement:
            return reading.base == 0 ? "an element of a NULL array" : "an element of an array";
        case model::OopsPointer::ErrPtr:
            return "an error number, not a pointer";
        case model::OopsPointer::ListPoison:
            return "list poison: the entry was removed already";
        case model::OopsPointer::SlabPoison:
            return "slab poison: the memory was freed, or never written";
        case model::OopsPointer::Freed:
            return "freed memory";
        case model::OopsPointer::NonCanonical:
            return "no address: not canonical";
        case model::OopsPointer::KasanShadow:
            return "an address of KASAN's shadow: the access was to another";
        case model::OopsPointer::User:
            return "an address of user space";
        case model::OopsPointer::StackGuard:
            return "a stack's guard page";
        case model::OopsPointer::TagMismatch:
            return "a pointer whose tag is not the memory's";
        case model::OopsPointer::Wild:
            return "an address where nothing is mapped";
        case model::OopsPointer::Unknown:
            break;
    }
    return "not known";
}

std::string reading_words(const model::OopsReading& reading) {
    std::string words = pointer_words(reading);
    if (reading.error) words += fmt::format(" (-{})", errno_name(static_cast<int>(*reading.error)));
    if (reading.base && *reading.base != 0) words += fmt::format(", {:#x}", *reading.base);
    if (reading.index && reading.stride) {
        words += fmt::format(", index {} of {} bytes each", *reading.index, *reading.stride);
    }
    if (reading.field_offset) words += fmt::format(", {:+} to the access", *reading.field_offset);
    if (!reading.expression.empty()) {
        words += ": " + escaped(reading.expression);
    } else if (!reading.variable.empty()) {
        words += ": " + escaped(reading.variable);
    }
    if (!reading.type.empty()) words += fmt::format(" ({})", escaped(reading.type));
    return words;
}

void add_readings(Sheet& sheet, const model::OopsExplanation& explanation) {
    const size_t count = explanation.readings.size();
    for (size_t i = 0; i < count; ++i) {
        const model::OopsReading& reading = explanation.readings[i];
        const std::string label = count == 1 ? "pointer" : fmt::format("pointer {}", i + 1);
        sheet.row(label,
                  fmt::format("{}  [{}]", reading_words(reading), model::name_of(reading.grade)));
        for (const model::OopsStep& step : reading.steps) {
            std::string words = "- " + escaped(step.text);
            if (step.value && step.text.find(hex(*step.value)) == std::string::npos) {
                words += fmt::format(" = {:#x}", *step.value);
            }
            if (!step.source.empty()) words += "   " + escaped(step.source);
            sheet.row("", fmt::format("{}  [{}]", words, model::name_of(step.grade)));
        }
    }
}

// A word as it stands in the listing's operands, and not part of a longer one.
bool mentions(const std::string& text, const std::string& name) {
    const auto part = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
    for (size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + 1)) {
        const bool before = at == 0 || !part(text[at - 1]);
        const size_t end = at + name.size();
        if (before && (end == text.size() || !part(text[end]))) return true;
    }
    return false;
}

// What there is to know of the registers that the faulting instruction and the slice use.
void add_registers(Sheet& sheet, const model::OopsReport& report,
                   const model::OopsExplanation& explanation) {
    std::string_view label = "registers";
    for (const auto& [name, value] : report.registers) {
        const auto meaning = explanation.meanings.find(name);
        const bool told = meaning != explanation.meanings.end();
        bool used = told || mentions(explanation.instruction, name);
        for (const model::OopsReading& reading : explanation.readings) {
            for (const model::OopsStep& step : reading.steps) {
                used = used || mentions(step.text, name);
            }
        }
        if (!used) continue;
        std::string words = fmt::format("{:<4} {:#x}", escaped(name), value);
        if (told) words += "   " + escaped(meaning->second);
        sheet.row(label, words);
        label = "";
    }
}

std::string listing_text(const model::OopsExplanation& explanation, const TextOptions& options) {
    if (explanation.listing.empty()) return "";
    std::string text = inked("code", Ink::Bold, options.colour) + '\n';
    size_t place_columns = 0;
    size_t byte_columns = 0;
    const auto place = [](const model::OopsInstruction& line) {
        return line.symbol.empty() ? hex(line.address) : escaped(line.symbol);
    };
    for (const model::OopsInstruction& line : explanation.listing) {
        place_columns = std::max(place_columns, columns(place(line)));
        byte_columns = std::max(byte_columns, line.bytes.size());
    }
    byte_columns = std::min<size_t>(byte_columns, 24);
    for (const model::OopsInstruction& line : explanation.listing) {
        if (!line.file.empty()) {
            text += fmt::format("     {}{}\n", line_words(line.file, line.line),
                                line.source.empty() ? "" : "   " + escaped(line.source));
        }
        const std::string row = fmt::format(
            "  {} {:<{}}  {:<{}}  {}{}", line.faulting ? "->" : "  ", place(line), place_columns,
            escaped(line.bytes), byte_columns, escaped(line.text), line.sure ? "" : "   (perhaps)");
        text += line.faulting ? inked(row, Ink::Red, options.colour) : row;
        text += '\n';
    }
    return text;
}

std::string_view context_words(Context context) {
    switch (context) {
        case Context::Softirq:
            return "in a softirq";
        case Context::Irq:
            return "in an interrupt";
        case Context::Nmi:
            return "in an NMI";
        case Context::Exception:
            return "in an exception";
        case Context::Task:
            break;
    }
    return "in the task";
}

std::string trace_text(std::string_view title, const std::vector<model::OopsFrame>& trace,
                       const TextOptions& options) {
    if (trace.empty()) return "";
    std::string text = inked(title, Ink::Bold, options.colour) + '\n';
    const bool contexts =
        std::any_of(trace.begin(), trace.end(),
                    [](const model::OopsFrame& frame) { return frame.context != Context::Task; });
    const model::OopsFrame* before = nullptr;
    for (const model::OopsFrame& frame : trace) {
        if (contexts && (before == nullptr || before->context != frame.context)) {
            text += fmt::format("     {}:\n", context_words(frame.context));
        }
        before = &frame;
        std::string line =
            fmt::format("  {}  {}", frame.reliable ? "  " : " ?", oops_symbol_words(frame.symbol));
        if (!frame.file.empty()) line += "  " + line_words(frame.file, frame.source_line);
        text += frame.reliable ? line : inked(line, Ink::Dim, options.colour);
        text += '\n';
        for (const std::string& step : inline_words(frame.inlined)) {
            text += fmt::format("           inlined: {}\n", step);
        }
    }
    return text;
}

// Whether what happened is told by the code. A warning or a stall is told by its own words.
bool rests_on_code(const model::OopsReport& report, const model::OopsExplanation& explanation) {
    switch (report.kind) {
        case model::OopsKind::NullDereference:
        case model::OopsKind::PagingRequest:
        case model::OopsKind::GeneralProtection:
        case model::OopsKind::AlignmentFault:
        case model::OopsKind::BusError:
            return !explanation.summary.empty() && !explanation.instruction.empty();
        default:
            return false;
    }
}

void add_rows(Sheet& sheet, std::string_view label, const std::vector<std::string>& lines,
              Ink ink) {
    for (size_t i = 0; i < lines.size() && i < kMostNotes; ++i) {
        sheet.row(i == 0 ? label : "", lines[i], ink);
    }
}

std::vector<std::string> all_escaped(const std::vector<std::string>& lines) {
    std::vector<std::string> safe;
    for (const std::string& line : lines) safe.push_back(escaped(line));
    return safe;
}

}  // namespace

std::string oops_text(const model::OopsReport& report, const model::OopsExplanation& explanation,
                      const std::string& file, const TextOptions& options) {
    Sheet sheet(options, kLabelColumns);
    sheet.title(escaped(model::oops_title(report)));
    sheet.row("what", rests_on_code(report, explanation) ? escaped(explanation.summary)
                                                         : oops_summary(report));
    add_where(sheet, report, file);
    add_image(sheet, explanation);
    add_fault(sheet, report, explanation);
    add_readings(sheet, explanation);
    add_registers(sheet, report, explanation);
    add_rows(sheet, "doubtful", all_escaped(report.damage), Ink::Yellow);
    // Without registers nobody expects code.
    if (!report.registers.empty()) {
        add_rows(sheet, "note", all_escaped(explanation.notes), Ink::Yellow);
    }
    add_rows(sheet, "next",
             explanation.readings.empty() && !oops_next(report).empty()
                 ? oops_next(report)
                 : all_escaped(explanation.next),
             Ink::Plain);
    sheet.row("signature", model::oops_signature(report));
    std::string text = sheet.take();
    text += listing_text(explanation, options);
    text += trace_text("trace", report.trace, options);
    text += trace_text("allocated by", report.allocated, options);
    text += trace_text("freed by", report.freed, options);
    return text;
}

std::string oops_difference_text(const model::OopsReport& one, const model::OopsReport& other,
                                 const TextOptions& options) {
    const model::OopsDifference found = model::compare(one, other);
    Sheet sheet(options, kLabelColumns);
    sheet.title(found.same ? "the same crash" : "not the same crash");
    sheet.row("here", escaped(model::oops_title(one)));
    sheet.row("there", escaped(model::oops_title(other)));
    add_rows(sheet, "differ in", all_escaped(found.parts), Ink::Plain);
    return sheet.take();
}

std::string oops_table_text(const std::vector<model::OopsGroup>& groups, uint64_t files,
                            const TextOptions& options) {
    Sheet sheet(options, 8);
    uint64_t all = 0;
    for (const model::OopsGroup& group : groups) all += group.count;
    sheet.title(fmt::format("{} in {}: {}", counted(all, "crash", "crashes"),
                            counted(files, "file"), counted(groups.size(), "kind")));
    for (const model::OopsGroup& group : groups) {
        sheet.row(std::to_string(group.count), escaped(group.title), Ink::Bold);
        std::string where = fmt::format("in {}, first at {}", counted(group.files, "file"),
                                        line_words(group.first_file, group.first_line));
        if (!group.releases.empty()) {
            where +=
                fmt::format("; {}", escaped(fmt::format("{}", fmt::join(group.releases, ", "))));
        }
        sheet.row("", where);
        sheet.row("", "signature " + group.signature);
    }
    return sheet.take();
}

}  // namespace knowhy::render
