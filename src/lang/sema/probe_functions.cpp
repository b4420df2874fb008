// Probes at functions and static tracepoints.
#include <algorithm>

#include "lang/sema/code_sites.h"
#include "lang/sema/missing_probes.h"
#include "lang/sema/probe_resolver.h"
#include "lang/sema/text.h"

namespace knowhy::lang {
namespace {

using View = ProbeSite::View;

bool is_pattern(std::string_view text) {
    return text.find_first_of("*?[") != std::string_view::npos;
}

}  // namespace

void ProbeResolver::at_address(uint64_t address, bool at_return) {
    add(at_return ? View::ReturnRegisters : View::Registers,
        {KprobeAt{"", "", 0, address, at_return}, fmt::format("{}:{:#x}", provider_, address)});
}

void ProbeResolver::function_probe(bool at_return) {
    if (parts() >= 3 && !at_return) {
        symbols::PlaceName place;
        if (part(1) == "inline" || (parts() == 4 && part(2) == "inline")) {
            place.module = parts() == 4 ? part(1) : "";
            place.function = part(parts() - 1);
            return code_probe(place, true);
        }
        // FILE:LINE, and MODULE:FILE:LINE: a module's name and a function's have no dot.
        const std::string& file = part(parts() - 2);
        const auto line = parse_number(part(parts() - 1));
        if (line && parts() <= 4 && file.find_first_of("./") != std::string::npos) {
            place.kind = symbols::PlaceName::Kind::Line;
            place.module = parts() == 4 ? part(1) : "";
            place.file = file;
            place.line = static_cast<uint32_t>(*line);
            return code_probe(place, false);
        }
    }
    if (!expect_parts(2, 3)) return;
    std::string name = part(parts() - 1);
    const std::string module = parts() == 3 ? part(1) : "";
    uint64_t offset = 0;
    if (const size_t plus = name.rfind('+'); plus != std::string::npos) {
        const auto value = parse_number(name.substr(plus + 1));
        if (!value) {
            complain(codes::kProbeForm, span_of(parts() - 1), "no offset after '+'",
                     "in bytes, as in kprobe:ip_rcv+4");
            return;
        }
        if (at_return) {
            complain(codes::kProbeForm, span_of(parts() - 1), "a return probe has no offset",
                     fmt::format("{}:{}", provider_, name.substr(0, plus)));
            return;
        }
        offset = *value;
        name.resize(plus);
    }
    if (const auto address = parse_number(name)) return at_address(*address + offset, at_return);
    auto found = kernel_.functions(name, module);
    if (!found) {
        complain(codes::kKernelUnreadable, point_.span, found.error().message);
        return;
    }
    // A function that the compiler copied under another name counts as the function itself.
    if (!is_pattern(name))
        if (auto clones = kernel_.functions(name + ".*", module))
            for (KernelFunction& clone : *clones)
                if (clone.name.find(".cold") == std::string::npos &&
                    std::ranges::find(*found, clone.name, &KernelFunction::name) == found->end())
                    found->push_back(std::move(clone));
    if (found->empty()) {
        complain(codes::kNoSuchFunction, span_of(parts() - 1),
                 fmt::format("no function {} to probe{}", name,
                             module.empty() ? "" : " in module " + module),
                 missing_function_hint(kernel_, name, module, Dialect::Bpftrace));
        return;
    }
    if (!room_for(found->size())) return;
    for (const KernelFunction& function : *found) {
        if (at_return) {
            add_return(function);
            continue;
        }
        const bool own = uses_arguments_;  // types differ from function to function
        add(View::Registers,
            {KprobeAt{function.name, function.module, offset, 0, false},
             fmt::format("{}:{}{}", provider_, function.name,
                         offset != 0 ? fmt::format("+{}", offset) : "")},
            !own);
        if (own) sites_.back().prototype = kernel_.prototype(function);
        sites_.back().at_entry = offset == 0;
    }
}

// Functions share a program where their results are equally wide, or nobody asks for them.
void ProbeResolver::add_return(const KernelFunction& function) {
    const auto result = uses_arguments_ ? narrow_result(function) : std::nullopt;
    auto site = std::ranges::find(sites_, result, &ProbeSite::result);
    if (site == sites_.end()) {
        site = sites_.insert(site, ProbeSite());
        site->view = View::ReturnRegisters;
        site->provider = provider_;
        site->result = result;
    }
    site->targets.push_back({KprobeAt{function.name, function.module, 0, 0, true},
                             fmt::format("{}:{}", provider_, function.name)});
}

std::optional<ProbeSite::Narrow> ProbeResolver::narrow_result(const KernelFunction& function) {
    using Kind = symbols::Type::Kind;
    const auto prototype = kernel_.prototype(function);
    if (!prototype) return std::nullopt;
    const auto types = kernel_.types();
    const auto type_of = [&](symbols::TypeId id) { return (*types)[types->resolved(id)]; };
    const symbols::Type result = type_of(type_of(*prototype).target);
    const bool number = result.kind == Kind::Integer || result.kind == Kind::Boolean ||
                        result.kind == Kind::Character || result.kind == Kind::Enum;
    if (!number || result.bytes == 0 || result.bytes >= sizeof(uint64_t)) return std::nullopt;
    return ProbeSite::Narrow{static_cast<uint8_t>(result.bytes), result.is_signed};
}

// Places that debug information tells of: each has a program of its own, since variables live
// elsewhere in each.
void ProbeResolver::code_probe(const symbols::PlaceName& place, bool inlined_only) {
    const auto code = kernel_.code();
    if (!code) {
        complain(codes::kNoDebugInfo, point_.span, code.error().message);
        return;
    }
    auto found = (*code)->places(place);
    if (!found) {
        complain(codes::kNoSuchFunction, point_.span, found.error().message);
        return;
    }
    size_t unsafe = 0;
    std::string why_not;
    for (symbols::CodePlace& at : *found) {
        if (inlined_only && (!at.inlined || is_part_of_itself(at))) continue;
        if (!at.why_not.empty()) {
            ++unsafe;
            why_not = at.why_not;
            continue;
        }
        sites_.push_back(site_at(std::move(at), provider_));
    }
    if (!sites_.empty()) return;
    if (unsafe > 0)
        complain(codes::kUnsafePlace, point_.span, "no probe can be put there: " + why_not,
                 "knowhy locate names the nearest place that is safe");
    else
        complain(codes::kNoSuchFunction, point_.span,
                 fmt::format("{} is inlined nowhere", place.function),
                 fmt::format("it is a function of its own: kprobe:{}", place.function));
}

void ProbeResolver::tracing(bool at_return) {
    if (!expect_parts(2, 3)) return;
    const std::string& name = part(parts() - 1);
    auto found = kernel_.traced_functions(name, parts() == 3 ? part(1) : "");
    if (!found) {
        complain(codes::kKernelUnreadable, point_.span, found.error().message);
        return;
    }
    if (found->empty()) {
        complain(
            codes::kNoSuchFunction, span_of(parts() - 1),
            fmt::format("no function {} with type information", name),
            missing_function_hint(kernel_, name, parts() == 3 ? part(1) : "", Dialect::Bpftrace));
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

void ProbeResolver::tracepoint() {
    if (!expect_parts(3, 3)) return;
    auto found = kernel_.tracepoints(part(1), part(2));
    if (!found) {
        complain(codes::kKernelUnreadable, point_.span, found.error().message);
        return;
    }
    if (found->empty()) {
        complain(codes::kNoSuchTracepoint, point_.span,
                 fmt::format("no tracepoint {}:{}", part(1), part(2)),
                 missing_tracepoint_hint(kernel_, part(1), part(2)));
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
            complain(codes::kKernelUnreadable, point_.span, fields.error().message);
    }
}

void ProbeResolver::raw_tracepoint() {
    if (!expect_parts(2, 3)) return;
    const std::string& name = part(parts() - 1);
    auto found = kernel_.raw_tracepoints(name);
    if (!found) {
        complain(codes::kKernelUnreadable, point_.span, found.error().message);
        return;
    }
    if (found->empty()) {
        complain(codes::kNoSuchTracepoint, span_of(parts() - 1),
                 fmt::format("no tracepoint {}", name), missing_raw_tracepoint_hint(kernel_, name));
        return;
    }
    if (!room_for(found->size())) return;
    const bool typed = uses_arguments_ || counts_arguments_;
    for (const std::string& which : *found) {
        add(View::Arguments,
            {RawTracepointAt{which, false}, fmt::format("rawtracepoint:{}", which)}, !typed);
        if (typed) sites_.back().prototype = kernel_.raw_tracepoint(which);
    }
}

}  // namespace knowhy::lang
