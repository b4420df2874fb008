#include "oops/pointer/sentences.h"

#include <fmt/format.h>

#include "base/text.h"
#include "oops/pointer/classify.h"

namespace knowhy::oops {
namespace {

using model::OopsExplanation;
using model::OopsKind;
using model::OopsPointer;
using model::OopsReading;
using model::OopsReport;

std::string place_of(const OopsReport& report) {
    if (report.pc.name.empty()) return "";
    const std::string module = report.pc.module.empty() ? "" : " [" + report.pc.module + "]";
    return fmt::format("{}+{:#x}{}", report.pc.name, report.pc.offset, module);
}

// "read 1 byte at 0x318".
std::string access_of(const OopsReport& report, const Fault& fault) {
    const bool writes = fault.operand->written && !fault.operand->read;
    const std::string what = writes                                          ? "wrote"
                             : fault.operand->written && fault.operand->read ? "read and wrote"
                                                                             : "read";
    const std::string bytes =
        fault.operand->bytes == 0 ? "memory" : counted(fault.operand->bytes, "byte");
    const auto address = fault.effective ? fault.effective : report.fault_address;
    return fmt::format("{} {}{}", what, bytes, address ? fmt::format(" at {:#x}", *address) : "");
}

std::string named(const OopsReading& reading, const char* otherwise) {
    return reading.variable.empty() ? otherwise : reading.variable;
}

std::string field_of(const OopsReading& reading) {
    if (!reading.field.empty()) return fmt::format(", field {}", reading.field);
    if (reading.field_offset && *reading.field_offset != 0) {
        return fmt::format(", field at {:+d}", *reading.field_offset);
    }
    return "";
}

std::string error_words(const OopsReading& reading) {
    const std::string name = reading.error ? error_name(*reading.error) : "";
    return fmt::format("ERR_PTR(-{}){}", reading.error.value_or(0),
                       name.empty() ? "" : ", " + name);
}

std::string pointer_words(const OopsReport& report, const OopsReading& reading) {
    const uint64_t base = reading.base.value_or(0);
    switch (reading.pointer) {
        case OopsPointer::NullPlusOffset:
            if (!reading.base) return "the address is near to a NULL pointer";
            return fmt::format("{} is NULL{}", named(reading, "the pointer"), field_of(reading));
        case OopsPointer::ArrayElement:
            return fmt::format(
                "{} is {}; the access is to element {} ({:#x}) of {} bytes each{}",
                named(reading, "the array"), base == 0 ? "NULL" : classify(report, base).words,
                static_cast<int64_t>(reading.index.value_or(0)), reading.index.value_or(0),
                reading.stride.value_or(0), field_of(reading));
        case OopsPointer::ErrPtr:
            return fmt::format("{} is {}: an error that was not checked for{}",
                               named(reading, "the pointer"), error_words(reading),
                               field_of(reading));
        case OopsPointer::ListPoison:
            return fmt::format("{} is the poison of a deleted list entry{}",
                               named(reading, "the pointer"), field_of(reading));
        case OopsPointer::SlabPoison:
        case OopsPointer::NonCanonical:
        case OopsPointer::User:
        case OopsPointer::Wild: {
            const uint64_t value = reading.base ? base : report.fault_address.value_or(0);
            return fmt::format("{}{} is {}{}", named(reading, "the pointer"),
                               value != 0 ? fmt::format(" ({:#x})", value) : "",
                               classify(report, value).words, field_of(reading));
        }
        case OopsPointer::Freed:
            return "the object was freed before";
        case OopsPointer::KasanShadow:
            return fmt::format("KASAN was checking an access to {:#x}: {}", base,
                               classify(report, base).words);
        case OopsPointer::StackGuard:
            return "the stack ran over into its guard page";
        case OopsPointer::TagMismatch:
            return "the pointer's tag is not the memory's";
        case OopsPointer::Unknown:
            break;
    }
    return "";
}

const model::OopsInstruction* faulting(const OopsExplanation& explanation) {
    for (const auto& instruction : explanation.listing) {
        if (instruction.faulting) return &instruction;
    }
    return nullptr;
}

std::string ended(std::string sentence) {
    if (sentence.empty()) return "";
    const bool has_end = sentence.back() == '.';
    return sentence + (has_end ? " " : ". ");
}

}  // namespace

std::string summary_of(const OopsReport& report, const OopsExplanation& explanation,
                       const Fault& fault, Names* names) {
    std::string text;
    const std::string place = place_of(report);
    const bool pointer_kind = fault.operand && !explanation.readings.empty();
    if (pointer_kind && !place.empty()) {
        text = ended(
            fmt::format("{} {} ({})", place, access_of(report, fault), explanation.instruction));
    } else {
        text = ended(report.headline);
        if (!place.empty()) text += ended(fmt::format("The pc is {}", place));
    }
    const auto at = names != nullptr ? names->at_fault() : std::nullopt;
    if (at && at->at.line != 0) {
        text += ended(fmt::format("That is {}:{}, in {}", at->at.file, at->at.line, at->function));
    }
    const auto* instruction = faulting(explanation);
    if (instruction != nullptr && !instruction->source.empty()) {
        text += ended(fmt::format("The line is: {}", instruction->source));
    }
    if (!explanation.readings.empty()) {
        const OopsReading& best = explanation.readings.front();
        const bool possible = best.grade == model::OopsGrade::Possible;
        std::string words = pointer_words(report, best);
        if (!words.empty() && !possible)
            words.front() = static_cast<char>(best.variable.empty() ? std::toupper(words.front())
                                                                    : words.front());
        if (!words.empty()) text += ended(possible ? "Possibly " + words : words);
        if (!best.expression.empty()) text += ended(fmt::format("In C: {}", best.expression));
    }
    if (!explanation.disagreement.empty()) {
        text +=
            ended(fmt::format("The report does not fit together: {}", explanation.disagreement));
    }
    if (!text.empty()) text.pop_back();
    return text;
}

std::vector<std::string> next_of(const OopsReport& report, const OopsExplanation& explanation) {
    std::vector<std::string> next;
    if (!explanation.readings.empty()) {
        const OopsReading& best = explanation.readings.front();
        const std::string name = named(best, "the pointer");
        switch (best.pointer) {
            case OopsPointer::NullPlusOffset:
            case OopsPointer::ArrayElement:
                next.push_back(fmt::format("where {} is set, and who calls {} before that", name,
                                           report.pc.name.empty() ? "this" : report.pc.name));
                break;
            case OopsPointer::ErrPtr:
                next.push_back(
                    fmt::format("which call gave {} its error, and the missing IS_ERR()", name));
                break;
            case OopsPointer::ListPoison:
                next.emplace_back(
                    "who deleted the entry from its list before, and under which lock");
                break;
            case OopsPointer::SlabPoison:
            case OopsPointer::Freed:
                next.emplace_back("who freed the object, and who still held a pointer to it");
                break;
            default:
                break;
        }
    }
    if (explanation.image == model::OopsImage::None && !report.pc.name.empty()) {
        next.push_back(
            report.pc.module.empty()
                ? "with --vmlinux FILE, the names and lines"
                : fmt::format("with --module {}=FILE, the names and lines", report.pc.module));
    }
    return next;
}

}  // namespace knowhy::oops
