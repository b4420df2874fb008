#include "model/oops_identity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string_view>

namespace knowhy::model {
namespace {

constexpr size_t kTelling = 3;  // functions in a signature

std::string detail(const OopsReport& report, const std::string& name) {
    const auto found = report.details.find(name);
    return found == report.details.end() ? "" : found->second;
}

// "in f", or nothing.
std::string in_function(const OopsReport& report) {
    const std::string function = oops_function(report);
    return function.empty() ? "" : " in " + function;
}

std::string access_word(OopsAccess access) {
    if (access == OopsAccess::Read) return " Read";
    return access == OopsAccess::Write ? " Write" : "";
}

// Without numbers and addresses, which differ every time.
std::string without_numbers(const std::string& text) {
    std::string out;
    for (size_t i = 0; i < text.size();) {
        const bool number = text[i] >= '0' && text[i] <= '9';
        const bool word = i > 0 && (std::isalnum(static_cast<unsigned char>(text[i - 1])) != 0 ||
                                    text[i - 1] == '_' || text[i - 1] == '-');
        if (!number || word) {
            out += text[i++];
            continue;
        }
        while (i < text.size() && std::isxdigit(static_cast<unsigned char>(text[i])) != 0) ++i;
        if (i < text.size() && text[i] == 'x') {
            ++i;
            while (i < text.size() && std::isxdigit(static_cast<unsigned char>(text[i])) != 0) ++i;
        }
        out += 'N';
    }
    return out;
}

std::string sanitizer_title(const OopsReport& report) {
    const std::string what = detail(report, "sanitizer");
    switch (report.kind) {
        case OopsKind::Kasan:
            return "KASAN: " + what + access_word(report.access) + in_function(report);
        case OopsKind::Kfence:
            return "KFENCE: " + what + in_function(report);
        case OopsKind::Kmsan:
            return "KMSAN: " + what + in_function(report);
        case OopsKind::Kcsan: {
            const std::string functions = detail(report, "functions");
            return "KCSAN: " + what + (functions.empty() ? "" : " in " + functions);
        }
        default:
            return "UBSAN: " + what + in_function(report);
    }
}

std::string bug_title(const OopsReport& report) {
    const bool at_line = report.details.contains("bug_file");
    if (at_line || report.headline.starts_with("kernel BUG") ||
        report.headline.starts_with("Kernel BUG") || report.headline.starts_with("Internal")) {
        return "kernel BUG" + in_function(report);
    }
    return without_numbers(report.headline.substr(0, 80)) + in_function(report);
}

// "WARNING: possible circular locking dependency detected" -> syzkaller's short names.
std::string lockdep_title(const OopsReport& report) {
    const std::string& text = report.headline;
    const auto has = [&](std::string_view words) { return text.find(words) != std::string::npos; };
    if (has("circular locking") || has("recursive locking") || has("lock inversion") ||
        has("lock order")) {
        return "possible deadlock" + in_function(report);
    }
    if (has("inconsistent lock state")) return "inconsistent lock state" + in_function(report);
    if (has("suspicious RCU usage")) return "WARNING: suspicious RCU usage" + in_function(report);
    if (has("bad unlock balance")) return "WARNING: bad unlock balance" + in_function(report);
    return without_numbers(text.substr(0, 80)) + in_function(report);
}

std::string panic_title(const OopsReport& report) {
    std::string why = without_numbers(detail(report, "panic"));
    return "kernel panic" + (why.empty() ? in_function(report) : ": " + why.substr(0, 80));
}

// The trap's own name: "Internal error: Oops - undefined instruction: 0 [#1]".
std::string other_title(const OopsReport& report) {
    if (report.headline.find(" cut here ") != std::string::npos)
        return "a report whose headline is lost" + in_function(report);
    const size_t mark = report.headline.find("[#");
    std::string words = report.headline.substr(0, mark);
    while (!words.empty() && (words.back() == ' ' || words.back() == ':')) words.pop_back();
    return without_numbers(words.substr(0, 80)) + in_function(report);
}

// "sh invoked oom-killer: gfp_mask=...", "sh: page allocation failure: order:4..."
std::string not_a_crash_title(const OopsReport& report) {
    constexpr std::string_view kAllocation = "page allocation failure";
    if (report.headline.find(kAllocation) != std::string::npos) return std::string(kAllocation);
    return without_numbers(report.headline.substr(0, report.headline.find(": ")));
}

std::string symbol_words(const OopsSymbol& symbol) {
    std::string words = symbol.name.empty() ? "?" : symbol.name;
    if (symbol.offset != 0) words += fmt::format("+{:#x}", symbol.offset);
    return words;
}

}  // namespace

std::string oops_title(const OopsReport& report) {
    switch (report.kind) {
        case OopsKind::NullDereference:
            return "BUG: unable to handle kernel NULL pointer dereference" + in_function(report);
        case OopsKind::PagingRequest:
            return "BUG: unable to handle kernel paging request" + in_function(report);
        case OopsKind::GeneralProtection:
            return "general protection fault" + in_function(report);
        case OopsKind::AlignmentFault:
            return "alignment fault" + in_function(report);
        case OopsKind::BusError:
            return "bus error" + in_function(report);
        case OopsKind::InvalidOpcode:
            return "invalid opcode" + in_function(report);
        case OopsKind::Bug:
            return bug_title(report);
        case OopsKind::Warning:
            return "WARNING" + in_function(report);
        case OopsKind::DivideError:
            return "divide error" + in_function(report);
        case OopsKind::StackOverflow:
            return detail(report, "panic").starts_with("stack-protector")
                       ? "kernel panic: stack is corrupted" + in_function(report)
                       : "kernel stack overflow" + in_function(report);
        case OopsKind::DoubleFault:
            return "double fault" + in_function(report);
        case OopsKind::Kasan:
        case OopsKind::Kfence:
        case OopsKind::Kmsan:
        case OopsKind::Kcsan:
        case OopsKind::Ubsan:
            return sanitizer_title(report);
        case OopsKind::Refcount:
            return "WARNING: refcount bug" + in_function(report);
        case OopsKind::ListCorruption:
            return "BUG: corrupted list" + in_function(report);
        case OopsKind::Lockdep:
            return lockdep_title(report);
        case OopsKind::RcuStall:
            return "INFO: rcu detected stall" + in_function(report);
        case OopsKind::SoftLockup:
            return "BUG: soft lockup" + in_function(report);
        case OopsKind::HardLockup:
            return "watchdog: hard LOCKUP" + in_function(report);
        case OopsKind::HungTask:
            return "INFO: task hung" + in_function(report);
        case OopsKind::SchedulingWhileAtomic:
            return "BUG: scheduling while atomic" + in_function(report);
        case OopsKind::SleepingInvalid:
            return "BUG: sleeping function called from invalid context" + in_function(report);
        case OopsKind::Watchdog:
            return "a CPU's state, as the watchdog dumped it" + in_function(report);
        case OopsKind::Panic:
            return panic_title(report);
        case OopsKind::NotACrash:
            return not_a_crash_title(report);
        case OopsKind::Unknown:
        case OopsKind::OtherCrash:
            break;
    }
    return other_title(report);
}

std::string oops_signature(const OopsReport& report) {
    std::string identity(name_of(report.kind));
    identity += '|' + detail(report, "sanitizer") + '|';
    // A fault is the same whether it was told as NULL or as another address near it: by kind alone.
    for (const std::string& function : telling_functions(report, kTelling)) {
        identity += function + '|';
    }
    if (report.pc.name.empty() && report.trace.empty())
        identity += without_numbers(report.headline);
    if (report.kind == OopsKind::Panic) identity += without_numbers(detail(report, "panic"));
    uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
    for (const char c : identity) {
        hash ^= static_cast<uint8_t>(c);
        hash *= 0x100000001b3U;
    }
    return fmt::format("{:016x}", hash);
}

OopsDifference compare(const OopsReport& one, const OopsReport& other) {
    OopsDifference found;
    found.same = oops_signature(one) == oops_signature(other);
    const auto part = [&](std::string_view what, const std::string& a, const std::string& b) {
        if (a == b) return;
        found.parts.push_back(fmt::format("{}: {} here, {} there", what, a.empty() ? "none" : a,
                                          b.empty() ? "none" : b));
    };
    part("kind", std::string(name_of(one.kind)), std::string(name_of(other.kind)));
    part("what the sanitizer found", detail(one, "sanitizer"), detail(other, "sanitizer"));
    part("architecture", one.arch, other.arch);
    part("kernel", one.release, other.release);
    part("place", symbol_words(one.pc), symbol_words(other.pc));
    const auto mine = telling_functions(one, SIZE_MAX);
    const auto theirs = telling_functions(other, SIZE_MAX);
    const auto [a, b] = std::mismatch(mine.begin(), mine.end(), theirs.begin(), theirs.end());
    if (a != mine.end() || b != theirs.end()) {
        const auto depth = a - mine.begin();
        const std::string before =
            depth == 0 ? "the traces part at once" : "the traces part after " + mine[depth - 1];
        part(before, a == mine.end() ? "the end" : *a, b == theirs.end() ? "the end" : *b);
    }
    const auto address = [](const OopsReport& report) {
        return report.fault_address ? fmt::format("{:#x}", *report.fault_address) : std::string();
    };
    part("address", address(one), address(other));
    return found;
}

}  // namespace knowhy::model
