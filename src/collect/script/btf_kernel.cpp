#include "collect/script/btf_kernel.h"

#include <algorithm>

#include "collect/script/pattern.h"

namespace knowhy::collect {
namespace {

// What a BPF trampoline can pass on everywhere: no more arguments than there are registers for them
// (arch/x86/net/bpf_jit_comp.c of 6.1).
constexpr unsigned kMostArguments = 6;
constexpr std::string_view kDataLoc = "__data_loc_";

bool can_be_traced(const symbols::KernelTypes::Function& function) {
    return function.parameters <= kMostArguments && !function.variadic && !function.by_value;
}

// Which of the kernel's own it writes in front of every record.
bool is_own_of_tracing(const symbols::Member& member) {
    return member.name == "ent" || member.name == "__data";
}

lang::TracepointField field_of(const symbols::Types& types, const symbols::Member& member) {
    lang::TracepointField field;
    field.data_loc = member.name.starts_with(kDataLoc);
    field.name = field.data_loc ? member.name.substr(kDataLoc.size()) : member.name;
    field.c_type = field.data_loc ? "__data_loc char[]" : types.text(member.type);
    field.offset = static_cast<uint32_t>(member.bit_offset / 8);
    field.bytes = static_cast<uint32_t>(types.bytes_of(member.type));
    field.is_signed = types[types.resolved(member.type)].is_signed;
    return field;
}

}  // namespace

symbols::KernelTypes* BtfKernel::btf() {
    if (!asked_) {
        asked_ = true;
        auto loaded = load_btf(types_);
        if (loaded)
            btf_ = std::move(*loaded);
        else
            why_ = loaded.error();
    }
    return btf_ ? &*btf_ : nullptr;
}

std::optional<symbols::TypeId> BtfKernel::type(std::string_view name) {
    auto* known = btf();
    return known ? known->named(name) : std::nullopt;
}

std::optional<lang::Enumerated> BtfKernel::enumerator(std::string_view name) {
    auto* known = btf();
    const auto found = known ? known->enumerator(name) : std::nullopt;
    return found ? std::optional(lang::Enumerated{found->value, found->type}) : std::nullopt;
}

std::vector<std::string> BtfKernel::modules_like(std::string_view pattern) const {
    if (pattern == "vmlinux") return {""};
    const Pattern wanted(pattern.empty() ? "*" : pattern);
    std::vector<std::string> names;
    if (wanted.matches("vmlinux")) names.emplace_back();
    for (std::string& module : loaded_modules())
        if (wanted.matches(module)) names.push_back(std::move(module));
    return names;
}

Result<std::vector<lang::KernelFunction>> BtfKernel::traced_functions(std::string_view pattern,
                                                                      std::string_view module) {
    auto* known = btf();
    if (!known) return tl::unexpected(why_);
    const Pattern wanted(pattern);
    std::vector<lang::KernelFunction> functions;
    if (!wanted.has_wildcards()) {
        for (const std::string& home : modules_like(module)) {
            if (known->function_id(pattern, home))
                functions.push_back({std::string(pattern), home});
            // vmlinux comes first, and reading all modules' BTF takes its time.
            if (!functions.empty() && module.empty()) break;
        }
        return functions;
    }
    const auto* reachable = traceable();
    for (const std::string& home : modules_like(module)) {
        known->each_function(home, [&](const symbols::KernelTypes::Function& function) {
            if (!can_be_traced(function) || !wanted.matches(function.name)) return;
            if (reachable &&
                !std::binary_search(reachable->begin(), reachable->end(), function.name))
                return;
            functions.push_back({std::string(function.name), home});
        });
    }
    return functions;
}

std::optional<symbols::TypeId> BtfKernel::prototype(const lang::KernelFunction& function) {
    auto* known = btf();
    return known ? known->function(function.name, function.module) : std::nullopt;
}

Result<std::vector<std::string>> BtfKernel::raw_tracepoints(std::string_view pattern) {
    auto* known = btf();
    if (!known) return tl::unexpected(why_);
    const Pattern wanted(pattern);
    std::vector<std::string> names;
    if (!wanted.has_wildcards()) {
        if (known->raw_tracepoint_id(pattern)) names.emplace_back(pattern);
        return names;
    }
    known->each_raw_tracepoint([&](std::string_view name) {
        if (wanted.matches(name)) names.emplace_back(name);
    });
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

std::optional<symbols::TypeId> BtfKernel::raw_tracepoint(std::string_view name) {
    auto* known = btf();
    return known ? known->raw_tracepoint(name) : std::nullopt;
}

Result<std::vector<lang::TracepointField>> BtfKernel::fields_by_type(const Tracepoint& which) {
    const auto record = type("struct trace_event_raw_" + which.name);
    if (!record) {
        return fail(ErrorKind::Unsupported,
                    "the fields of {}:{} are told only by tracefs of the kernel itself",
                    which.system, which.name);
    }
    const symbols::Types& all = *types();
    std::vector<lang::TracepointField> fields;
    for (const symbols::Member& member : all[*record].members)
        if (!is_own_of_tracing(member)) fields.push_back(field_of(all, member));
    return fields;
}

}  // namespace knowhy::collect
