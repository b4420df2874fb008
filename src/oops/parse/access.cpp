// Which way memory was accessed, by each architecture's status registers.
#include "oops/parse/causes.h"

namespace knowhy::oops {
namespace {

using Access = model::OopsAccess;

// By the exception syndrome (Arm ARM D17.2.37): the class, and for data aborts which way.
Access access_of_esr(uint64_t esr) {
    const uint64_t klass = esr >> 26U & 0x3fU;
    if (klass == 0x20 || klass == 0x21) return Access::Execute;
    if (klass != 0x24 && klass != 0x25) return Access::Unknown;
    return (esr & 0x40U) != 0 ? Access::Write : Access::Read;
}

Access access_of_mips_cause(uint64_t cause) {
    switch (cause >> 2U & 31U) {
        case 2:  // TLBL
        case 4:  // AdEL
            return Access::Read;
        case 1:  // Mod
        case 3:  // TLBS
        case 5:  // AdES
            return Access::Write;
        case 6:  // IBE
            return Access::Execute;
        default:
            return Access::Unknown;
    }
}

Access access_of_riscv_cause(uint64_t cause) {
    switch (cause) {
        case 0:
        case 1:
        case 12:
            return Access::Execute;
        case 4:
        case 5:
        case 13:
            return Access::Read;
        case 6:
        case 7:
        case 15:
            return Access::Write;
        default:
            return Access::Unknown;
    }
}

}  // namespace

model::OopsAccess access_by_status(const model::OopsReport& report) {
    const auto status = [&](const char* name) -> std::optional<uint64_t> {
        const auto found = report.status.find(name);
        return found == report.status.end() ? std::nullopt : std::optional(found->second);
    };
    const bool x86 = report.arch == "x86_64" || report.arch == "i386" || report.arch.empty();
    if (const auto code = status("error_code"); code && x86) {
        if ((*code & 0x10U) != 0) return Access::Execute;
        return (*code & 2U) != 0 ? Access::Write : Access::Read;
    }
    if (const auto esr = status("esr"); esr && report.arch == "arm64") return access_of_esr(*esr);
    if (const auto fsr = status("esr"); fsr && report.arch == "arm") {
        return (*fsr & 0x80000000U) != 0 ? Access::Execute
                                         : ((*fsr & 0x800U) != 0 ? Access::Write : Access::Read);
    }
    if (const auto cause = status("cause")) {
        if (report.arch.starts_with("mips")) return access_of_mips_cause(*cause);
        if (report.arch == "riscv64") return access_of_riscv_cause(*cause);
    }
    if (const auto dsisr = status("dsisr"); dsisr && report.arch == "ppc64") {
        return (*dsisr & 0x02000000U) != 0 ? Access::Write : Access::Read;
    }
    if (const auto teid = status("teid")) {
        if ((*teid & 0x400U) != 0) return Access::Write;
        if ((*teid & 0x800U) != 0) return Access::Read;
    }
    return Access::Unknown;
}

}  // namespace knowhy::oops
