#include "symbols/arch/arch.h"

#include <fmt/format.h>

#include <initializer_list>
#include <span>

#include "base/text.h"
#include "symbols/arch/names.h"

namespace knowhy::symbols {
namespace {

RegisterSet set_of(std::initializer_list<std::pair<Register, Register>> inclusive_ranges) {
    RegisterSet set;
    for (const auto& [from, to] : inclusive_ranges) {
        for (unsigned number = from; number <= to; ++number) set.set(number);
    }
    set.set(kFlags);
    return set;
}

Convention x86_64_convention() {
    Convention c;
    c.stack_pointer = 7;
    c.arguments = {5, 4, 1, 2, 8, 9};
    c.results = {0, 1};
    c.clobbered = set_of({{0, 2}, {4, 5}, {8, 11}, {17, 48}});
    return c;
}

Convention arm64_convention() {
    Convention c;
    c.stack_pointer = 31;
    c.return_address = 30;
    c.arguments = {0, 1, 2, 3, 4, 5, 6, 7};
    c.results = {0, 1};
    c.clobbered = set_of({{0, 18}, {30, 30}, {64, 95}});
    return c;
}

// $gp stays: the kernel keeps its thread_info there. $k0 and $k1 belong to whatever interrupts.
Convention mips_convention(Register last_argument) {
    Convention c;
    c.stack_pointer = 29;
    c.return_address = 31;
    for (Register number = 4; number <= last_argument; ++number) c.arguments.push_back(number);
    c.results = {2, 3};
    c.clobbered = set_of({{1, 15}, {24, 27}, {31, 71}});
    return c;
}

// gp and tp stay: the second is the current task.
Convention riscv_convention() {
    Convention c;
    c.stack_pointer = 2;
    c.return_address = 1;
    c.arguments = {10, 11, 12, 13, 14, 15, 16, 17};
    c.results = {10, 11};
    c.clobbered = set_of({{1, 1}, {5, 7}, {10, 17}, {28, 63}, {96, 127}});
    return c;
}

std::optional<Register> numbered(const NumberedNames& group, std::string_view name) {
    if (!name.starts_with(group.prefix)) return std::nullopt;
    name.remove_prefix(group.prefix.size());
    if (!name.ends_with(group.suffix)) return std::nullopt;
    name.remove_suffix(group.suffix.size());
    if (name.size() > 1 && name.front() == '0') return std::nullopt;
    const auto number = parse_u64(name);
    if (!number || *number < group.first || *number > group.last) return std::nullopt;
    return static_cast<Register>(group.dwarf + (*number - group.first));
}

std::optional<Register> found(const RegisterNames& names, std::string_view name) {
    for (const Name& entry : names.single) {
        if (entry.name == name) return entry.number;
    }
    for (const NumberedNames& group : names.groups) {
        if (const auto number = numbered(group, name)) return number;
    }
    return std::nullopt;
}

}  // namespace

unsigned Machine::address_bytes() const {
    return arch == Arch::I386 || arch == Arch::Arm || arch == Arch::Mips ? 4 : 8;
}

std::string register_name(Arch arch, Register number) {
    if (number == kFlags) return "flags";
    const RegisterNames names = names_of(arch);
    for (const Name& entry : names.single) {
        if (entry.number == number) return std::string(entry.name);
    }
    for (const NumberedNames& group : names.groups) {
        if (number >= group.dwarf && number <= group.dwarf + (group.last - group.first)) {
            return fmt::format("{}{}{}", group.prefix, group.first + (number - group.dwarf),
                               group.suffix);
        }
    }
    return fmt::format("r{}", number);
}

std::optional<Register> register_number(Arch arch, std::string_view name) {
    if (name.starts_with('%') || name.starts_with('$')) name.remove_prefix(1);
    if (name == "flags") return kFlags;
    return found(names_of(arch), name);
}

const Convention* kernel_convention(Arch arch) {
    static const Convention x86_64 = x86_64_convention();
    static const Convention arm64 = arm64_convention();
    static const Convention mips = mips_convention(7);
    static const Convention mips64 = mips_convention(11);
    static const Convention riscv64 = riscv_convention();
    switch (arch) {
        case Arch::X86_64:
            return &x86_64;
        case Arch::Arm64:
            return &arm64;
        case Arch::Mips:
            return &mips;
        case Arch::Mips64:
            return &mips64;
        case Arch::Riscv64:
            return &riscv64;
        case Arch::I386:
        case Arch::Arm:
        case Arch::Ppc64:
        case Arch::S390x:
            return nullptr;
    }
    return nullptr;
}

}  // namespace knowhy::symbols
