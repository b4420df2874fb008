// SystemTap's probe points: `kernel.function("f@file").call`, `module("m").statement("*@file:12")`.
#include <algorithm>

#include "lang/sema/code_sites.h"
#include "lang/sema/codes.h"
#include "lang/sema/probes.h"
#include "lang/sema/text.h"

namespace knowhy::lang {
namespace {

using View = ProbeSite::View;

constexpr uint64_t kSecond = 1'000'000'000;

std::string point_name(const ProbePoint& point) {
    std::string name;
    for (const ProbePoint::Part& part : point.parts) {
        name += (name.empty() ? "" : ".") + part.name;
        if (!part.argument) continue;
        if (const auto* text = std::get_if<std::string>(&*part.argument))
            name += "(\"" + *text + "\")";
        else
            name += "(" + std::to_string(std::get<int64_t>(*part.argument)) + ")";
    }
    return name;
}

// "f@net/ipv4/route.c:2400", taken apart.
struct FunctionPattern {
    std::string function;
    std::string file;
    std::optional<uint32_t> line;
    bool relative = false;  // +n: lines from the declaration
};

FunctionPattern taken_apart(const std::string& text) {
    FunctionPattern pattern;
    const size_t at = text.find('@');
    pattern.function = text.substr(0, at);
    if (at == std::string::npos) return pattern;
    pattern.file = text.substr(at + 1);
    const size_t mark = pattern.file.find_last_of(":+");
    if (mark == std::string::npos) return pattern;
    if (const auto line = parse_number(pattern.file.substr(mark + 1))) {
        pattern.line = static_cast<uint32_t>(*line);
        pattern.relative = pattern.file[mark] == '+';
        pattern.file.resize(mark);
    }
    return pattern;
}

bool of_file(const symbols::CodePlace& place, const std::string& file) {
    if (file.empty() || file == place.file) return true;
    return place.file.ends_with("/" + file);
}

class StapResolver {
  public:
    StapResolver(const ProbePoint& point, Kernel& kernel, Diagnostics& diagnostics)
        : point_(point), kernel_(kernel), diagnostics_(diagnostics) {}

    std::vector<ProbeSite> run();

  private:
    [[nodiscard]] const std::string& name(size_t index) const { return point_.parts[index].name; }
    [[nodiscard]] size_t parts() const { return point_.parts.size(); }
    [[nodiscard]] const std::string* text(size_t index) const {
        const auto& argument = point_.parts[index].argument;
        return argument ? std::get_if<std::string>(&*argument) : nullptr;
    }
    [[nodiscard]] std::optional<int64_t> number(size_t index) const {
        const auto& argument = point_.parts[index].argument;
        if (!argument) return std::nullopt;
        const auto* value = std::get_if<int64_t>(&*argument);
        return value != nullptr ? std::optional(*value) : std::nullopt;
    }
    void complain(std::string_view code, std::string message, std::string hint = {}) {
        diagnostics_.error(code, point_.span, std::move(message), std::move(hint));
    }
    void alone(AttachAt at) {
        ProbeSite site;
        site.provider = name(0);
        site.targets.push_back({std::move(at), point_name(point_)});
        sites_.push_back(std::move(site));
    }
    void in_image(const std::string& module, size_t from);
    void functions(const std::string& module, const std::string& pattern, size_t variants);
    void statement(const std::string& module, size_t at);
    void returns(const std::string& module, const FunctionPattern& pattern);
    void trace(const std::string& pattern);
    void timer();
    void keep(std::vector<symbols::CodePlace> places, bool calls, bool inlines);

    const ProbePoint& point_;
    Kernel& kernel_;
    Diagnostics& diagnostics_;
    std::vector<ProbeSite> sites_;
};

std::vector<ProbeSite> StapResolver::run() {
    if (name(0) == "begin") {
        alone(BeginAt{});
    } else if (name(0) == "end") {
        alone(EndAt{});
    } else if (name(0) == "error") {
        alone(ErrorAt{});
    } else if (name(0) == "never") {
        return {};
    } else if (name(0) == "timer") {
        timer();
    } else if (name(0) == "kernel" && parts() > 1 && name(1) == "trace" && text(1) != nullptr) {
        trace(*text(1));
    } else if (name(0) == "kernel" || name(0) == "kprobe") {
        in_image(name(0) == "kernel" ? "vmlinux" : "", 1);
    } else if (name(0) == "module" && text(0) != nullptr) {
        in_image(*text(0), 1);
    } else if (name(0) == "process" || name(0) == "user") {
        complain(code::kUserSpaceProbe,
                 "process probes are of user space, and knowhy asks the kernel");
    } else {
        complain(code::kUnknownProvider, fmt::format("no probe point {}", point_name(point_)),
                 "begin, end, timer.s(1), kernel.function(\"f\"), module(\"m\").function(\"f\"), "
                 "kernel.statement(...), kernel.trace(\"event\")");
    }
    return std::move(sites_);
}

void StapResolver::in_image(const std::string& module, size_t from) {
    if (parts() > from && name(from) == "function" && text(from) != nullptr)
        return functions(module, *text(from), from + 1);
    if (parts() > from && name(from) == "statement") return statement(module, from);
    complain(code::kProbeForm, fmt::format("{} is not understood", point_name(point_)),
             "function(\"f\"), statement(\"f@file:line\"), statement(address).absolute");
}

// One program for each place: variables live elsewhere in each.
void StapResolver::keep(std::vector<symbols::CodePlace> places, bool calls, bool inlines) {
    std::string why_not;
    for (symbols::CodePlace& place : places) {
        if (place.inlined ? !inlines || is_part_of_itself(place) : !calls) continue;
        if (!place.why_not.empty()) {
            why_not = place.why_not;
            continue;
        }
        sites_.push_back(site_at(std::move(place), "kprobe"));
        sites_.back().targets.front().name = point_name(point_);
    }
    if (!sites_.empty()) return;
    if (why_not.empty())
        complain(code::kNoSuchFunction, fmt::format("{} is nowhere", point_name(point_)));
    else
        complain(code::kUnsafePlace, "no probe can be put there: " + why_not,
                 "knowhy locate names the nearest place that is safe");
}

void StapResolver::functions(const std::string& module, const std::string& text, size_t variants) {
    const FunctionPattern pattern = taken_apart(text);
    bool calls = true;
    bool inlines = true;
    for (size_t i = variants; i < parts(); ++i) {
        if (name(i) == "call" || name(i) == "exported") {
            inlines = false;
        } else if (name(i) == "inline") {
            calls = false;
        } else if (name(i) == "return") {
            return returns(module, pattern);
        } else if (name(i) != "maxactive") {
            return complain(code::kProbeForm, fmt::format(".{} is not supported", name(i)));
        }
    }
    const auto code = kernel_.code();
    if (code) {
        symbols::PlaceName place;
        place.module = module;
        place.function = pattern.function;
        auto found = (*code)->places(place);
        if (!found) return complain(code::kNoSuchFunction, found.error().message);
        std::erase_if(*found,
                      [&](const symbols::CodePlace& each) { return !of_file(each, pattern.file); });
        return keep(std::move(*found), calls, inlines);
    }
    // Without debug information the functions that are there themselves.
    const auto found = kernel_.functions(pattern.function, module == "vmlinux" ? "" : module);
    if (!found || found->empty() || !calls)
        return complain(code::kNoDebugInfo, code.error().message,
                        "inlined functions and $variables need the kernel's debug files");
    for (const KernelFunction& function : *found) {
        ProbeSite site;
        site.view = View::Registers;
        site.provider = "kprobe";
        site.at_entry = true;
        site.prototype = kernel_.prototype(function);
        site.targets.push_back(
            {KprobeAt{function.name, function.module, 0, 0, false}, point_name(point_)});
        sites_.push_back(std::move(site));
    }
}

void StapResolver::returns(const std::string& module, const FunctionPattern& pattern) {
    const auto found = kernel_.functions(pattern.function, module == "vmlinux" ? "" : module);
    if (!found) return complain(code::kKernelUnreadable, found.error().message);
    if (found->empty())
        return complain(
            code::kNoSuchFunction,
            fmt::format("no function {} whose return could be probed", pattern.function),
            "an inlined function does not return");
    for (const KernelFunction& function : *found) {
        ProbeSite site;
        site.view = View::ReturnRegisters;
        site.provider = "kretprobe";
        site.prototype = kernel_.prototype(function);
        site.targets.push_back(
            {KprobeAt{function.name, function.module, 0, 0, true}, point_name(point_)});
        sites_.push_back(std::move(site));
    }
}

void StapResolver::statement(const std::string& module, size_t at) {
    if (const auto address = number(at)) {
        ProbeSite site;
        site.view = View::Registers;
        site.provider = "kprobe";
        site.targets.push_back(
            {KprobeAt{"", "", 0, static_cast<uint64_t>(*address), false}, point_name(point_)});
        sites_.push_back(std::move(site));
        return;
    }
    const FunctionPattern pattern = taken_apart(text(at) != nullptr ? *text(at) : "");
    if (!pattern.line || pattern.relative || pattern.file.empty())
        return complain(code::kProbeForm, fmt::format("{} is not understood", point_name(point_)),
                        "statement(\"f@file:line\"), statement(\"*@file:line\")");
    const auto code = kernel_.code();
    if (!code) return complain(code::kNoDebugInfo, code.error().message);
    symbols::PlaceName place;
    place.kind = symbols::PlaceName::Kind::Line;
    place.module = module;
    place.file = pattern.file;
    place.line = *pattern.line;
    auto found = (*code)->places(place);
    if (!found) return complain(code::kNoSuchFunction, found.error().message);
    std::erase_if(*found, [&](const symbols::CodePlace& each) {
        return pattern.function != "*" && pattern.function != each.function;
    });
    keep(std::move(*found), true, true);
}

void StapResolver::trace(const std::string& pattern) {
    const std::string event = pattern.substr(pattern.find(':') + 1);
    const auto found = kernel_.raw_tracepoints(event);
    if (!found) return complain(code::kKernelUnreadable, found.error().message);
    if (found->empty())
        return complain(code::kNoSuchTracepoint, fmt::format("no tracepoint {}", event),
                        "knowhy list 'rawtracepoint:*' shows what there is");
    for (const std::string& which : *found) {
        ProbeSite site;
        site.view = View::Arguments;
        site.provider = "kernel.trace";
        site.prototype = kernel_.raw_tracepoint(which);
        site.targets.push_back({RawTracepointAt{which, false}, point_name(point_)});
        sites_.push_back(std::move(site));
    }
}

void StapResolver::timer() {
    const struct {
        std::string_view name;
        uint64_t ns;
    } units[] = {{"s", kSecond}, {"sec", kSecond}, {"ms", 1'000'000}, {"msec", 1'000'000},
                 {"us", 1000},   {"usec", 1000},   {"ns", 1},         {"nsec", 1}};
    const auto value = parts() > 1 ? number(1) : std::nullopt;
    if (value && *value > 0) {
        if (name(1) == "hz") return alone(IntervalAt{kSecond / static_cast<uint64_t>(*value)});
        for (const auto& unit : units)
            if (name(1) == unit.name)
                return alone(IntervalAt{static_cast<uint64_t>(*value) * unit.ns});
    }
    if (parts() > 1 && name(1) == "profile") {
        ProbeSite site;
        site.view = View::Registers;
        site.provider = "profile";
        site.targets.push_back({ProfileAt{kSecond / 100}, point_name(point_)});
        sites_.push_back(std::move(site));
        return;
    }
    complain(code::kProbeForm, fmt::format("{} is no timer", point_name(point_)),
             "timer.s(1), timer.ms(100), timer.hz(10), timer.profile");
}

}  // namespace

std::vector<ProbeSite> resolve_stap(const ProbePoint& point, Kernel& kernel,
                                    Diagnostics& diagnostics) {
    return StapResolver(point, kernel, diagnostics).run();
}

}  // namespace knowhy::lang
