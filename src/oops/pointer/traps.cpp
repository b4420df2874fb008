#include "oops/pointer/traps.h"

#include <fmt/format.h>

#include "base/text.h"
#include "oops/pointer/classify.h"
#include "oops/pointer/words.h"

namespace knowhy::oops {
namespace {

using model::OopsGrade;
using model::OopsKind;
using model::OopsPointer;
using model::OopsReading;
using symbols::Arch;

// x86's divide instructions name their divisor alone; it faults, too, where the quotient is too
// large.
void explain_division(const CodeLine& line, const Registers& registers, Arch arch,
                      model::OopsExplanation& explanation) {
    const Words words(explanation.instruction, arch);
    const bool divides =
        words.mnemonic().starts_with("div") || words.mnemonic().starts_with("idiv");
    if (!divides) {
        if (arch == Arch::X86_64) {
            explanation.disagreement = "the text says a division by zero, the instruction is none";
        }
        return;
    }
    const auto reg = words.reg(0);
    if (!reg) {
        if (!line.faulting().memory.empty()) {
            explanation.notes.emplace_back(
                "the divisor is in memory, which the text does not show");
        }
        return;
    }
    const auto value = registers[*reg];
    if (!value) return;
    const uint8_t bits = words.width(0);
    const uint64_t divisor = bits == 64 ? *value : *value & ((uint64_t{1} << bits) - 1);
    const std::string name(words.operand(0));
    if (divisor == 0) {
        explanation.notes.push_back(fmt::format("the divisor is {}, which is 0", name));
    } else {
        explanation.notes.push_back(fmt::format(
            "the divisor {} is {:#x}: not 0, so that the quotient is too large", name, divisor));
    }
}

// MIPS traps on a condition, too: "tne zero,v0,0xc".
bool is_trap(const CodeLine& line, const std::string& text, Arch arch) {
    if (line.faulting().kind == symbols::Instruction::Kind::Trap) return true;
    const bool mips = arch == Arch::Mips || arch == Arch::Mips64;
    return mips && (text.starts_with("tne ") || text.starts_with("teq "));
}

OopsReading by_text(OopsPointer pointer, std::string text, std::optional<uint64_t> value) {
    OopsReading reading;
    reading.pointer = pointer;
    reading.steps.push_back({std::move(text), OopsGrade::Printed, std::nullopt, value, ""});
    reading.grade = OopsGrade::Printed;
    return reading;
}

std::optional<OopsReading> of_sanitizer(const model::OopsReport& report) {
    const std::string& headline = report.headline;
    const bool freed = headline.find("use-after-free") != std::string::npos;
    if (!freed) return std::nullopt;
    auto reading = by_text(OopsPointer::Freed, "the text says that the object was freed before",
                           report.fault_address);
    return reading;
}

// Control went where no code is: the pc itself is the bad pointer.
std::optional<OopsReading> of_jump(const model::OopsReport& report) {
    const bool jumped = report.access == model::OopsAccess::Execute ||
                        (report.pc.address && report.pc.address == report.fault_address);
    if (!jumped || !report.fault_address) return std::nullopt;
    if (report.pc.address && report.pc.address != report.fault_address) return std::nullopt;
    const PointerKind kind = classify(report, *report.fault_address);
    auto reading = by_text(
        kind.pointer, fmt::format("control went to {:#x}, {}", *report.fault_address, kind.words),
        report.fault_address);
    if (kind.exact) reading.base = *report.fault_address;
    reading.error = kind.error;
    if (!kind.exact) reading.grade = reading.steps[0].grade = OopsGrade::Possible;
    return reading;
}

std::optional<OopsReading> of_stack(const model::OopsReport& report) {
    const bool ran_over = report.headline.find("guard page") != std::string::npos ||
                          report.headline.find("stack overflow") != std::string::npos;
    if (report.kind != OopsKind::StackOverflow || !ran_over) return std::nullopt;
    return by_text(OopsPointer::StackGuard, "the text says that it is the stack's guard page",
                   report.fault_address);
}

// No code to tell by: what the address itself looks like.
std::optional<OopsReading> of_address(const model::OopsReport& report,
                                      const model::OopsExplanation& explanation) {
    if (!report.fault_address || !explanation.disagreement.empty()) return std::nullopt;
    switch (report.kind) {
        case OopsKind::NullDereference:
        case OopsKind::PagingRequest:
        case OopsKind::GeneralProtection:
            break;
        default:
            return std::nullopt;
    }
    const PointerKind kind = classify(report, *report.fault_address);
    auto reading =
        by_text(kind.pointer, fmt::format("{:#x} is {}", *report.fault_address, kind.words),
                report.fault_address);
    reading.grade = reading.steps[0].grade = OopsGrade::Possible;
    return reading;
}

}  // namespace

void explain_trap(const model::OopsReport& report, const CodeLine& line, const Registers& registers,
                  Arch arch, model::OopsExplanation& explanation) {
    if (report.kind == OopsKind::DivideError) {
        explain_division(line, registers, arch, explanation);
    } else if ((report.kind == OopsKind::Bug || report.kind == OopsKind::Warning) &&
               !is_trap(line, explanation.instruction, arch) && explanation.disagreement.empty()) {
        explanation.notes.emplace_back(
            "the marked instruction is no trap, as BUG() and WARN() are");
    }
}

void explain_by_text(const model::OopsReport& report, model::OopsExplanation& explanation) {
    auto reading = of_sanitizer(report);
    if (!reading) reading = of_stack(report);
    if (!reading) reading = of_jump(report);
    if (!reading) reading = of_address(report, explanation);
    if (!reading) return;
    if (reading->pointer == OopsPointer::Freed || reading->pointer == OopsPointer::StackGuard ||
        explanation.disagreement.empty()) {
        explanation.readings.push_back(std::move(*reading));
    }
}

}  // namespace knowhy::oops
