#include "lang/sema/registers.h"

#include <array>

#include "base/text.h"

namespace knowhy::lang {
namespace {

struct Offset {
    std::string_view name;
    uint32_t offset;
};

constexpr std::array kX86 = {
    Offset{"r15", 0},  Offset{"r14", 8},     Offset{"r13", 16},    Offset{"r12", 24},
    Offset{"bp", 32},  Offset{"bx", 40},     Offset{"r11", 48},    Offset{"r10", 56},
    Offset{"r9", 64},  Offset{"r8", 72},     Offset{"ax", 80},     Offset{"cx", 88},
    Offset{"dx", 96},  Offset{"si", 104},    Offset{"di", 112},    Offset{"orig_ax", 120},
    Offset{"ip", 128}, Offset{"cs", 136},    Offset{"flags", 144}, Offset{"sp", 152},
    Offset{"ss", 160}, Offset{"result", 80}, Offset{"pc", 128},
};
constexpr std::array<uint32_t, 6> kX86Arguments = {112, 104, 96, 88, 72, 64};

constexpr std::array kArm64 = {Offset{"sp", 248},   Offset{"pc", 256}, Offset{"pstate", 264},
                               Offset{"result", 0}, Offset{"lr", 240}, Offset{"ip", 256}};
constexpr std::array<uint32_t, 8> kArm64Arguments = {0, 8, 16, 24, 32, 40, 48, 56};

template <typename Table>
std::optional<uint32_t> find(const Table& table, std::string_view name) {
    for (const Offset& known : table)
        if (known.name == name) return known.offset;
    return std::nullopt;
}

}  // namespace

std::optional<uint32_t> register_offset(symbols::Arch arch, std::string_view name) {
    if (arch == symbols::Arch::X86_64) {
        if (const auto offset = find(kX86, name)) return offset;
        const bool long_name =
            name.size() == 3 && name.front() == 'r' && !(name[1] >= '0' && name[1] <= '9');
        return long_name ? find(kX86, name.substr(1)) : std::nullopt;
    }
    if (arch == symbols::Arch::Arm64) {
        if (const auto offset = find(kArm64, name)) return offset;
        if (name.size() < 2 || (name.front() != 'x' && name.front() != 'r')) return std::nullopt;
        const auto number = parse_u64(name.substr(1), 10);
        if (number && *number < 31) return static_cast<uint32_t>(8 * *number);
    }
    return std::nullopt;
}

std::span<const uint32_t> argument_registers(symbols::Arch arch) {
    if (arch == symbols::Arch::X86_64) return kX86Arguments;
    if (arch == symbols::Arch::Arm64) return kArm64Arguments;
    return {};
}

}  // namespace knowhy::lang
