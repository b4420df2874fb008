#include "oops/parse/registers.h"

#include <algorithm>

#include "base/text.h"
#include "oops/parse/pairs.h"
#include "oops/parse/symbol.h"

namespace knowhy::oops {
namespace {

constexpr std::string_view kX86Rows[] = {"RAX", "RDX", "RBP", "R10", "R13", "RSP",
                                         "FS",  "CS",  "CR2", "DR0", "DR3", "PKRU"};
constexpr std::string_view kI386Rows[] = {"EAX", "ESI", "DS", "CR0", "DR0", "DR6"};
constexpr std::string_view kRiscvRows[] = {"gp", "t1", "s1", "a2",  "a5",
                                           "s2", "s5", "s8", "s11", "t5"};

template <size_t Count>
bool one_of(const std::string_view (&names)[Count], std::string_view name) {
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

bool is_numbered(std::string_view name, char letter) {
    return name.size() > 1 && name.size() < 4 && name[0] == letter &&
           std::all_of(name.begin() + 1, name.end(), is_digit);
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

// By the first label and its width.
std::string_view layout_of(const NamedValue& first, size_t pairs) {
    const bool wide = first.digits == 16;
    const bool narrow = first.digits == 8;
    if (wide && one_of(kX86Rows, first.name)) return "x86_64";
    if (first.name == "RSP" || first.name == "CS" || first.name == "PKRU") return "x86_64";
    if (narrow && one_of(kI386Rows, first.name)) return "i386";
    if (first.digits == 4 && first.name == "DS") return "i386";
    if (wide && is_numbered(first.name, 'x')) return "arm64";
    if (wide && first.name == "sp" && pairs == 1) return "arm64";
    if (first.name == "pstate") return "arm64";
    if (narrow && (is_numbered(first.name, 'r') || (first.name == "sp" && pairs > 1))) return "arm";
    if (wide && one_of(kRiscvRows, first.name)) return "riscv64";
    if (wide && first.name == "status") return "riscv64";
    return {};
}

bool is_mips_row(std::string_view text) {
    return text.starts_with("$") || text.starts_with("Hi  ") || text.starts_with("Lo  ") ||
           text.starts_with("Hi :") || text.starts_with("Lo :") || text.starts_with("Acx  ") ||
           text.starts_with("Status:") || text.starts_with("Cause :") ||
           text.starts_with("BadVA :") || text.starts_with("PrId  :") || text.starts_with("PrId :");
}

bool is_octeon_row(std::string_view text) {
    Scan scan(text);
    const std::string_view name = scan.word();
    scan.blanks();
    if (name.empty() || name.size() > 7 || !scan.skip("0x")) return false;
    return scan.hex(16, 16).has_value();
}

bool is_ppc_row(std::string_view text) {
    return text.starts_with("GPR") || text.starts_with("MSR:") || text.starts_with("REGS:") ||
           text.starts_with("CFAR:") || text.starts_with("DAR:") || text.starts_with("NIP: ");
}

constexpr std::string_view kMips64[] = {"zero", "at", "v0", "v1", "a0", "a1", "a2", "a3",
                                        "a4",   "a5", "a6", "a7", "t0", "t1", "t2", "t3",
                                        "s0",   "s1", "s2", "s3", "s4", "s5", "s6", "s7",
                                        "t8",   "t9", "k0", "k1", "gp", "sp", "s8", "ra"};
constexpr std::string_view kMips32[] = {"zero", "at", "v0", "v1", "a0", "a1", "a2", "a3",
                                        "t0",   "t1", "t2", "t3", "t4", "t5", "t6", "t7",
                                        "s0",   "s1", "s2", "s3", "s4", "s5", "s6", "s7",
                                        "t8",   "t9", "k0", "k1", "gp", "sp", "s8", "ra"};

}  // namespace

std::string_view register_row(std::string_view raw) {
    const std::string_view text = trimmed(raw);
    if (text.size() < 6) return {};
    if (is_mips_row(text)) return text.starts_with("$") && is_octeon_row(text) ? "mips64" : "mips";
    if (is_ppc_row(text)) return "ppc";
    if (text.starts_with("Krnl GPRS:")) return "s390x";
    const auto pairs = named_values(text.substr(0, 40));
    if (!pairs.empty()) {
        const auto whole = named_values(text);
        const std::string_view arch = layout_of(whole.front(), whole.size());
        if (!arch.empty()) return arch;
        return {};
    }
    if (text[0] != '<' && is_octeon_row(text)) return "mips64";
    const auto bare = bare_values(text);
    const bool all = bare.size() == 4 && std::all_of(bare.begin(), bare.end(), [](const auto& v) {
                         return v.readable && v.digits == 16;
                     });
    return all ? "?" : std::string_view{};
}

bool RegisterBlock::claims(std::string_view arch) {
    if (report_.arch.empty()) report_.arch = arch;
    return report_.arch == arch;
}

void RegisterBlock::set(const std::string& name, uint64_t value) {
    report_.registers.emplace(name, value);
}

void RegisterBlock::read(std::string_view raw) {
    const std::string_view text = trimmed(raw);
    const std::string_view layout = register_row(text);
    if (layout.empty() || user_) return;
    const unsigned s390_next = s390_next_;
    s390_next_ = 16;
    if (layout == "?") {
        if (s390_next < 16) {
            s390_next_ = s390_next;
            read_s390(text);
        }
    } else if (layout == "x86_64" || layout == "i386") {
        read_x86(text, layout);
    } else if (layout == "mips") {
        text[0] == '$' ? read_mips(text) : read_mips_special(text);
    } else if (layout == "mips64") {
        read_octeon(text);
    } else if (layout == "ppc") {
        read_ppc(text);
    } else if (layout == "s390x") {
        s390_next_ = 0;
        read_s390(text.substr(std::string_view("Krnl GPRS:").size()));
    } else {
        read_named(text, layout);
    }
}

// A label's register, or "" for what is none. Control and debug registers are status.
void RegisterBlock::read_x86(std::string_view text, std::string_view arch) {
    if (!claims(arch)) return;
    const size_t digits = arch == "i386" ? 8 : 16;
    // "RSP: 0018:ffffc90000013e10 EFLAGS: 00010246"
    if (text.starts_with("RSP: ")) {
        Scan scan(text.substr(5));
        const auto selector = scan.hex(4, 4);
        if (selector && scan.skip(":")) set("ss", *selector);
        if (const auto value = scan.hex(16, 16)) set("rsp", *value);
        if (const auto flags = register_after(text, "EFLAGS:")) set("rflags", *flags);
        return;
    }
    for (const NamedValue& pair : named_values(text)) {
        std::string name = lower(pair.name);
        if (name == "r08" || name == "r09") name.erase(1, 1);
        const bool segment = name.size() == 2 && name[1] == 's';
        if (name == "fs" && arch == "x86_64") name = "fs_base";
        if (name == "gs" && arch == "x86_64") name = "gs_base";
        const bool control = name.starts_with("cr") || name.starts_with("dr") || name == "pkru" ||
                             name == "knlgs" || name == "orig_rax";
        const bool right = segment && name[1] == 's' ? pair.digits >= 4 : pair.digits == digits;
        if (!pair.readable || (!right && name != "pkru" && name != "eflags")) {
            report_.damage.push_back("the value of " + name + " is not readable");
            continue;
        }
        if (control) {
            report_.status.emplace(name, pair.value);
        } else {
            set(name, pair.value);
        }
    }
}

void RegisterBlock::read_named(std::string_view text, std::string_view arch) {
    if (!claims(arch)) return;
    const size_t digits = arch == "arm" ? 8 : 16;
    for (const NamedValue& pair : named_values(text)) {
        const std::string name(pair.name);
        if (name == "status" || name == "cause" || name == "badaddr" || name == "pstate") {
            if (!pair.readable) continue;
            report_.status.emplace(name, pair.value);
            if (name == "badaddr" && !report_.fault_address) report_.fault_address = pair.value;
            continue;
        }
        const bool known = arch != "riscv64" || name != "orig_a0";
        if (!pair.readable || pair.digits != digits) {
            report_.damage.push_back("the value of " + escaped(name) + " is not readable");
        } else if (known) {
            set(name, pair.value);
        }
    }
}

void RegisterBlock::read_mips(std::string_view text) {
    if (is_octeon_row(text)) return read_octeon(text);
    Scan scan(text);
    scan.skip("$");
    scan.blanks();
    auto number = scan.decimal();
    scan.blanks();
    if (!number || *number > 31 || !scan.skip(":")) return;
    for (const NamedValue& value : bare_values(scan.rest())) {
        if (*number > 31) return;
        // $26 and $27 are not printed: blanks stand for them, and the row ends there.
        if (!value.readable) {
            report_.damage.push_back("the value of $" + std::to_string(*number) +
                                     " is not readable");
        } else {
            const bool wide = value.digits == 16;
            if (!claims(wide ? "mips64" : "mips")) return;
            set(std::string(wide ? kMips64[*number] : kMips32[*number]), value.value);
        }
        ++*number;
    }
}

void RegisterBlock::read_mips_special(std::string_view text) {
    Scan scan(text);
    const auto label = scan.until(":");
    if (!label) return;
    const std::string name = lower(trimmed(*label));
    scan.blanks();
    auto value = scan.hex(16, 16);
    if (!value) value = scan.hex(8, 8);
    if (!value) return;
    if (name == "hi" || name == "lo") {
        set(name, *value);
    } else if (name == "badva") {
        report_.status.emplace("badva", *value);
        report_.fault_address = *value;
    } else if (name == "status" || name == "cause" || name == "prid") {
        report_.status.emplace(name, *value);
        if (name == "cause") report_.in_delay_slot = (*value & 0x80000000U) != 0;
        if (name == "prid" && report_.hardware.empty()) {
            report_.hardware = std::string(between(text, "(", ")").value_or(""));
        }
    }
}

// "$0 0x0000000000000000 at 0xffffffff803471bc": Octeon's dump by its watchdog.
void RegisterBlock::read_octeon(std::string_view text) {
    if (!claims("mips64")) return;
    Scan scan(text);
    while (!scan.done()) {
        scan.blanks();
        const std::string_view name = scan.word();
        scan.blanks();
        if (name.empty() || !scan.skip("0x")) return;
        const auto value = scan.hex(16, 16);
        if (!value) return;
        if (name == "$0") {
            set("zero", *value);
        } else if (one_of(kMips64, name)) {
            set(std::string(name), *value);
        } else if (name == "epc") {
            if (!report_.pc.address) report_.pc.address = *value;
            set("pc", *value);
        } else {
            report_.status.emplace(std::string(name), *value);
        }
    }
}

void RegisterBlock::read_ppc(std::string_view text) {
    if (text.starts_with("GPR")) {
        Scan scan(text.substr(3));
        auto number = scan.decimal();
        if (!number || !scan.skip(":")) return;
        for (const NamedValue& value : bare_values(scan.rest())) {
            if (*number > 31) return;
            if (!claims(value.digits == 16 ? "ppc64" : "ppc")) return;
            if (value.readable) set("r" + std::to_string(*number), value.value);
            ++*number;
        }
        return;
    }
    for (const std::string_view label : {"MSR", "CFAR", "DAR", "DSISR", "TRAP", "IRQMASK", "CR",
                                         "XER", "CTR", "LR", "NIP", "DEAR", "ESR"}) {
        const std::string with_colon = std::string(label) + ":";
        const size_t at = text.find(with_colon);
        if (at == std::string_view::npos || (at > 0 && text[at - 1] != ' ')) continue;
        const bool is_register = label == "LR" || label == "CTR" || label == "XER" ||
                                 label == "NIP" || label == "DAR" || label == "MSR";
        const auto value = is_register ? register_after(text.substr(at), with_colon)
                                       : hex_after(text.substr(at), with_colon);
        if (!value) continue;
        if (label == "LR" || label == "CTR" || label == "XER") {
            set(lower(label), *value);
        } else if (label == "NIP") {
            if (!report_.pc.address) report_.pc.address = *value;
            pc_ = true;
        } else {
            report_.status.emplace(lower(label), *value);
        }
        if (label == "DAR" && !report_.fault_address) report_.fault_address = *value;
    }
    if (text.starts_with("MSR:")) report_.big_endian = text.find(",LE>") == std::string_view::npos;
}

void RegisterBlock::read_s390(std::string_view text) {
    if (!claims("s390x")) return;
    if (s390_next_ == 0) s390_values_.clear();
    for (const NamedValue& value : bare_values(text)) {
        if (s390_next_ > 15) return;
        s390_values_.push_back(value.readable && value.digits == 16 ? std::optional(value.value)
                                                                    : std::nullopt);
        ++s390_next_;
    }
    // Only the first row has a label: with one of the others lost, the rest is other registers.
    const bool first_row = s390_next_ == 4;
    if (!first_row && s390_values_.size() != 16) return;
    for (size_t i = first_row ? 0 : 4; i < s390_values_.size(); ++i) {
        const std::string name = "r" + std::to_string(i);
        if (s390_values_[i]) {
            set(name, *s390_values_[i]);
        } else {
            report_.damage.push_back("the value of " + name + " is not readable");
        }
    }
}

}  // namespace knowhy::oops
