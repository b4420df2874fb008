#include "oops/decode/machine.h"

#include <string_view>

#include "symbols/disasm/mips_flags.h"

namespace knowhy::oops {
namespace {

using symbols::Arch;

std::optional<Arch> arch_of(std::string_view name) {
    if (name == "x86_64") return Arch::X86_64;
    if (name == "arm64") return Arch::Arm64;
    if (name == "mips") return Arch::Mips;
    if (name == "mips64") return Arch::Mips64;
    if (name == "riscv64") return Arch::Riscv64;
    return std::nullopt;
}

// PrId's company in bits 16 to 23, its processor below (asm/cpu.h).
bool is_cavium(const model::OopsReport& report) {
    constexpr uint64_t kCavium = 0x0d;
    const auto id = report.status.find("prid");
    if (id != report.status.end() && (id->second >> 16 & 0xff) == kCavium) return true;
    return report.hardware.find("Cavium") != std::string::npos ||
           report.hardware.find("Octeon") != std::string::npos;
}

}  // namespace

std::optional<symbols::Machine> machine_of(const model::OopsReport& report) {
    const auto arch = arch_of(report.arch);
    if (!arch) return std::nullopt;
    symbols::Machine machine{*arch, report.big_endian, 0};
    const bool mips = *arch == Arch::Mips || *arch == Arch::Mips64;
    if (mips && is_cavium(report)) machine.elf_flags = symbols::kOcteon2;
    return machine;
}

Registers::Registers(const model::OopsReport& report, Arch arch) {
    for (const auto& [name, value] : report.registers) {
        const auto number = symbols::register_number(arch, name);
        if (number) values_[*number] = value;
    }
    const bool has_zero = arch == Arch::Mips || arch == Arch::Mips64 || arch == Arch::Riscv64;
    if (has_zero) values_[0] = 0;
}

}  // namespace knowhy::oops
