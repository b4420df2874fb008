#include "oops/pointer/fault.h"

#include <fmt/format.h>

#include "oops/pointer/arithmetic.h"

namespace knowhy::oops {
namespace {

using model::OopsAccess;
using model::OopsReport;
using symbols::MemoryOperand;

constexpr uint64_t kPageMask = 4095;

uint64_t cut_to(const OopsReport& report, uint64_t address) {
    const bool narrow = report.bits == 32 || report.arch == "mips";
    return narrow ? address & 0xffffffff : address;
}

// arm64 ignores the top byte of an address, or keeps a tag there.
bool differ_by_tag(const OopsReport& report, uint64_t one, uint64_t other) {
    return report.arch == "arm64" && one != other && (one ^ other) << 8 == 0;
}

bool reaches(const OopsReport& report, const MemoryOperand& operand, uint64_t from,
             uint64_t fault) {
    from = cut_to(report, from);
    fault = cut_to(report, fault);
    if (from == fault || differ_by_tag(report, from, fault)) return true;
    // An access that crosses into a page that is not there faults at that page's start.
    const bool crosses = fault > from && fault - from < operand.bytes && (fault & kPageMask) == 0;
    return crosses;
}

bool may_be(const OopsReport& report, const MemoryOperand& operand) {
    if (report.access == OopsAccess::Read) return operand.read;
    if (report.access == OopsAccess::Write) return operand.written;
    return operand.read || operand.written;
}

}  // namespace

std::optional<uint64_t> address_of(const MemoryOperand& operand, const Registers& registers,
                                   const OopsReport& report) {
    auto address = static_cast<uint64_t>(operand.displacement);
    if (!operand.segment.empty()) {
        const auto base = report.registers.find(std::string(operand.segment) + "_base");
        if (base == report.registers.end()) return std::nullopt;
        address += base->second;
    }
    if (operand.base) {
        const auto value = registers[*operand.base];
        if (!value) return std::nullopt;
        address += *value;
    }
    if (operand.index) {
        const auto value = registers[*operand.index];
        if (!value) return std::nullopt;
        address += extended(*value, operand.index_bits, operand.index_signed) * operand.scale;
    }
    return cut_to(report, address);
}

Fault find_fault(const OopsReport& report, const symbols::Instruction& instruction,
                 const Registers& registers, bool absolute_addresses) {
    Fault fault;
    bool accesses = false;
    for (const MemoryOperand& operand : instruction.memory) {
        if (!operand.read && !operand.written) continue;
        accesses = true;
        if (operand.pc_relative && !absolute_addresses) continue;
        const auto address = address_of(operand, registers, report);
        const bool agrees = address && report.fault_address &&
                            reaches(report, operand, *address, *report.fault_address);
        // Of two accesses that both could be it, the one that the text's address is of.
        const bool better = !fault.operand || (agrees && !fault.agrees.value_or(false)) ||
                            (!fault.agrees.value_or(false) && !may_be(report, *fault.operand));
        if (!better) continue;
        fault.operand = operand;
        fault.effective = address;
        if (address && report.fault_address) fault.agrees = agrees;
    }
    if (!accesses && report.fault_address) {
        fault.disagreement = "the instruction accesses no memory";
        fault.agrees = false;
    } else if (fault.agrees == false) {
        fault.disagreement = fmt::format("the registers give {:#x}, the text says {:#x}",
                                         *fault.effective, cut_to(report, *report.fault_address));
    } else if (fault.operand && !may_be(report, *fault.operand)) {
        fault.disagreement = fmt::format("the text says that it was a {}, the instruction does not",
                                         report.access == OopsAccess::Read ? "read" : "write");
        fault.agrees = false;
    }
    return fault;
}

}  // namespace knowhy::oops
