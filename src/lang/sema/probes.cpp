#include "lang/sema/probes.h"

#include <algorithm>
#include <cctype>

#include "base/nearest.h"
#include "lang/sema/probe_resolver.h"

namespace knowhy::lang {
namespace {

using View = ProbeSite::View;

struct Provider {
    ProviderName name;
    void (ProbeResolver::*resolve)();
};

const std::vector<Provider>& providers() {
    static const std::vector<Provider> kAll = {
        {{"begin", "", "begin", "once, before anything else"}, &ProbeResolver::begin},
        {{"end", "", "end", "once, when the script ends"}, &ProbeResolver::end},
        {{"self", "", "self:signal:SIGUSR1", "when knowhy itself gets the signal"},
         &ProbeResolver::self},
        {{"kprobe", "k",
          "kprobe:[MODULE:]FUNCTION[+OFFSET], kprobe:FILE:LINE, kprobe:inline:FUNCTION",
          "a kernel function or inside it; a line; each place where a function is inlined"},
         &ProbeResolver::kprobe},
        {{"kretprobe", "kr", "kretprobe:[MODULE:]FUNCTION", "when a kernel function returns"},
         &ProbeResolver::kretprobe},
        {{"fentry", "f", "fentry:[MODULE:]FUNCTION", "a function's entry, with typed arguments"},
         &ProbeResolver::fentry},
        {{"fexit", "fr", "fexit:[MODULE:]FUNCTION", "its return, with arguments and result"},
         &ProbeResolver::fexit},
        {{"kfunc", "", "kfunc:FUNCTION", "the same as fentry"}, &ProbeResolver::fentry},
        {{"kretfunc", "", "kretfunc:FUNCTION", "the same as fexit"}, &ProbeResolver::fexit},
        {{"tracepoint", "t", "tracepoint:SYSTEM:EVENT", "a static tracepoint, with its fields"},
         &ProbeResolver::tracepoint},
        {{"rawtracepoint", "rt", "rawtracepoint:EVENT", "a static tracepoint's own arguments"},
         &ProbeResolver::raw_tracepoint},
        {{"profile", "p", "profile:hz:99", "a sample on every CPU"}, &ProbeResolver::profile},
        {{"interval", "i", "interval:s:1", "every so often, on one CPU"}, &ProbeResolver::interval},
        {{"software", "s", "software:EVENT:COUNT", "an event of the kernel's perf counters"},
         &ProbeResolver::software},
        {{"hardware", "h", "hardware:EVENT:COUNT", "an event of the processor's counters"},
         &ProbeResolver::hardware},
        {{"watchpoint", "w", "watchpoint:ADDRESS:LENGTH:MODE", "an access to memory"},
         &ProbeResolver::watchpoint},
        {{"iter", "it", "iter:task", "every task, file or the like"}, &ProbeResolver::iterator},
        {{"uprobe", "u", "uprobe:BINARY:FUNCTION", "user space: not supported"},
         &ProbeResolver::user_space},
        {{"uretprobe", "ur", "uretprobe:BINARY:FUNCTION", "user space: not supported"},
         &ProbeResolver::user_space},
        {{"usdt", "U", "usdt:BINARY:NAME", "user space: not supported"},
         &ProbeResolver::user_space},
        {{"asyncwatchpoint", "aw", "asyncwatchpoint:...", "user space: not supported"},
         &ProbeResolver::user_space},
        {{"test", "", "test:NAME", "bpftrace's tests of itself: not supported"},
         &ProbeResolver::tests},
        {{"bench", "", "bench:NAME", "the same"}, &ProbeResolver::tests},
    };
    return kAll;
}

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
    return text;
}

}  // namespace

std::vector<ProbeSite> ProbeResolver::run() {
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
    complain(codes::kUnknownProvider, span_of(0), fmt::format("no probe type '{}'", part(0)),
             near ? fmt::format("did you mean {}?", *near)
                  : std::string("knowhy help probes lists them"));
    return {};
}

bool ProbeResolver::expect_parts(size_t least, size_t most) {
    if (parts() >= least && parts() <= most) return true;
    const auto& all = providers();
    const auto mine = std::ranges::find_if(
        all, [&](const Provider& provider) { return provider.name.name == provider_; });
    complain(codes::kProbeForm, point_.span,
             fmt::format("{} probes are written in another way", provider_),
             std::string(mine->name.form));
    return false;
}

void ProbeResolver::add(View view, Target target, bool shared) {
    if (sites_.empty() || !shared || sites_.back().view != view) {
        ProbeSite site;
        site.view = view;
        site.provider = provider_;
        sites_.push_back(std::move(site));
    }
    sites_.back().targets.push_back(std::move(target));
}

void ProbeResolver::alone(Target target) {
    if (expect_parts(1, 1)) add(View::None, std::move(target));
}

bool ProbeResolver::room_for(size_t count) {
    if (count <= config_.max_probes) return true;
    complain(codes::kTooManyProbes, point_.span,
             fmt::format("{} probes match, and at most {} are attached", count, config_.max_probes),
             "set max_probes in the script's config, or narrow the pattern");
    return false;
}

std::vector<ProbeSite> resolve(const ProbeRequest& request, Kernel& kernel, const Config& config,
                               Diagnostics& diagnostics) {
    return ProbeResolver(request, kernel, config, diagnostics).run();
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
