// Probes at clocks, counters, memory, iterators and signals.
#include <linux/perf_event.h>

#include <csignal>

#include "lang/sema/probe_resolver.h"
#include "lang/sema/text.h"

namespace knowhy::lang {
namespace {

using View = ProbeSite::View;

constexpr uint64_t kSecond = 1'000'000'000;

}  // namespace

// hz:99, s:1, ms:10, us:100, ns:5, or 99hz, 1s.
std::optional<uint64_t> ProbeResolver::period() {
    if (!expect_parts(2, 3)) return std::nullopt;
    std::string unit;
    std::string number;
    if (parts() == 3) {
        unit = part(1);
        number = part(2);
    } else {
        const size_t letters = part(1).find_first_not_of("0123456789_");
        number = part(1).substr(0, letters);
        unit = letters == std::string::npos ? "ns" : part(1).substr(letters);
    }
    std::erase(number, '_');
    const auto value = parse_number(number);
    const struct {
        std::string_view name;
        uint64_t ns;
    } units[] = {{"s", kSecond}, {"ms", 1'000'000},   {"us", 1000},
                 {"ns", 1},      {"m", 60 * kSecond}, {"h", 3600 * kSecond}};
    if (value && *value > 0) {
        if (unit == "hz" && *value <= kSecond) return kSecond / *value;
        for (const auto& known : units)
            if (unit == known.name && *value <= UINT64_MAX / known.ns) return *value * known.ns;
    }
    complain(codes::kProbeForm, point_.span,
             fmt::format("'{}' is no period", point_text(point_, 1)),
             "as in hz:99, s:1, ms:100, us:500, or 1s, 100ms");
    return std::nullopt;
}

void ProbeResolver::profile() {
    if (const auto every = period())
        add(View::Registers, {ProfileAt{*every}, point_text(point_, 0)});
}

void ProbeResolver::interval() {
    if (const auto every = period()) add(View::None, {IntervalAt{*every}, point_text(point_, 0)});
}

void ProbeResolver::software() {
    if (!expect_parts(2, 3)) return;
    const struct {
        std::string_view name;
        std::string_view alias;
        uint32_t config;
        uint64_t count;
    } events[] = {
        {"cpu-clock", "cpu", PERF_COUNT_SW_CPU_CLOCK, 1'000'000},
        {"task-clock", "", PERF_COUNT_SW_TASK_CLOCK, 1'000'000},
        {"page-faults", "faults", PERF_COUNT_SW_PAGE_FAULTS, 100},
        {"context-switches", "cs", PERF_COUNT_SW_CONTEXT_SWITCHES, 1000},
        {"cpu-migrations", "", PERF_COUNT_SW_CPU_MIGRATIONS, 1},
        {"minor-faults", "", PERF_COUNT_SW_PAGE_FAULTS_MIN, 100},
        {"major-faults", "", PERF_COUNT_SW_PAGE_FAULTS_MAJ, 1},
        {"alignment-faults", "", PERF_COUNT_SW_ALIGNMENT_FAULTS, 1},
        {"emulation-faults", "", PERF_COUNT_SW_EMULATION_FAULTS, 1},
        {"dummy", "", PERF_COUNT_SW_DUMMY, 1},
        {"bpf-output", "", PERF_COUNT_SW_BPF_OUTPUT, 1},
    };
    for (const auto& event : events) {
        if (part(1) != event.name && (event.alias.empty() || part(1) != event.alias)) continue;
        const auto count = parts() == 3 ? parse_number(part(2)) : std::optional(event.count);
        if (!count || *count == 0) {
            complain(codes::kProbeForm, span_of(2), fmt::format("'{}' is no count", part(2)),
                     "a sample after so many events, from 1");
            return;
        }
        add(View::Registers, {SoftwareAt{event.config, *count}, point_text(point_, 0)});
        return;
    }
    complain(codes::kProbeForm, span_of(1), fmt::format("no software event '{}'", part(1)),
             "page-faults, context-switches, cpu-clock, cpu-migrations...");
}

void ProbeResolver::hardware() {
    complain(codes::kNotHere, point_.span, "hardware events are not supported",
             "profile:hz:99 samples every CPU; software:cpu-clock counts time");
}

void ProbeResolver::watchpoint() {
    if (!expect_parts(4, 4)) return;
    const auto address = parse_number(part(1));
    const auto length = parse_number(part(2));
    const std::string& mode = part(3);
    WatchpointAt at;
    at.on_read = mode.find('r') != std::string::npos;
    at.on_write = mode.find('w') != std::string::npos;
    at.on_execute = mode.find('x') != std::string::npos;
    const bool length_fits =
        length && (*length == 1 || *length == 2 || *length == 4 || *length == 8);
    if (!address || !length_fits || mode.empty() ||
        mode.find_first_not_of("rwx") != std::string::npos) {
        complain(codes::kProbeForm, point_.span, "no such watchpoint",
                 "as in watchpoint:0xffffffff81000000:8:w; 1, 2, 4 or 8 bytes, of r, w, x");
        return;
    }
    at.address = *address;
    at.length = static_cast<uint32_t>(*length);
    add(View::Registers, {at, point_text(point_, 0)});
}

void ProbeResolver::iterator() {
    if (!expect_parts(2, 3)) return;
    add(View::Iterator, {IteratorAt{part(1)}, point_text(point_, 0)}, false);
    sites_.back().prototype = kernel_.type("struct bpf_iter__" + part(1));
    if (!sites_.back().prototype)
        complain(codes::kNotHere, span_of(1),
                 fmt::format("this kernel has no iterator {}", part(1)),
                 "knowhy list 'iter:*' shows what there is");
}

void ProbeResolver::self() {
    if (!expect_parts(3, 3)) return;
    const struct {
        std::string_view name;
        int number;
    } signals[] = {{"SIGUSR1", SIGUSR1}, {"SIGUSR2", SIGUSR2}, {"SIGHUP", SIGHUP}};
    for (const auto& signal : signals)
        if (part(1) == "signal" && part(2) == signal.name)
            return add(View::None, {SignalAt{signal.number}, point_text(point_, 0)});
    complain(codes::kProbeForm, point_.span, "no such signal probe",
             "self:signal:SIGUSR1, SIGUSR2 or SIGHUP");
}

void ProbeResolver::tests() {
    complain(codes::kNotHere, point_.span,
             fmt::format("{} probes run only under bpftrace --{}", provider_, provider_),
             "begin runs once, and profile or interval as often as you like");
}

void ProbeResolver::user_space() {
    complain(codes::kUserSpaceProbe, point_.span,
             fmt::format("{} probes user space, and knowhy asks the kernel", provider_),
             "bpftrace does it; tracepoint:syscalls:* shows what a program asks of the kernel");
}

}  // namespace knowhy::lang
