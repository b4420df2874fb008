// Which MIPS an ELF file is for, by e_flags.
#pragma once

#include <cstdint>

namespace knowhy::symbols {

constexpr uint32_t kMipsArchMask = 0xf0000000;
constexpr uint32_t kMips32R6 = 0x90000000;
constexpr uint32_t kMips64R6 = 0xa0000000;
constexpr uint32_t kMicroMips = 0x02000000;
constexpr uint32_t kMipsMachineMask = 0x00ff0000;
constexpr uint32_t kOcteon = 0x008b0000;
constexpr uint32_t kOcteon2 = 0x008d0000;
constexpr uint32_t kOcteon3 = 0x008e0000;

constexpr bool has_classic_mips_encoding(uint32_t flags) {
    const uint32_t arch = flags & kMipsArchMask;
    return arch != kMips32R6 && arch != kMips64R6 && (flags & kMicroMips) == 0;
}

constexpr bool is_octeon(uint32_t flags) {
    const uint32_t machine = flags & kMipsMachineMask;
    return machine == kOcteon || machine == kOcteon2 || machine == kOcteon3;
}

}  // namespace knowhy::symbols
