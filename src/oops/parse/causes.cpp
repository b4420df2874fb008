#include "oops/parse/causes.h"

#include <algorithm>

#include "base/text.h"
#include "oops/parse/scan.h"
#include "oops/parse/symbol.h"

namespace knowhy::oops {
namespace {

using Access = model::OopsAccess;
using Kind = model::OopsKind;

constexpr uint64_t kFirstPage = 4096;

void set_address(model::OopsReport& report, std::optional<uint64_t> address) {
    if (address && !report.fault_address) report.fault_address = address;
}

void set_detail(model::OopsReport& report, const std::string& name,
                std::optional<std::string_view> value) {
    if (value && !trimmed(*value).empty()) report.details.emplace(name, trimmed(*value));
}

void set_access(model::OopsReport& report, Access access) {
    if (report.access == Access::Unknown) report.access = access;
}

// The symbol after " in " or " at ": where a sanitizer or a warning found what it tells.
void set_place(std::string_view text, std::string_view before, model::OopsReport& report) {
    const auto after = between(text, before, "");
    if (!after || !report.pc.name.empty()) return;
    Scan scan(*after);
    scan.blanks();
    if (auto symbol = take_place(scan); symbol && !symbol->name.empty()) report.pc = *symbol;
}

// "file.c:123"
void set_file(std::string_view word, model::OopsReport& report) {
    word = trimmed(word);
    while (word.ends_with('!')) word.remove_suffix(1);
    const size_t colon = word.find(':');
    if (colon == std::string_view::npos) return;
    const auto line = parse_u64(word.substr(colon + 1, word.find(':', colon + 1) - colon - 1));
    if (!line) return;
    set_detail(report, "bug_file", word.substr(0, colon));
    set_detail(report, "bug_line", std::to_string(*line));
}

void read_fault_headline(std::string_view text, model::OopsReport& report) {
    for (const std::string_view label :
         {"virtual address ", "address: ", "dereference at ", "request at ", "at 0x", "access at ",
          "data at address "}) {
        const auto address = hex_after(text, label);
        if (!address) continue;
        set_address(report, address);
        break;
    }
    for (const auto& [words, access] :
         {std::pair{" when read", Access::Read}, std::pair{" when write", Access::Write},
          std::pair{" when execute", Access::Execute}, std::pair{" on read", Access::Read},
          std::pair{" on write", Access::Write}, std::pair{"instruction fetch", Access::Execute},
          std::pair{"kernel execut", Access::Execute}, std::pair{"kernel write to", Access::Write},
          std::pair{"kernel read from", Access::Read}}) {
        if (text.find(words) != std::string_view::npos) set_access(report, access);
    }
    if (text.starts_with("CPU ")) {
        if (const auto cpu = decimal_after(text, "CPU ")) report.cpu = static_cast<uint32_t>(*cpu);
        if (const auto epc = hex_after(text, "epc == ")) report.pc.address = epc;
        if (const auto ra = hex_after(text, "ra == ")) report.caller.address = ra;
    }
}

void read_warning(std::string_view text, model::OopsReport& report) {
    if (const auto cpu = decimal_after(text, "WARNING: CPU: ")) {
        report.cpu = static_cast<uint32_t>(*cpu);
    }
    if (const auto pid = decimal_after(text, "PID: ")) report.pid = static_cast<int64_t>(*pid);
    // "... at FILE:LINE f+0x1/0x2", since 6.18 "WARNING: FILE:LINE at f+0x1/0x2, CPU#0: x/1".
    const auto after = between(text, " at ", "");
    if (!after) return;
    const std::string_view first = after->substr(0, after->find(' '));
    if (first.find("+0x") == std::string_view::npos) {
        set_file(first, report);
        Scan scan(after->substr(first.size()));
        scan.blanks();
        if (auto symbol = take_symbol(scan)) report.pc = std::move(*symbol);
    } else {
        set_place(text, " at ", report);
        if (const auto where = between(text, "WARNING: ", " at ")) set_file(*where, report);
        if (const auto cpu = decimal_after(text, "CPU#")) report.cpu = static_cast<uint32_t>(*cpu);
        if (const auto task = between(text, ": ", "")) {
            const auto last = text.substr(text.rfind(' ') + 1);
            const size_t slash = last.rfind('/');
            if (slash != std::string_view::npos && text.find("CPU#") != std::string_view::npos) {
                report.comm = last.substr(0, slash);
                if (const auto pid = parse_i64(last.substr(slash + 1))) report.pid = pid;
            }
        }
    }
}

void read_sanitizer(std::string_view text, model::OopsReport& report) {
    const std::string_view tail = between(text.substr(std::min<size_t>(text.size(), 5)), ": ", "")
                                      .value_or(text);  // behind "BUG: KASAN: "
    if (report.kind == Kind::Ubsan) {
        set_detail(report, "sanitizer", between(text, "UBSAN: ", " in "));
        if (const auto where = between(text, " in ", "")) set_file(*where, report);
        return;
    }
    set_detail(report, "sanitizer", tail.substr(0, tail.find(" in ")));
    if (report.kind == Kind::Kcsan) {
        if (const auto names = between(text, " in ", "")) set_detail(report, "functions", *names);
        return;
    }
    set_place(text, " in ", report);
    if (report.kind == Kind::Kasan) set_address(report, hex_after(text, " at addr "));
    if (report.kind == Kind::Kmsan) {
        const auto words = split_whitespace(text);
        if (!words.empty()) set_file(words.back(), report);
    }
    if (report.kind == Kind::Kfence) {
        if (tail.find(" read in") != std::string_view::npos) set_access(report, Access::Read);
        if (tail.find(" write in") != std::string_view::npos) set_access(report, Access::Write);
    }
}

// "INFO: task kworker/0:1:42 blocked for more than 120 seconds."
void read_hung(std::string_view text, model::OopsReport& report) {
    const auto task = between(text, "INFO: task ", " blocked for more than ");
    if (!task) return;
    const size_t colon = task->rfind(':');
    if (colon != std::string_view::npos) {
        report.comm = task->substr(0, colon);
        if (const auto pid = parse_i64(task->substr(colon + 1))) report.pid = pid;
    }
    if (const auto s = decimal_after(text, " more than ")) {
        set_detail(report, "stuck_seconds", std::to_string(*s));
    }
}

void read_lockup(std::string_view text, model::OopsReport& report) {
    for (const std::string_view label : {"CPU#", " on cpu ", "CPU "}) {
        if (const auto cpu = decimal_after(text, label)) {
            report.cpu = static_cast<uint32_t>(*cpu);
            break;
        }
    }
    if (const auto core = hex_after(text, " on Core ")) report.cpu = static_cast<uint32_t>(*core);
    if (const auto s = decimal_after(text, "stuck for ")) {
        set_detail(report, "stuck_seconds", std::to_string(*s));
    }
    if (const auto task = between(text, "! [", "]")) {
        const size_t colon = task->rfind(':');
        report.comm = task->substr(0, colon);
        if (colon != std::string_view::npos) report.pid = parse_i64(task->substr(colon + 1));
    }
}

// "BUG: scheduling while atomic: swapper/0/1/0x00000002"
void read_scheduling(std::string_view text, model::OopsReport& report) {
    const auto task = between(text, "atomic: ", "");
    if (!task) return;
    const auto parts = split(*task, '/');
    if (parts.size() < 3) return;
    report.pid = parse_i64(parts[parts.size() - 2]);
    const size_t tail = parts[parts.size() - 2].size() + parts.back().size() + 2;
    report.comm = task->substr(0, task->size() - tail);
    set_detail(report, "preempt_count", parts.back());
}

// "Oops: 0002 [#1] SMP", "Internal error: Oops: 96000005 [#1]", "Oops: 0004 ilc:3 [#1]"
void read_die(std::string_view text, model::OopsReport& report) {
    const size_t mark = text.find("[#");
    if (mark == std::string_view::npos) return;
    if (const auto count = decimal_after(text, "[#")) {
        set_detail(report, "oops_number", std::to_string(*count));
    }
    std::string_view before = trimmed(text.substr(0, mark));
    if (const size_t ilc = before.find(" ilc:"); ilc != std::string_view::npos) {
        before = before.substr(0, ilc);
        if (report.arch.empty()) report.arch = "s390x";
    }
    const size_t space = before.find_last_of(' ');
    const auto code = parse_u64(before.substr(space == std::string_view::npos ? 0 : space + 1), 16);
    if (!code) return;
    const bool arm = text.starts_with("Internal error:");
    report.status.emplace(arm ? "esr" : "error_code", *code);
}

// The access of a general protection fault, as the kernel guesses it.
void read_protection(std::string_view text, model::OopsReport& report) {
    if (const auto address = hex_after(text, "address 0x")) {
        report.fault_address = address;
        report.fault_address_guessed = true;
    }
}

void read_kasan_line(std::string_view text, model::OopsReport& report) {
    for (const auto& [words, access] :
         {std::pair{"Read of size ", Access::Read}, std::pair{"Write of size ", Access::Write}}) {
        const auto size = decimal_after(text, words);
        if (!size) continue;
        set_access(report, access);
        set_detail(report, "access_size", std::to_string(*size));
    }
    if (!text.starts_with("Read of") && !text.starts_with("Write of") &&
        !text.starts_with("Free of")) {
        return;
    }
    set_address(report, hex_after(text, " addr "));
    const auto task = between(text, "by task ", "");
    if (!task) return;
    const size_t slash = task->rfind('/');
    if (slash == std::string_view::npos) return;
    if (report.comm.empty()) report.comm = task->substr(0, slash);
    if (!report.pid) report.pid = parse_i64(task->substr(slash + 1));
}

void read_object(std::string_view text, model::OopsReport& report) {
    if (text.starts_with("The buggy address belongs to the object at ")) {
        set_detail(report, "object", between(text, "object at ", ""));
    } else if (text.starts_with("which belongs to the cache ")) {
        set_detail(report, "object_cache", between(text, "cache ", " of size"));
        set_detail(report, "object_size", between(text, "of size ", ""));
    } else if (text.starts_with("The buggy address is located ")) {
        const auto offset = decimal_after(text, "is located ");
        const bool right = text.find(" to the right of") != std::string_view::npos;
        if (offset) {
            set_detail(report, right ? "beyond_object" : "object_offset", std::to_string(*offset));
        }
    } else if (text.starts_with("The buggy address belongs to the variable")) {
        set_detail(report, "object", "a variable");
    } else if (text.starts_with("kfence-#")) {
        set_detail(report, "object_size", between(text, "size=", ","));
        set_detail(report, "object_cache", between(text, "cache=", ""));
    }
}

void read_kfence_line(std::string_view text, model::OopsReport& report) {
    if (report.kind != Kind::Kfence) return;
    if (text.starts_with("Use-after-free ") || text.starts_with("Out-of-bounds ") ||
        text.starts_with("Invalid ") || text.starts_with("Corrupted memory")) {
        set_address(report, hex_after(text, " at 0x"));
    }
}

void read_arm64_line(std::string_view text, model::OopsReport& report) {
    if (const auto esr = text.starts_with("ESR") ? hex_after(text, "0x") : std::nullopt) {
        report.status["esr"] = *esr;
        if (report.arch.empty()) report.arch = "arm64";
    }
    if (text.starts_with("FAR: ")) set_address(report, hex_after(text, "FAR: "));
}

bool is_fault(Kind kind) {
    return kind == Kind::NullDereference || kind == Kind::PagingRequest ||
           kind == Kind::AlignmentFault || kind == Kind::BusError;
}

}  // namespace

void read_headline(std::string_view text, model::OopsReport& report) {
    switch (report.kind) {
        case Kind::Kasan:
        case Kind::Kfence:
        case Kind::Kmsan:
        case Kind::Kcsan:
        case Kind::Ubsan:
            return read_sanitizer(text, report);
        case Kind::Warning:
            return read_warning(text, report);
        case Kind::HungTask:
            return read_hung(text, report);
        case Kind::SoftLockup:
        case Kind::HardLockup:
        case Kind::Watchdog:
            return read_lockup(text, report);
        case Kind::SchedulingWhileAtomic:
            return read_scheduling(text, report);
        case Kind::SleepingInvalid:
            if (const auto where = between(text, "context at ", "")) set_file(*where, report);
            return;
        case Kind::GeneralProtection:
            read_protection(text, report);
            return read_die(text, report);
        case Kind::Bug:
            if (const auto where = between(text, "BUG at ", "")) set_file(*where, report);
            return read_die(text, report);
        default:
            read_fault_headline(text, report);
            return read_die(text, report);
    }
}

void read_cause(std::string_view raw, model::OopsReport& report) {
    const std::string_view text = trimmed(raw);
    read_kasan_line(text, report);
    read_object(text, report);
    read_kfence_line(text, report);
    read_arm64_line(text, report);
    if (text.starts_with("KASAN: ")) set_detail(report, "kasan_range", between(text, "[", "]"));
    if (text.starts_with("KASAN: ")) set_detail(report, "sanitizer", between(text, ": ", " in "));
    if (text.starts_with("CR2: ") && is_fault(report.kind)) {
        set_address(report, hex_after(text, "CR2: "));
    }
    if (text.starts_with("Failing address: ")) {
        set_address(report, hex_after(text, "address: "));
        set_detail(report, "fault_address_granularity", "4096");
        if (const auto teid = hex_after(text, "TEID: ")) report.status["teid"] = *teid;
        if (report.arch.empty()) report.arch = "s390x";
    }
    if (text.starts_with("Faulting instruction address: ")) {
        if (!report.pc.address) report.pc.address = hex_after(text, "address: ");
    }
    if (text.starts_with("LE PAGE_SIZE")) report.big_endian = false;
    if (text.starts_with("BE PAGE_SIZE")) report.big_endian = true;
    if (text.starts_with("kernel tried to execute NX")) set_access(report, Access::Execute);
    if (text.starts_with("Kernel Offset: ")) {
        set_detail(report, "kernel_offset", between(text, "Offset: ", " "));
    }
    if (text.starts_with("refcount_t: ") || text.starts_with("list_")) {
        set_detail(report, "message", text);
    }
    if (report.kind == Kind::Ubsan && (text.starts_with("index ") || text.starts_with("shift ") ||
                                       text.starts_with("load of value "))) {
        set_detail(report, "message", text);
    }
}

void conclude_cause(model::OopsReport& report) {
    if (is_fault(report.kind) || report.kind == Kind::OtherCrash) {
        const Access access = access_by_status(report);
        if (report.access == Access::Unknown) report.access = access;
        // A jump to a bad address reads it as an instruction, whatever the error code could say.
        if (report.fault_address && report.pc.address == report.fault_address) {
            report.access = Access::Execute;
        }
    }
    const auto cr2 = report.status.find("cr2");
    if (is_fault(report.kind) && cr2 != report.status.end()) set_address(report, cr2->second);
    if (report.kind == Kind::PagingRequest && report.fault_address &&
        *report.fault_address < kFirstPage) {
        report.kind = Kind::NullDereference;
    }
}

}  // namespace knowhy::oops
