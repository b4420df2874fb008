// SystemTap's probe points in code: functions, their returns, where they are inlined, statements.
#include <algorithm>
#include <set>

#include "lang/sema/stap_resolver.h"

namespace knowhy::lang {

using View = ProbeSite::View;
using symbols::CodeMap;
using symbols::CodePlace;
using symbols::PlaceName;

namespace {

constexpr size_t kMostSites = 1024;

// `module("bonding").function("ad_tx_machine@drivers/net/bonding/bond_3ad.c:1275")`
std::string found_at(const CodePlace& place, std::string_view what, const std::string& file,
                     uint32_t line) {
    const std::string image =
        place.image == "vmlinux" ? "kernel" : fmt::format("module(\"{}\")", place.image);
    return fmt::format("{}.{}(\"{}@{}:{}\")", image, what, place.function, file, line);
}

PlaceName place_of(const std::string& module, const std::string& function) {
    PlaceName place;
    place.module = module;
    place.function = function;
    return place;
}

PlaceName lines_of(const std::string& module, const std::string& file, uint32_t line) {
    PlaceName place;
    place.kind = PlaceName::Kind::Line;
    place.module = module;
    place.file = file;
    place.line = line;
    return place;
}

}  // namespace

std::string point_name(const ProbePoint& point) {
    return to_text(point, Dialect::Stap);
}

void StapResolver::in_image(const std::string& module, size_t from) {
    if (from < parts() && text(from) != nullptr) {
        if (name(from) == "function") return function(module, from);
        if (name(from) == "statement") return statement(module, from);
    }
    if (is_part(from, "statement") && number(from)) return statement(module, from);
    not_understood("function(\"f\"), statement(\"f@file:line\"), statement(address).absolute");
}

void StapResolver::in_modules(const std::string& pattern) {
    if (!has_wildcard(pattern)) return in_image(pattern, 1);
    const std::string* wanted = is_part(1, "function") ? text(1) : nullptr;
    const auto parsed = wanted != nullptr ? parse_pattern(*wanted) : std::nullopt;
    if (!parsed)
        return not_understood("a module's name may have wildcards in front of function(\"f\")");
    const auto found = kernel_.functions(parsed->function, pattern);
    if (!found) return complain(codes::kKernelUnreadable, found.error().message);
    std::set<std::string> modules;
    for (const KernelFunction& each : *found)
        if (!each.module.empty()) modules.insert(each.module);
    if (modules.empty())
        return complain(codes::kNoSuchFunction,
                        fmt::format("no module like {} has a function {}", pattern, *wanted));
    for (const std::string& module : modules) function(module, 1);
}

// Of the kernel itself or of a module; an error says why there is none.
Result<CodeMap*> StapResolver::debug_information(const std::string& module) {
    KW_TRY(CodeMap * code, kernel_.code());
    KW_CHECK_OK(code->usable(module.empty() ? "vmlinux" : module));
    return code;
}

// ---- Functions

std::optional<StapResolver::Variants> StapResolver::variants(size_t from) {
    Variants wanted;
    for (size_t i = from; i < parts(); ++i) {
        const std::string& each = name(i);
        if (each == "call") {
            wanted.inlines = false;
        } else if (each == "exported") {
            wanted.inlines = false;
            wanted.exported = true;
        } else if (each == "inline") {
            wanted.calls = false;
        } else if (each == "return") {
            wanted.returns = true;
            wanted.inlines = false;
        } else if (each == "maxactive") {
            diagnostics_.warning(codes::kCannot, point_.span,
                                 "the kernel itself decides how many calls it can follow",
                                 "leave .maxactive() out");
        } else if (each == "callee" || each == "callees") {
            refused("whose call it is would have to be told from the stack at every call",
                    "probe the callee itself, and look at caller()");
            return std::nullopt;
        } else if (each == "label") {
            refused("debug information has no labels that can be relied on",
                    "statement(\"f@file:line\") is put at a line");
            return std::nullopt;
        } else {
            not_understood(".call, .inline, .return, .exported");
            return std::nullopt;
        }
    }
    if (wanted.returns && !wanted.calls) {
        refused("an inlined function has no return", "statement(\"f@file:line\") at its last line");
        return std::nullopt;
    }
    return wanted;
}

void StapResolver::function(const std::string& module, size_t at) {
    const auto pattern = parse_pattern(*text(at));
    if (!pattern) return not_understood("\"f\", \"f@file.c\", \"f@file.c:12\", \"*@file.c\"");
    const auto wanted = variants(at + 1);
    if (!wanted) return;
    const auto code = debug_information(module);
    if (code) return functions(**code, module, *pattern, *wanted);
    // Without debug information the functions that are there themselves.
    if (!wanted->calls || !pattern->file.empty())
        return complain(codes::kNoDebugInfo, code.error().message,
                        "inlined functions, files and lines need the kernel's debug files");
    functions_by_symbol(module, pattern->function, *wanted);
}

void StapResolver::functions(CodeMap& code, const std::string& module,
                             const FunctionPattern& pattern, const Variants& variants) {
    const bool by_file =
        !pattern.file.empty() && (has_wildcard(pattern.function) || pattern.has_lines());
    auto found = by_file ? functions_of_file(code, module, pattern)
                         : code.places(place_of(module, pattern.function));
    if (!found) return complain(codes::kNoSuchFunction, found.error().message);
    std::erase_if(*found, [&](const CodePlace& each) {
        const std::string& file = each.declared_file.empty() ? each.file : each.declared_file;
        return !is_file(pattern.file, file);
    });
    keep(std::move(*found), variants);
}

// Every function that has code of those lines, or of the file at all.
Result<StapResolver::Places> StapResolver::functions_of_file(CodeMap& code,
                                                             const std::string& module,
                                                             const FunctionPattern& pattern) {
    const auto line = pattern.one_line();
    KW_TRY(const Places lines, code.places(lines_of(module, pattern.file, line.value_or(0))));
    std::set<std::string> names;
    for (const CodePlace& each : lines)
        if (is_function(pattern.function, each.function) && is_file(pattern.file, each.file) &&
            (!pattern.has_lines() || pattern.wants(each.line)))
            names.insert(each.function);
    Places found;
    for (const std::string& each : names) {
        auto places = code.places(place_of(module, each));
        if (places) std::ranges::move(*places, std::back_inserter(found));
    }
    return found;
}

bool StapResolver::is_exported(const std::string& function) {
    return kernel_.address_of("__ksymtab_" + function).has_value();
}

// One program for each place: variables live elsewhere in each.
void StapResolver::keep(Places places, const Variants& variants) {
    std::string why_not;
    for (CodePlace& place : places) {
        if (place.inlined ? !variants.inlines || is_part_of_itself(place) : !variants.calls)
            continue;
        if (variants.exported && !is_exported(place.symbol)) continue;
        // The code of a function that only another jumps to is entered by no call.
        if (variants.returns && !place.at_entry) continue;
        if (!place.why_not.empty()) {
            why_not = place.why_not;
            continue;
        }
        if (sites_.size() == kMostSites)
            return complain(codes::kTooManyProbes,
                            fmt::format("more than {} places match", kMostSites),
                            "narrow the pattern");
        const bool has_file = !place.declared_file.empty();
        const std::string found =
            found_at(place, "function", has_file ? place.declared_file : place.file,
                     has_file ? place.declared_line : place.line);
        ProbeSite site = site_at(std::move(place), "kprobe");
        site.targets.front().name = found + (site.code->inlined ? ".inline" : "");
        if (variants.returns) {
            ProbeSite end;
            end.view = View::ReturnRegisters;
            end.provider = "kretprobe";
            end.targets = site.targets;
            std::get<KprobeAt>(end.targets.front().at).at_return = true;
            end.targets.front().name = found + ".return";
            const auto& at = std::get<KprobeAt>(site.targets.front().at);
            end.prototype = kernel_.prototype({at.function, at.module});
            if (!end.prototype) end.prototype = kernel_.prototype({site.code->function, at.module});
            site.targets.front().name = found + ".call";
            end.entry.push_back(std::move(site));
            site = std::move(end);
        }
        sites_.push_back(std::move(site));
    }
    if (!sites_.empty()) return;
    if (!why_not.empty())
        complain(codes::kUnsafePlace, "no probe can be put there: " + why_not,
                 "knowhy locate names the nearest place that is safe");
    else if (variants.returns && !places.empty())
        complain(codes::kNoSuchFunction,
                 fmt::format("{}: an inlined function does not return", point_name(point_)),
                 "probe its callers' returns, or a line of it");
    else
        complain(codes::kNoSuchFunction, fmt::format("{} is nowhere", point_name(point_)));
}

void StapResolver::functions_by_symbol(const std::string& module, const std::string& pattern,
                                       const Variants& variants) {
    const auto found = kernel_.functions(pattern, module == "vmlinux" ? "" : module);
    if (!found) return complain(codes::kKernelUnreadable, found.error().message);
    for (const KernelFunction& function : *found) {
        if (variants.exported && !is_exported(function.name)) continue;
        if (module == "vmlinux" && !function.module.empty()) continue;
        ProbeSite entry;
        entry.view = View::Registers;
        entry.provider = "kprobe";
        entry.at_entry = true;
        entry.prototype = kernel_.prototype(function);
        entry.targets.push_back(
            {KprobeAt{function.name, function.module, 0, 0, false}, point_name(point_)});
        if (!variants.returns) {
            sites_.push_back(std::move(entry));
            continue;
        }
        ProbeSite& end = add(View::ReturnRegisters, "kretprobe",
                             KprobeAt{function.name, function.module, 0, 0, true});
        end.prototype = entry.prototype;
        end.entry.push_back(std::move(entry));
    }
    if (!sites_.empty()) return;
    const auto code = debug_information(module);
    complain(codes::kNoSuchFunction,
             fmt::format("no function {} to probe{}", pattern,
                         code ? "" : "; whether it is inlined: " + code.error().message),
             "kernel.function(\"f\") also knows where a function is inlined, by debug files");
}

// ---- Statements

void StapResolver::statement(const std::string& module, size_t at) {
    if (const auto address = number(at))
        return at_address(module, static_cast<uint64_t>(*address), is_part(at + 1, "absolute"));
    auto pattern = parse_pattern(*text(at));
    const bool nearest = is_part(at + 1, "nearest");
    if (!pattern || at + 1 + (nearest ? 1 : 0) != parts())
        return not_understood(
            "statement(\"f@file:line\"), \"*@file:line\", \"f@file+n\", \"f@file:*\", "
            "\"f@file:A-B\"");
    const auto code = debug_information(module);
    if (!code) return complain(codes::kNoDebugInfo, code.error().message);
    if (!pattern->has_lines()) {  // the first of the function
        functions(**code, module, *pattern, {});
        return;
    }
    at_lines(**code, module, std::move(*pattern), nearest);
}

// Absolute: of the kernel that runs. Else as the image is linked.
void StapResolver::at_address(const std::string& module, uint64_t address, bool absolute) {
    const auto code = debug_information(module);
    if (absolute || !code) {
        add(View::Registers, "kprobe", KprobeAt{"", "", 0, address, false});
        return;
    }
    PlaceName place;
    place.kind = PlaceName::Kind::Address;
    place.module = module;
    place.value = address;
    auto found = (*code)->places(place);
    if (!found) return complain(codes::kNoSuchFunction, found.error().message);
    keep(std::move(*found), {});
}

// Lines from the function's declaration to those of the file.
bool StapResolver::from_declaration(CodeMap& code, const std::string& module,
                                    FunctionPattern& pattern) {
    const auto bodies = code.places(place_of(module, pattern.function));
    if (!bodies) {
        complain(codes::kNoSuchFunction, bodies.error().message);
        return false;
    }
    const auto found = std::ranges::find_if(*bodies, [&](const CodePlace& each) {
        return each.declared_line != 0 && is_file(pattern.file, each.declared_file);
    });
    if (found == bodies->end()) {
        complain(codes::kNoSuchFunction,
                 fmt::format("{} is not declared in {}", pattern.function, pattern.file));
        return false;
    }
    for (auto& [first, last] : pattern.lines) {
        first += found->declared_line;
        last += found->declared_line;
    }
    pattern.relative = false;
    return true;
}

void StapResolver::at_lines(CodeMap& code, const std::string& module, FunctionPattern pattern,
                            bool nearest) {
    if (pattern.relative && !from_declaration(code, module, pattern)) return;
    const auto line = pattern.one_line();
    auto found = code.places(lines_of(module, pattern.file, line.value_or(0)));
    if (!found) return complain(codes::kNoSuchFunction, found.error().message);
    std::erase_if(*found, [&](const CodePlace& each) {
        return !is_function(pattern.function, each.function);
    });
    // Where the line has no code, that is the next one which has.
    const uint32_t next = found->empty() ? 0 : found->front().line;
    if (!nearest)
        std::erase_if(*found, [&](const CodePlace& each) { return !pattern.wants(each.line); });
    if (found->empty() && next != 0 && line)
        return complain(codes::kNoSuchFunction,
                        fmt::format("line {} of {} has no code of its own", *line, pattern.file),
                        fmt::format("the next that has is {}; .nearest takes it", next));
    std::string why_not;
    for (CodePlace& place : *found) {
        if (!place.why_not.empty()) {
            why_not = place.why_not;
            continue;
        }
        if (sites_.size() == kMostSites)
            return complain(codes::kTooManyProbes,
                            fmt::format("more than {} places match", kMostSites),
                            "narrow the lines");
        const std::string name = found_at(place, "statement", place.file, place.line);
        sites_.push_back(site_at(std::move(place), "kprobe"));
        sites_.back().targets.front().name = name;
    }
    if (!sites_.empty()) return;
    if (!why_not.empty())
        complain(codes::kUnsafePlace, "no probe can be put there: " + why_not,
                 "knowhy locate names the nearest place that is safe");
    else
        complain(codes::kNoSuchFunction, fmt::format("{} is nowhere", point_name(point_)));
}

std::vector<ProbeSite> resolve_stap(const ProbePoint& point, Kernel& kernel,
                                    Diagnostics& diagnostics) {
    return StapResolver(point, kernel, diagnostics).run();
}

}  // namespace knowhy::lang
