#include "oops/pointer/classify.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/result.h"
#include "base/text.h"

namespace knowhy::oops {
namespace {

using model::OopsPointer;
using model::OopsReport;

constexpr uint64_t kPage = 4096;
constexpr uint64_t kLowest = 0x10000;    // vm.mmap_min_addr: programs have nothing below
constexpr int64_t kLargestError = 4095;  // MAX_ERRNO of linux/err.h

// linux/poison.h. CONFIG_ILLEGAL_POINTER_VALUE is added where the architecture has one.
constexpr uint64_t kIllegalPointer = 0xdead000000000000;
struct Poison {
    uint64_t value;
    const char* name;
    bool plain;  // a member of a NULL pointer may well have this address
};
constexpr std::array<Poison, 4> kListPoison = {{{0x100, "LIST_POISON1", true},
                                                {0x122, "LIST_POISON2", true},
                                                {0x100100, "LIST_POISON1", false},
                                                {0x200200, "LIST_POISON2", false}}};

struct Pattern {
    uint8_t byte;
    const char* words;
};
constexpr std::array<Pattern, 3> kSlabPoison = {
    {{0x6b, "the poison of a freed slab object (0x6b)"},
     {0x5a, "the poison of a slab object that was never written (0x5a)"},
     {0xa5, "the poison behind a slab object (0xa5)"}}};

bool is_32_bit(const OopsReport& report) {
    return report.bits == 32 || report.arch == "mips" || report.arch == "i386" ||
           report.arch == "arm";
}

bool has_illegal_pointer(const OopsReport& report) {
    return report.arch == "x86_64" || report.arch == "arm64" || report.arch == "riscv64" ||
           report.arch == "ppc64";
}

uint64_t distance(uint64_t one, uint64_t other) {
    return one > other ? one - other : other - one;
}

std::optional<PointerKind> list_poison(const OopsReport& report, uint64_t value) {
    const bool shifted = has_illegal_pointer(report);
    for (const Poison& poison : kListPoison) {
        const uint64_t at = poison.value + (shifted ? kIllegalPointer : 0);
        const bool sure = shifted || !poison.plain;
        if (value == at) {
            const char* const likely = sure ? "" : ", or a NULL pointer's member";
            return PointerKind{OopsPointer::ListPoison, sure, std::nullopt, at,
                               fmt::format("{} ({:#x}){}", poison.name, at, likely)};
        }
    }
    if (!shifted || distance(value, kIllegalPointer) > kPage) return std::nullopt;
    return PointerKind{OopsPointer::ListPoison, false, std::nullopt, std::nullopt,
                       "near the poison of a deleted list entry"};
}

std::optional<PointerKind> slab_poison(uint64_t value, unsigned bits) {
    for (const Pattern& pattern : kSlabPoison) {
        const uint64_t all =
            uint64_t{pattern.byte} * (bits == 32 ? 0x01010101 : 0x0101010101010101);
        if (distance(value, all) > kPage) continue;
        return PointerKind{OopsPointer::SlabPoison, value == all, std::nullopt, all,
                           value == all ? pattern.words : fmt::format("near {}", pattern.words)};
    }
    return std::nullopt;
}

// Addresses that programs have.
bool is_user(const OopsReport& report, uint64_t value) {
    if (is_32_bit(report)) return value < 0x80000000;
    if (report.arch == "arm64") return value >> 52 == 0;
    return value >> 47 == 0;
}

std::optional<PointerKind> error_pointer(uint64_t value, unsigned bits) {
    const int64_t number = bits == 32 ? static_cast<int32_t>(value) : static_cast<int64_t>(value);
    if (number >= 0 || number < -kLargestError) return std::nullopt;
    const std::string name = error_name(-number);
    if (name.empty()) {
        return PointerKind{OopsPointer::NullPlusOffset, false, std::nullopt, 0,
                           fmt::format("{} below a NULL pointer", -number)};
    }
    return PointerKind{OopsPointer::ErrPtr, true, -number, std::nullopt,
                       fmt::format("ERR_PTR({}), {}", number, name)};
}

}  // namespace

std::string error_name(int64_t number) {
    // linux/errno.h: what no program ever sees.
    constexpr std::array<std::pair<int64_t, const char*>, 18> kOwn = {
        {{512, "ERESTARTSYS"},
         {513, "ERESTARTNOINTR"},
         {514, "ERESTARTNOHAND"},
         {515, "ENOIOCTLCMD"},
         {516, "ERESTART_RESTARTBLOCK"},
         {517, "EPROBE_DEFER"},
         {518, "EOPENSTALE"},
         {519, "ENOPARAM"},
         {521, "EBADHANDLE"},
         {522, "ENOTSYNC"},
         {523, "EBADCOOKIE"},
         {524, "ENOTSUPP"},
         {525, "ETOOSMALL"},
         {526, "ESERVERFAULT"},
         {527, "EBADTYPE"},
         {528, "EJUKEBOX"},
         {529, "EIOCBQUEUED"},
         {530, "ERECALLCONFLICT"}}};
    for (const auto& [own, name] : kOwn) {
        if (own == number) return name;
    }
    if (number <= 0 || number > kLargestError) return "";
    std::string name = errno_name(static_cast<int>(number));
    return name.starts_with("errno") ? "" : name;
}

bool is_canonical(const OopsReport& report, uint64_t address) {
    if (report.arch != "x86_64") return true;
    constexpr uint64_t kFiveLevels = 1U << 12;  // CR4.LA57
    const auto status = report.status.find("cr4");
    const auto reg = report.registers.find("cr4");
    const uint64_t cr4 = status != report.status.end()   ? status->second
                         : reg != report.registers.end() ? reg->second
                                                         : 0;
    const unsigned unused = (cr4 & kFiveLevels) != 0 ? 56 : 47;
    const auto top = static_cast<int64_t>(address) >> unused;
    return top == 0 || top == -1;
}

std::optional<uint64_t> behind_shadow(const OopsReport& report, uint64_t address) {
    // KASAN_SHADOW_OFFSET; the shadow of what is below the kernel's half is not mapped.
    constexpr uint64_t kOffset = 0xdffffc0000000000;
    constexpr uint64_t kSpan = uint64_t{1} << 44;
    if (report.arch != "x86_64" || address - kOffset >= kSpan) return std::nullopt;
    return (address - kOffset) << 3;
}

PointerKind classify(const OopsReport& report, uint64_t value) {
    const unsigned bits = is_32_bit(report) ? 32 : 64;
    if (value == 0) return {OopsPointer::NullPlusOffset, true, std::nullopt, 0, "NULL"};
    if (auto found = list_poison(report, value)) return *found;
    if (value < kLowest) {
        return {OopsPointer::NullPlusOffset, false, std::nullopt, 0,
                fmt::format("{:#x} above a NULL pointer", value)};
    }
    if (auto found = error_pointer(value, bits)) return *found;
    if (auto found = slab_poison(value, bits)) return *found;
    if (!is_canonical(report, value)) {
        return {OopsPointer::NonCanonical, true, std::nullopt, std::nullopt,
                "no address at all (not canonical)"};
    }
    if (is_user(report, value)) {
        return {OopsPointer::User, true, std::nullopt, std::nullopt, "an address of user space"};
    }
    return {OopsPointer::Wild, true, std::nullopt, std::nullopt, "mapped nowhere"};
}

}  // namespace knowhy::oops
