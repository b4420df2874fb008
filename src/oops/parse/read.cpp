#include "oops/parse/read.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/text.h"
#include "oops/parse/causes.h"
#include "oops/parse/facts.h"
#include "oops/parse/registers.h"
#include "oops/parse/scan.h"
#include "oops/parse/trace.h"

namespace knowhy::oops {
namespace {

using Kind = model::OopsKind;

struct Hint {
    std::string_view symbol;
    std::string_view arch;
};

// Functions at the bottom of a stack that only one architecture has.
constexpr Hint kHints[] = {
    {"entry_SYSCALL_64_after_hwframe", "x86_64"},
    {"entry_SYSCALL_64_fastpath", "x86_64"},
    {"ret_from_fork_asm", "x86_64"},
    {"secondary_startup_64_no_verify", "x86_64"},
    {"secondary_startup_64", "x86_64"},
    {"x64_sys_call", "x86_64"},
    {"do_int80_syscall_32", "i386"},
    {"entry_INT80_32", "i386"},
    {"el0t_64_sync", "arm64"},
    {"el1h_64_irq", "arm64"},
    {"el0_svc", "arm64"},
    {"el1_irq", "arm64"},
    {"ret_fast_syscall", "arm"},
    {"__irq_svc", "arm"},
    {"plat_irq_dispatch", ""},
    {"system_call_exception", "ppc64"},
    {"do_trap_ecall_u", "riscv64"},
};

constexpr Hint kFlavours[] = {
    {"-amd64", "x86_64"},     {".x86_64", "x86_64"},     {"-686", "i386"},
    {".aarch64", "arm64"},    {"-arm64", "arm64"},       {"-armmp", "arm"},
    {"-riscv64", "riscv64"},  {"-powerpc64le", "ppc64"}, {".ppc64le", "ppc64"},
    {".s390x", "s390x"},      {"-s390x", "s390x"},       {"-octeon", "mips64"},
    {"-5kc-malta", "mips64"}, {"-loongson-3", "mips64"}, {"-4kc-malta", "mips"}};

bool has(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

void guess_arch(model::OopsReport& report) {
    if (!report.arch.empty()) return;
    for (const Hint& hint : kFlavours) {
        if (has(report.release, hint.symbol)) report.arch = hint.arch;
    }
    for (const model::OopsFrame& frame : report.trace) {
        if (!report.arch.empty()) return;
        for (const Hint& hint : kHints) {
            if (frame.symbol.name == hint.symbol) report.arch = hint.arch;
        }
        if (frame.symbol.name.starts_with("__x64_sys_")) report.arch = "x86_64";
        if (frame.symbol.name.starts_with("__arm64_sys_")) report.arch = "arm64";
    }
}

// MIPS runs either way round, and its reports do not say which.
void guess_byte_order(model::OopsReport& report, bool has_code) {
    if (report.arch == "s390x") report.big_endian = true;
    if (!report.arch.starts_with("mips")) return;
    const bool octeon = report.hardware.find("Octeon") != std::string::npos;
    // Debian's own kernels for it are little-endian since Debian 11.
    const bool debian =
        report.release.ends_with("-octeon") || report.release.ends_with("-5kc-malta") ||
        report.release.ends_with("-4kc-malta") || report.release.ends_with("-loongson-3");
    report.big_endian = octeon && !debian;
    if (debian || !has_code) return;
    report.damage.push_back(fmt::format(
        "the text does not say the machine's byte order: {}-endian is taken for its Code words",
        report.big_endian ? "big" : "little"));
}

unsigned bits_of(const std::string& arch) {
    if (arch.empty()) return 0;
    return arch == "i386" || arch == "arm" || arch == "mips" || arch == "ppc" ? 32 : 64;
}

class Reading {
  public:
    explicit Reading(const ReportLines& source)
        : source_(source),
          registers_(report_),
          modules_(report_),
          code_(report_),
          traces_(report_) {}

    model::OopsReport take() {
        report_.kind = source_.kind;
        report_.damage = source_.damage;
        const ReportLine& headline = source_.lines[source_.headline];
        report_.headline = trimmed(headline.text);
        report_.first_line = source_.lines.front().number;
        report_.last_line = source_.lines.back().number;
        report_.at = source_.lines.front().at;
        find_message();
        read_headline(report_.headline, report_);
        if (headline.partial) report_.fault_address.reset();
        for (size_t i = 0; i < source_.lines.size(); ++i) read_line(i);
        conclude();
        return std::move(report_);
    }

  private:
    // What a warning says above its headline, between "cut here" and it.
    void find_message() {
        if (source_.headline == 0 || report_.kind != Kind::Warning) return;
        const ReportLine& before = source_.lines[source_.headline - 1];
        if (before.headline == nullptr && before.section == Section::Other) {
            report_.details.emplace("message", trimmed(before.text));
        }
        // Kernels of 2.6 say it below.
        for (size_t i = source_.headline + 1; i < source_.lines.size(); ++i) {
            const ReportLine& after = source_.lines[i];
            if (after.section == Section::Modules || after.section == Section::Cpu) return;
            if (after.section == Section::Other && after.headline == nullptr && !after.partial) {
                report_.details.emplace("message", trimmed(after.text));
                return;
            }
        }
    }

    void read_line(size_t index) {
        const ReportLine& line = source_.lines[index];
        if (line.headline != nullptr && index != source_.headline) {
            if (line.headline->role == Headline::Role::Panic) note_panic(line.text);
            if (line.headline->role == Headline::Role::Die) read_die_line(line);
            if (line.headline->kind == Kind::Bug || line.headline->kind == Kind::Warning) {
                read_bug_line(line);
            }
        }
        if (line.partial && !is_whole_in_itself(line.section)) return;
        read_cause(line.text, report_);
        if (over_) return;
        if (index > source_.headline && modules_.go_on(line.text)) return;
        if (code_.go_on(line.text)) return;
        traces_.read(line.text, line.section, line.number);
        read_section(line);
    }

    // Where half a line is still true, as far as it goes.
    static bool is_whole_in_itself(Section section) {
        return section == Section::Modules || section == Section::End || section == Section::Mark ||
               section == Section::TraceStart || section == Section::Gone;
    }

    void read_section(const ReportLine& line) {
        const bool x86 = report_.arch == "x86_64" || report_.arch == "i386";
        // After the stack come the user's registers, or the same once more.
        const bool open = report_.trace.empty() || (x86 && report_.registers.empty());
        switch (line.section) {
            case Section::Cpu:
                notice_second(line.text);
                return read_cpu_line(line.text, report_);
            case Section::Hardware:
                if (report_.hardware.empty() && line.text.find("Hardware name: ") < 8) {
                    report_.hardware = *between(line.text, "Hardware name: ", "");
                }
                return;
            case Section::Pc:
                user_ = user_side(line.text);
                if (open || user_) registers_.read_pc(line.text);
                return;
            case Section::Registers:
                if (open) registers_.read(line.text);
                notice_second_row(line.text);
                return;
            case Section::Stack:
            case Section::Other:
                if (open) registers_.read(line.text);
                return;
            case Section::Code:
                if (!user_) code_.begin(trimmed(line.text));
                return;
            case Section::Modules:
                return modules_.begin(trimmed(line.text));
            case Section::End:
                over_ = true;
                return;
            default:
                return;
        }
    }

    static bool user_side(std::string_view text) {
        return text.find("RIP: 0033:") != std::string_view::npos ||
               text.find("RIP: 0023:") != std::string_view::npos ||
               text.find("EIP: 0073:") != std::string_view::npos ||
               text.find("User PSW") != std::string_view::npos;
    }

    void note_panic(std::string_view text) {
        report_.panicked = true;
        if (const auto why = between(text, "not syncing: ", "")) {
            report_.details.emplace("panic", trimmed(*why));
        }
        // What a panic prints is its own, where the report has a stack.
        if (!report_.trace.empty()) over_ = true;
    }

    void read_die_line(const ReportLine& line) {
        model::OopsReport die;
        die.kind = Kind::OtherCrash;
        die.arch = report_.arch;
        read_headline(trimmed(line.text), die);
        report_.status.merge(die.status);
        report_.details.merge(die.details);
        if (report_.arch.empty()) report_.arch = die.arch;
        if (!report_.fault_address) report_.fault_address = die.fault_address;
    }

    void read_bug_line(const ReportLine& line) {
        model::OopsReport found;
        found.kind = line.headline->kind;
        read_headline(trimmed(line.text), found);
        report_.details.merge(found.details);
        if (report_.pc.name.empty()) report_.pc = found.pc;
        if (!report_.cpu) report_.cpu = found.cpu;
        if (!report_.pid) report_.pid = found.pid;
    }

    // Two CPUs that print at once, in a log that does not say which line is whose.
    void notice_second(std::string_view text) {
        const auto pid = decimal_after(text, "PID:");
        const auto cpu = decimal_after(text, "CPU:");
        if (!source_.crossed || !pid || !cpu) return;
        const std::pair who(*cpu, *pid);
        if (first_task_ && *first_task_ != who) mixed_ = true;
        if (!first_task_) first_task_ = who;
    }

    // The same registers once more before the end, with other values.
    void notice_second_row(const std::string& text) {
        if (!source_.crossed || user_ || over_) return;
        const std::string label = text.substr(0, text.find(':'));
        const auto [known, fresh] = rows_.emplace(label, text);
        if (!fresh && known->second != text) mixed_ = true;
    }

    void conclude() {
        traces_.finish();
        guess_arch(report_);
        guess_byte_order(report_, code_.begun());
        report_.bits = bits_of(report_.arch);
        if (report_.pc.address && !report_.registers.empty()) {
            if (report_.arch == "x86_64") report_.registers.emplace("rip", *report_.pc.address);
            if (report_.arch == "i386") report_.registers.emplace("eip", *report_.pc.address);
        }
        code_.finish();
        conclude_cause(report_);
        if (report_.kind == Kind::Panic) {
            report_.panicked = true;
            if (const auto why = between(report_.headline, "not syncing: ", "")) {
                report_.details.emplace("panic", trimmed(*why));
                if (why->starts_with("stack-protector:")) report_.kind = Kind::StackOverflow;
                if (why->starts_with("kernel stack overflow")) report_.kind = Kind::StackOverflow;
            }
        }
        if (mixed_) {
            report_.registers.clear();
            report_.code = {};
            report_.damage.emplace_back(
                "two CPUs' lines are mixed, and the log does not say which is whose: registers and "
                "code are left out");
        }
        tell_missing();
        unique_damage();
    }

    void tell_missing() {
        const bool fault = report_.kind == Kind::NullDereference ||
                           report_.kind == Kind::PagingRequest ||
                           report_.kind == Kind::GeneralProtection;
        if (!fault || mixed_) return;
        const std::string_view where =
            source_.at_end_of_text ? "the text ends before " : "the report has no ";
        if (report_.registers.empty()) {
            report_.damage.push_back(std::string(where) + "registers");
        } else if (report_.trace.empty()) {
            report_.damage.push_back(std::string(where) + "call trace");
        } else if (report_.code.bytes.empty() && !report_.code.unreadable) {
            report_.damage.push_back(std::string(where) + "Code line");
        }
    }

    void unique_damage() {
        std::set<std::string> seen;
        std::vector<std::string> once;
        for (auto& words : report_.damage) {
            if (seen.insert(words).second) once.push_back(std::move(words));
        }
        if (once.size() > 12) once.resize(12);
        report_.damage = std::move(once);
    }

    const ReportLines& source_;
    model::OopsReport report_;
    RegisterBlock registers_;
    ModuleList modules_;
    CodeBytes code_;
    Traces traces_;
    std::optional<std::pair<uint64_t, uint64_t>> first_task_;  // CPU and pid
    std::map<std::string, std::string> rows_;                  // of registers, by the first label
    bool user_ = false;
    bool over_ = false;  // after the end marker: the same once more
    bool mixed_ = false;
};

}  // namespace

model::OopsReport read_report(const ReportLines& lines) {
    if (lines.lines.empty() || lines.headline >= lines.lines.size()) return {};
    return Reading(lines).take();
}

}  // namespace knowhy::oops
