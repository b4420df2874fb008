#include "lang/sema/probes.h"

#include <linux/perf_event.h>

#include <algorithm>
#include <cctype>

#include "base/nearest.h"
#include "base/text.h"
#include "lang/sema/codes.h"
#include "lang/sema/text.h"

namespace knowhy::lang {
namespace {

using View = ProbeSite::View;

constexpr uint64_t kSecond = 1'000'000'000;

bool is_pattern(std::string_view text) {
    return text.find_first_of("*?[") != std::string_view::npos;
}

// One point under resolution.
class Resolver {
  public:
    Resolver(const ProbeRequest& request, Kernel& kernel, const Config& config,
             Diagnostics& diagnostics)
        : point_(request.point),
          uses_arguments_(request.uses_arguments),
          kernel_(kernel),
          config_(config),
          diagnostics_(diagnostics) {}

    std::vector<ProbeSite> run();

    // The providers' own ways, named by the table below.
    void kprobe() { function_probe(false); }
    void kretprobe() { function_probe(true); }
    void fentry() { tracing(false); }
    void fexit() { tracing(true); }
    void tracepoint();
    void raw_tracepoint();
    void profile();
    void interval();
    void software();
    void hardware();
    void watchpoint();
    void iterator();
    void begin() { alone({BeginAt{}, "BEGIN"}); }
    void end() { alone({EndAt{}, "END"}); }
    void self();
    void user_space();

  private:
    [[nodiscard]] size_t parts() const { return point_.parts.size(); }
    [[nodiscard]] const std::string& part(size_t index) const { return point_.parts[index].name; }
    [[nodiscard]] Span span_of(size_t index) const { return point_.parts[index].span; }
    void complain(std::string_view code, Span span, std::string message, std::string hint = {}) {
        diagnostics_.error(code, span, std::move(message), std::move(hint));
    }
    bool expect_parts(size_t least, size_t most);
    void add(View view, Target target, bool shared = true);
    void alone(Target target);
    void function_probe(bool at_return);
    void at_address(uint64_t address, bool at_return);
    void tracing(bool at_return);
    std::optional<uint64_t> period();
    bool room_for(size_t count);

    const ProbePoint& point_;
    bool uses_arguments_;
    Kernel& kernel_;
    const Config& config_;
    Diagnostics& diagnostics_;
    std::vector<ProbeSite> sites_;
    std::string provider_;
};

struct Provider {
    ProviderName name;
    void (Resolver::*resolve)();
};

const std::vector<Provider>& providers() {
    static const std::vector<Provider> kAll = {
        {{"begin", "", "begin", "once, before anything else"}, &Resolver::begin},
        {{"end", "", "end", "once, when the script ends"}, &Resolver::end},
        {{"self", "", "self:signal:SIGUSR1", "when knowhy itself gets the signal"},
         &Resolver::self},
        {{"kprobe", "k", "kprobe:[MODULE:]FUNCTION[+OFFSET]", "a kernel function, or inside it"},
         &Resolver::kprobe},
        {{"kretprobe", "kr", "kretprobe:[MODULE:]FUNCTION", "when a kernel function returns"},
         &Resolver::kretprobe},
        {{"fentry", "f", "fentry:[MODULE:]FUNCTION", "a function's entry, with typed arguments"},
         &Resolver::fentry},
        {{"fexit", "fr", "fexit:[MODULE:]FUNCTION", "its return, with arguments and result"},
         &Resolver::fexit},
        {{"kfunc", "", "kfunc:FUNCTION", "the same as fentry"}, &Resolver::fentry},
        {{"kretfunc", "", "kretfunc:FUNCTION", "the same as fexit"}, &Resolver::fexit},
        {{"tracepoint", "t", "tracepoint:SYSTEM:EVENT", "a static tracepoint, with its fields"},
         &Resolver::tracepoint},
        {{"rawtracepoint", "rt", "rawtracepoint:EVENT", "a static tracepoint's own arguments"},
         &Resolver::raw_tracepoint},
        {{"profile", "p", "profile:hz:99", "a sample on every CPU"}, &Resolver::profile},
        {{"interval", "i", "interval:s:1", "every so often, on one CPU"}, &Resolver::interval},
        {{"software", "s", "software:EVENT:COUNT", "an event of the kernel's perf counters"},
         &Resolver::software},
        {{"hardware", "h", "hardware:EVENT:COUNT", "an event of the processor's counters"},
         &Resolver::hardware},
        {{"watchpoint", "w", "watchpoint:ADDRESS:LENGTH:MODE", "an access to memory"},
         &Resolver::watchpoint},
        {{"iter", "it", "iter:task", "every task, file or the like"}, &Resolver::iterator},
        {{"uprobe", "u", "uprobe:BINARY:FUNCTION", "user space: not supported"},
         &Resolver::user_space},
        {{"uretprobe", "ur", "uretprobe:BINARY:FUNCTION", "user space: not supported"},
         &Resolver::user_space},
        {{"usdt", "U", "usdt:BINARY:NAME", "user space: not supported"}, &Resolver::user_space},
        {{"asyncwatchpoint", "aw", "asyncwatchpoint:...", "user space: not supported"},
         &Resolver::user_space},
    };
    return kAll;
}

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
    return text;
}

std::vector<ProbeSite> Resolver::run() {
    const std::string wanted = lower(part(0));
    for (const Provider& provider : providers()) {
        if (provider.name.name != wanted &&
            (provider.name.alias.empty() || part(0) != provider.name.alias))
            continue;
        provider_ = provider.name.name;
        (this->*provider.resolve)();
        return std::move(sites_);
    }
    std::vector<std::string> names;
    for (const Provider& provider : providers()) names.emplace_back(provider.name.name);
    const auto near = nearest(wanted, names);
    complain(code::kUnknownProvider, span_of(0), fmt::format("no probe type '{}'", part(0)),
             near ? fmt::format("did you mean {}?", *near)
                  : std::string("knowhy help probes lists them"));
    return {};
}

bool Resolver::expect_parts(size_t least, size_t most) {
    if (parts() >= least && parts() <= most) return true;
    const auto& all = providers();
    const auto mine = std::ranges::find_if(
        all, [&](const Provider& provider) { return provider.name.name == provider_; });
    complain(code::kProbeForm, point_.span, fmt::format("{} is written differently", provider_),
             std::string(mine->name.form));
    return false;
}

void Resolver::add(View view, Target target, bool shared) {
    if (sites_.empty() || !shared || sites_.back().view != view) {
        ProbeSite site;
        site.view = view;
        site.provider = provider_;
        sites_.push_back(std::move(site));
    }
    sites_.back().targets.push_back(std::move(target));
}

void Resolver::alone(Target target) {
    if (expect_parts(1, 1)) add(View::None, std::move(target));
}

bool Resolver::room_for(size_t count) {
    if (count <= config_.max_probes) return true;
    complain(code::kTooManyProbes, point_.span,
             fmt::format("{} probes match, and at most {} are attached", count, config_.max_probes),
             "set max_probes in the script's config, or narrow the pattern");
    return false;
}

void Resolver::at_address(uint64_t address, bool at_return) {
    add(at_return ? View::ReturnRegisters : View::Registers,
        {KprobeAt{"", "", 0, address, at_return}, fmt::format("{}:{:#x}", provider_, address)});
}

void Resolver::function_probe(bool at_return) {
    if (!expect_parts(2, 3)) return;
    std::string name = part(parts() - 1);
    const std::string module = parts() == 3 ? part(1) : "";
    uint64_t offset = 0;
    if (const size_t plus = name.rfind('+'); plus != std::string::npos) {
        const auto value = parse_number(name.substr(plus + 1));
        if (!value) {
            complain(code::kProbeForm, span_of(parts() - 1), "no offset after '+'");
            return;
        }
        offset = *value;
        name.resize(plus);
    }
    if (const auto address = parse_number(name)) return at_address(*address + offset, at_return);
    auto found = kernel_.functions(name, module);
    if (!found) {
        complain(code::kKernelUnreadable, point_.span, found.error().message);
        return;
    }
    // A function that the compiler copied under another name counts as the function itself.
    if (!is_pattern(name))
        if (auto clones = kernel_.functions(name + ".*", module))
            for (KernelFunction& clone : *clones)
                if (clone.name.find(".cold") == std::string::npos)
                    found->push_back(std::move(clone));
    if (found->empty()) {
        complain(code::kNoSuchFunction, span_of(parts() - 1),
                 fmt::format("no function {} to probe{}", name,
                             module.empty() ? "" : " in module " + module),
                 is_pattern(name) ? "knowhy list shows what there is"
                                  : "it may be inlined everywhere: knowhy locate " + name);
        return;
    }
    if (!room_for(found->size())) return;
    for (const KernelFunction& function : *found) {
        const bool own = uses_arguments_ && !at_return;  // types differ from function to function
        add(at_return ? View::ReturnRegisters : View::Registers,
            {KprobeAt{function.name, function.module, offset, 0, at_return},
             fmt::format("{}:{}{}", provider_, function.name,
                         offset != 0 ? fmt::format("+{}", offset) : "")},
            !own);
        if (own) sites_.back().prototype = kernel_.prototype(function);
        sites_.back().at_entry = !at_return && offset == 0;
    }
}

void Resolver::tracing(bool at_return) {
    if (!expect_parts(2, 3)) return;
    const std::string& name = part(parts() - 1);
    auto found = kernel_.traced_functions(name, parts() == 3 ? part(1) : "");
    if (!found) {
        complain(code::kKernelUnreadable, point_.span, found.error().message);
        return;
    }
    if (found->empty()) {
        complain(code::kNoSuchFunction, span_of(parts() - 1),
                 fmt::format("no function {} with type information", name),
                 fmt::format("kprobe:{} may do", name));
        return;
    }
    if (!room_for(found->size())) return;
    for (const KernelFunction& function : *found) {
        add(at_return ? View::ArgumentsAndResult : View::Arguments,
            {TracingAt{function.name, function.module, at_return},
             fmt::format("{}:{}:{}", provider_,
                         function.module.empty() ? "vmlinux" : function.module, function.name)},
            false);
        sites_.back().prototype = kernel_.prototype(function);
    }
}

void Resolver::tracepoint() {
    if (!expect_parts(3, 3)) return;
    auto found = kernel_.tracepoints(part(1), part(2));
    if (!found) {
        complain(code::kKernelUnreadable, point_.span, found.error().message);
        return;
    }
    if (found->empty()) {
        complain(code::kNoSuchTracepoint, point_.span,
                 fmt::format("no tracepoint {}:{}", part(1), part(2)),
                 "knowhy list 'tracepoint:*' shows what there is");
        return;
    }
    if (!room_for(found->size())) return;
    for (const Kernel::Tracepoint& which : *found) {
        add(View::Record,
            {TracepointAt{which.system, which.name},
             fmt::format("tracepoint:{}:{}", which.system, which.name)},
            !uses_arguments_);
        if (!uses_arguments_) continue;
        if (auto fields = kernel_.tracepoint_fields(which))
            sites_.back().fields = std::move(*fields);
        else
            complain(code::kKernelUnreadable, point_.span, fields.error().message);
    }
}

void Resolver::raw_tracepoint() {
    if (!expect_parts(2, 3)) return;
    const std::string& name = part(parts() - 1);
    auto found = kernel_.raw_tracepoints(name);
    if (!found) {
        complain(code::kKernelUnreadable, point_.span, found.error().message);
        return;
    }
    if (found->empty()) {
        complain(code::kNoSuchTracepoint, span_of(parts() - 1),
                 fmt::format("no tracepoint {}", name),
                 "knowhy list 'rawtracepoint:*' shows what there is");
        return;
    }
    if (!room_for(found->size())) return;
    for (const std::string& which : *found) {
        add(View::Arguments,
            {RawTracepointAt{which, false}, fmt::format("rawtracepoint:{}", which)},
            !uses_arguments_);
        if (uses_arguments_) sites_.back().prototype = kernel_.raw_tracepoint(which);
    }
}

// hz:99, s:1, ms:10, us:100, ns:5, or 99hz, 1s.
std::optional<uint64_t> Resolver::period() {
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
    complain(code::kProbeForm, point_.span, fmt::format("'{}' is no period", point_text(point_, 1)),
             "hz:99, s:1, ms:100, us:500, or 1s, 100ms");
    return std::nullopt;
}

void Resolver::profile() {
    if (const auto every = period())
        add(View::Registers, {ProfileAt{*every}, point_text(point_, 0)});
}

void Resolver::interval() {
    if (const auto every = period()) add(View::None, {IntervalAt{*every}, point_text(point_, 0)});
}

void Resolver::software() {
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
            complain(code::kProbeForm, span_of(2), fmt::format("'{}' is no count", part(2)));
            return;
        }
        add(View::Registers, {SoftwareAt{event.config, *count}, point_text(point_, 0)});
        return;
    }
    complain(code::kProbeForm, span_of(1), fmt::format("no software event '{}'", part(1)),
             "page-faults, context-switches, cpu-clock, cpu-migrations...");
}

void Resolver::hardware() {
    complain(code::kNotHere, point_.span, "hardware events are not supported",
             "profile:hz:99 samples every CPU; software:cpu-clock counts time");
}

void Resolver::watchpoint() {
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
        complain(code::kProbeForm, point_.span, "no such watchpoint",
                 "watchpoint:0xffffffff81000000:8:w, length 1, 2, 4 or 8");
        return;
    }
    at.address = *address;
    at.length = static_cast<uint32_t>(*length);
    add(View::Registers, {at, point_text(point_, 0)});
}

void Resolver::iterator() {
    if (!expect_parts(2, 3)) return;
    add(View::Iterator, {IteratorAt{part(1)}, point_text(point_, 0)}, false);
    sites_.back().prototype = kernel_.type("struct bpf_iter__" + part(1));
    if (!sites_.back().prototype)
        complain(code::kNotHere, span_of(1),
                 fmt::format("this kernel has no iterator {}", part(1)));
}

void Resolver::self() {
    if (!expect_parts(3, 3)) return;
    const struct {
        std::string_view name;
        int number;
    } signals[] = {{"SIGUSR1", 10}, {"SIGUSR2", 12}, {"SIGHUP", 1}};
    for (const auto& signal : signals)
        if (part(1) == "signal" && part(2) == signal.name)
            return add(View::None, {SignalAt{signal.number}, point_text(point_, 0)});
    complain(code::kProbeForm, point_.span, "no such signal probe", "self:signal:SIGUSR1");
}

void Resolver::user_space() {
    complain(code::kUserSpaceProbe, point_.span,
             fmt::format("{} probes user space, and knowhy asks the kernel", provider_),
             "bpftrace does this");
}

}  // namespace

std::vector<ProbeSite> resolve(const ProbeRequest& request, Kernel& kernel, const Config& config,
                               Diagnostics& diagnostics) {
    return Resolver(request, kernel, config, diagnostics).run();
}

const std::vector<ProviderName>& provider_names() {
    static const std::vector<ProviderName> kNames = [] {
        std::vector<ProviderName> names;
        for (const Provider& provider : providers()) names.push_back(provider.name);
        return names;
    }();
    return kNames;
}

}  // namespace knowhy::lang
