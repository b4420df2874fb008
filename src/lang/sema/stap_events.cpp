// SystemTap's probe points that are no code: tracepoints, timers, begin and end; and what is
// refused.
#include <algorithm>
#include <array>

#include "lang/sema/stap_resolver.h"

namespace knowhy::lang {

using View = ProbeSite::View;

namespace {

constexpr uint64_t kSecond = 1'000'000'000;

struct Refused {
    std::string_view family;
    std::string_view why;
    std::string_view hint;
};

constexpr std::string_view kUserSpace = "it is of user space, and knowhy asks the kernel";
constexpr Refused kRefused[] = {
    {"process", kUserSpace, "syscall.NAME has what a process asks of the kernel"},
    {"user", kUserSpace, ""},
    {"java", kUserSpace, ""},
    {"python2", kUserSpace, ""},
    {"python3", kUserSpace, ""},
    {"debuginfod", kUserSpace, ""},
    {"perf", "the processor's counters are not followed", "timer.profile samples every CPU"},
    {"procfs", "a file below /proc is made by a kernel module only",
     "knowhy run -o FILE writes what the script prints"},
    {"input", "a script reads nothing from standard input", "pass arguments: $1, @1"},
    {"netfilter", "eBPF of this kernel has no hook of netfilter's (Linux 6.4 brought it)",
     "kernel.function(\"nf_hook_slow\") is where rules are gone through; ip_rcv, "
     "ip_local_deliver, ip_forward, ip_output are beside the hooks"},
    {"oneshot", "", "probe begin { ...; exit() }"},
};

struct Unit {
    std::string_view name;
    uint64_t ns;
};
constexpr Unit kUnits[] = {{"s", kSecond}, {"sec", kSecond}, {"ms", 1'000'000}, {"msec", 1'000'000},
                           {"us", 1000},   {"usec", 1000},   {"ns", 1},         {"nsec", 1}};

}  // namespace

const std::string* StapResolver::text(size_t index) const {
    const auto& argument = point_.parts[index].argument;
    return argument ? std::get_if<std::string>(&*argument) : nullptr;
}

std::optional<int64_t> StapResolver::number(size_t index) const {
    const auto& argument = point_.parts[index].argument;
    const auto* value = argument ? std::get_if<int64_t>(&*argument) : nullptr;
    return value != nullptr ? std::optional(*value) : std::nullopt;
}

void StapResolver::not_understood(std::string hint) {
    complain(codes::kProbeForm, fmt::format("{} is not understood", point_name(point_)),
             std::move(hint));
}

void StapResolver::refused(std::string_view why, std::string hint) {
    const bool told = !why.empty();
    complain(codes::kCannot,
             fmt::format("{} is not supported{}{}", point_name(point_), told ? ": " : "", why),
             std::move(hint));
}

ProbeSite& StapResolver::add(View view, std::string provider, AttachAt at) {
    ProbeSite& site = sites_.emplace_back();
    site.view = view;
    site.provider = std::move(provider);
    site.targets.push_back({std::move(at), point_name(point_)});
    return site;
}

std::vector<ProbeSite> StapResolver::run() {
    if (name(0) == "never") return {};
    if (special()) return std::move(sites_);
    if (name(0) == "kernel" && parts() > 1 && text(1) != nullptr && name(1) == "trace") {
        trace(*text(1));
    } else if (name(0) == "tracepoint" && text(0) != nullptr) {
        tracepoint(*text(0));
    } else if (name(0) == "kernel" && is_part(1, "data")) {
        data();
    } else if (name(0) == "kernel") {
        in_image("vmlinux", 1);
    } else if (name(0) == "kprobe") {
        dwarfless();
    } else if (name(0) == "module" && text(0) != nullptr) {
        in_modules(*text(0));
    } else if (const auto* known = std::ranges::find(kRefused, name(0), &Refused::family);
               known != std::end(kRefused)) {
        const bool of_user = known->why == kUserSpace;
        if (of_user)
            complain(codes::kUserSpaceProbe,
                     fmt::format("{} is not supported: {}", point_name(point_), known->why),
                     std::string(known->hint));
        else
            refused(known->why, std::string(known->hint));
    } else {
        complain(codes::kUnknownProvider, fmt::format("no probe point {}", point_name(point_)),
                 "begin, end, timer.s(1), kernel.function(\"f\"), module(\"m\").function(\"f\"), "
                 "kernel.statement(...), kernel.trace(\"event\"), and the tapset's: knowhy list "
                 "--lang stap");
    }
    return std::move(sites_);
}

// begin, end, error and timers.
bool StapResolver::special() {
    if (name(0) == "begin")
        alone(BeginAt{});
    else if (name(0) == "end")
        alone(EndAt{});
    else if (name(0) == "error")
        alone(ErrorAt{});
    else if (name(0) == "timer")
        timer();
    else
        return false;
    return true;
}

// begin(-5), end(3): those of lower numbers go first.
void StapResolver::alone(AttachAt at) {
    if (parts() != 1) return not_understood("begin, begin(1), end, error");
    add(View::None, name(0), std::move(at)).order = number(0).value_or(0);
}

void StapResolver::profile(uint64_t per_second) {
    add(View::Registers, "profile", ProfileAt{kSecond / per_second});
}

void StapResolver::timer() {
    constexpr uint64_t kTicks = 100;  // a second, where nothing else is asked for
    if (is_part(1, "profile")) {
        const auto frequency = parts() == 4 && name(2) == "freq" ? number(3) : std::nullopt;
        if (parts() == 2 || (parts() == 3 && name(2) == "tick")) return profile(kTicks);
        if (frequency && *frequency > 0) return profile(static_cast<uint64_t>(*frequency));
        return not_understood("timer.profile, timer.profile.freq.hz(99)");
    }
    if (is_part(2, "randomize"))
        return refused("a timer's times are not shifted at random", "leave .randomize() out");
    if (is_part(1, "jiffies"))
        return refused("how long a jiffy is is the kernel's own secret",
                       "timer.ms(4) is one of a kernel with CONFIG_HZ=250");
    const auto value = parts() == 2 ? number(1) : std::nullopt;
    if (value && *value > 0) {
        const auto times = static_cast<uint64_t>(*value);
        std::optional<uint64_t> period;
        if (name(1) == "hz") period = kSecond / times;
        const auto* unit = std::ranges::find(kUnits, name(1), &Unit::name);
        if (unit != std::end(kUnits)) period = times * unit->ns;
        if (period && *period > 0) {
            add(View::None, "timer", IntervalAt{*period});
            return;
        }
    }
    complain(codes::kProbeForm, fmt::format("{} is no timer", point_name(point_)),
             "timer.s(1), timer.ms(100), timer.hz(10), timer.profile");
}

// ---- Tracepoints

void StapResolver::trace(const std::string& pattern) {
    if (parts() != 2) return not_understood("kernel.trace(\"event\")");
    const size_t colon = pattern.find(':');
    const std::string event = colon == std::string::npos ? pattern : pattern.substr(colon + 1);
    std::vector<std::string> names;
    if (colon != std::string::npos) {
        const auto of_system = kernel_.tracepoints(pattern.substr(0, colon), event);
        if (!of_system) return complain(codes::kKernelUnreadable, of_system.error().message);
        for (const Kernel::Tracepoint& each : *of_system) names.push_back(each.name);
    }
    const auto found = kernel_.raw_tracepoints(event);
    if (!found) return complain(codes::kKernelUnreadable, found.error().message);
    for (const std::string& which : *found) {
        if (colon != std::string::npos && std::ranges::find(names, which) == names.end()) continue;
        ProbeSite& site = add(View::Arguments, "kernel.trace", RawTracepointAt{which, false});
        site.prototype = kernel_.raw_tracepoint(which);
        site.targets.front().name = fmt::format("kernel.trace(\"{}\")", which);
    }
    if (sites_.empty())
        complain(codes::kNoSuchTracepoint, fmt::format("no tracepoint {}", pattern),
                 "knowhy list 'kernel.trace(\"*\")' shows what there is");
}

// knowhy's own: an event's record, as tracefs has it.
void StapResolver::tracepoint(const std::string& pattern) {
    const size_t colon = pattern.find(':');
    if (colon == std::string::npos || parts() != 1)
        return not_understood("tracepoint(\"system:event\")");
    const auto found = kernel_.tracepoints(pattern.substr(0, colon), pattern.substr(colon + 1));
    if (!found) return complain(codes::kKernelUnreadable, found.error().message);
    for (const Kernel::Tracepoint& which : *found) {
        auto fields = kernel_.tracepoint_fields(which);
        if (!fields) return complain(codes::kKernelUnreadable, fields.error().message);
        ProbeSite& site = add(View::Record, "tracepoint", TracepointAt{which.system, which.name});
        site.fields = std::move(*fields);
    }
    if (sites_.empty())
        complain(codes::kNoSuchTracepoint, fmt::format("no tracepoint {}", pattern),
                 "knowhy list 'tracepoint:*' shows what there is");
}

// ---- Without debug information

// kprobe.function("f"), kprobe.module("m").function("f"), kprobe.statement(address).absolute
void StapResolver::dwarfless() {
    if (is_part(1, "statement") && number(1))
        return at_address("", static_cast<uint64_t>(*number(1)), true);
    const bool in_module = is_part(1, "module") && text(1) != nullptr;
    const size_t at = in_module ? 2 : 1;
    if (!is_part(at, "function") || text(at) == nullptr)
        return not_understood("kprobe.function(\"f\"), kprobe.module(\"m\").function(\"f\")");
    const auto wanted = variants(at + 1);
    if (!wanted) return;
    if (!wanted->calls)
        return refused("where a function is inlined is known to debug information only",
                       "kernel.function(\"f\").inline");
    functions_by_symbol(in_module ? *text(1) : "", *text(at), *wanted);
}

// kernel.data("symbol").write, kernel.data(0xffff...).rw, each also with .length(n)
void StapResolver::data() {
    WatchpointAt at;
    if (const std::string* symbol = text(1)) {
        const auto address = kernel_.address_of(*symbol);
        if (!address) return complain(codes::kUnknownName, fmt::format("no symbol {}", *symbol));
        at.address = *address;
    } else {
        at.address = static_cast<uint64_t>(number(1).value_or(0));
    }
    for (size_t i = 2; i < parts(); ++i) {
        at.on_write |= name(i) == "write" || name(i) == "rw";
        at.on_read |= name(i) == "rw";
        if (name(i) == "length") at.length = static_cast<uint32_t>(number(i).value_or(0));
    }
    const bool fits = at.length == 1 || at.length == 2 || at.length == 4 || at.length == 8;
    if (!at.on_write || at.address == 0 || !fits)
        return not_understood("kernel.data(\"symbol\").write, .rw, .length(1, 2, 4 or 8)");
    add(View::Registers, "watchpoint", at);
}

}  // namespace knowhy::lang
