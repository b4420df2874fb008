#include "collect/script/running_kernel.h"

#include <bpf/libbpf.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <tuple>
#include <unordered_set>

#include "collect/script/pattern.h"
#include "host/modules.h"

namespace knowhy::collect {
namespace {

using lang::KernelFunction;

// A part of a function that was moved away because it is rarely run, not a function of its own.
bool is_cold(std::string_view name) {
    return name.ends_with(".cold") || name.find(".cold.") != std::string_view::npos;
}

bool is_clone_of(std::string_view name, std::string_view plain) {
    return name.size() > plain.size() && name.starts_with(plain) && name[plain.size()] == '.' &&
           !is_cold(name);
}

// What the compiler and the linker leave among functions and is none.
bool is_artefact(std::string_view name) {
    return is_cold(name) || name.starts_with("__pfx_") || name.starts_with("__cfi_");
}

bool in_module(std::string_view module, const Pattern& wanted) {
    return wanted.text().empty() || wanted.matches(module.empty() ? "vmlinux" : module);
}

void sort_and_unite(std::vector<KernelFunction>& functions) {
    const auto key = [](const KernelFunction& f) { return std::tie(f.module, f.name); };
    std::sort(functions.begin(), functions.end(),
              [&](const auto& a, const auto& b) { return key(a) < key(b); });
    functions.erase(std::unique(functions.begin(), functions.end(),
                                [&](const auto& a, const auto& b) { return key(a) == key(b); }),
                    functions.end());
}

}  // namespace

symbols::Arch running_arch() {
#if defined(__x86_64__)
    return symbols::Arch::X86_64;
#elif defined(__aarch64__)
    return symbols::Arch::Arm64;
#elif defined(__riscv)
    return symbols::Arch::Riscv64;
#elif defined(__s390x__)
    return symbols::Arch::S390x;
#elif defined(__powerpc64__)
    return symbols::Arch::Ppc64;
#else
#error "which architecture is this?"
#endif
}

symbols::Arch RunningKernel::arch() const {
    return running_arch();
}

Result<symbols::KernelTypes> RunningKernel::load_btf(std::shared_ptr<symbols::Types> into) {
    return symbols::KernelTypes::of_running(std::move(into));
}

std::vector<std::string> RunningKernel::loaded_modules() const {
    return host::loaded_modules().value_or(std::vector<std::string>{});
}

const symbols::SymbolTable* RunningKernel::symbols() {
    if (!symbols_) symbols_ = symbols::SymbolTable::load_running();
    return *symbols_ && !(*symbols_)->hidden() ? &**symbols_ : nullptr;
}

Result<const host::Tracefs*> RunningKernel::tracefs() {
    if (!tracefs_) tracefs_ = host::Tracefs::open();
    if (!*tracefs_) return tl::unexpected(tracefs_->error());
    return &**tracefs_;
}

Result<symbols::CodeMap*> RunningKernel::code() {
    if (!code_) code_ = symbols::CodeMap::open(debug_);
    if (!*code_) return tl::unexpected(code_->error());
    return &**code_;
}

// Without the list, as for who may not read it, all functions are taken for reachable, and those
// that are not are told when it comes to attaching.
void RunningKernel::read_traceable() {
    if (reachable_known_) return;
    reachable_known_ = true;
    const auto from = tracefs();
    auto functions =
        from ? (*from)->traceable_functions()
             : Result<std::vector<host::TraceableFunction>>(tl::unexpected(from.error()));
    if (!functions) return;
    const auto refused = host::kprobe_blacklist().value_or(std::vector<std::string>{});
    const std::unordered_set<std::string_view> never(refused.begin(), refused.end());
    std::erase_if(*functions, [&](const auto& f) { return never.contains(f.name); });
    for (const auto& function : *functions) reachable_names_.push_back(function.name);
    std::sort(reachable_names_.begin(), reachable_names_.end());
    reachable_ = std::move(*functions);
}

const std::vector<std::string>* RunningKernel::traceable() {
    read_traceable();
    return reachable_ ? &reachable_names_ : nullptr;
}

Result<std::vector<KernelFunction>> RunningKernel::functions(std::string_view pattern,
                                                             std::string_view module) {
    if (Pattern(pattern).has_wildcards()) return functions_like(pattern, module);
    // BTF is read anyway by most scripts, and reading all symbols takes longer than the rest.
    const bool may_be_vmlinux = module.empty() || module == "vmlinux";
    if (may_be_vmlinux && btf() != nullptr && btf()->function_id(pattern, ""))
        return std::vector<KernelFunction>{{std::string(pattern), ""}};
    if (symbols() == nullptr && !*symbols_) return tl::unexpected(symbols_->error());
    return function_named(pattern, module);
}

std::vector<KernelFunction> RunningKernel::function_named(std::string_view name,
                                                          std::string_view module) {
    const Pattern home(module);
    std::vector<KernelFunction> exact;
    std::vector<KernelFunction> clones;
    // Addresses may be hidden; names are not.
    (*symbols_)->each_text([&](const symbols::Symbol& symbol) {
        if (!in_module(symbol.module, home)) return;
        if (symbol.name == name)
            exact.push_back({std::string(name), std::string(symbol.module)});
        else if (is_clone_of(symbol.name, name))
            clones.push_back({std::string(symbol.name), std::string(symbol.module)});
    });
    std::vector<KernelFunction>& found = exact.empty() ? clones : exact;
    sort_and_unite(found);
    return found;
}

Result<std::vector<KernelFunction>> RunningKernel::functions_like(std::string_view pattern,
                                                                  std::string_view module) {
    const Pattern wanted(pattern);
    const Pattern home(module);
    std::vector<KernelFunction> found;
    const auto take = [&](std::string_view name, std::string_view where) {
        if (!is_artefact(name) && wanted.matches(name) && in_module(where, home))
            found.push_back({std::string(name), std::string(where)});
    };
    read_traceable();
    if (reachable_) {
        for (const auto& function : *reachable_) take(function.name, function.module);
    } else {
        if (symbols() == nullptr && !*symbols_) return tl::unexpected(symbols_->error());
        (*symbols_)->each_text(
            [&](const symbols::Symbol& symbol) { take(symbol.name, symbol.module); });
    }
    sort_and_unite(found);
    return found;
}

std::optional<uint64_t> RunningKernel::address_of(std::string_view symbol) {
    const auto* known = symbols();
    const auto found = known ? known->named(symbol) : std::vector<symbols::Symbol>{};
    return found.empty() ? std::nullopt : std::optional(found.front().address);
}

Result<std::vector<lang::Kernel::Tracepoint>> RunningKernel::tracepoints(std::string_view system,
                                                                         std::string_view name) {
    const Pattern systems(system);
    const Pattern names(name);
    const auto from = tracefs();
    std::vector<Tracepoint> found;
    if (!systems.has_wildcards() && !names.has_wildcards()) {
        const Tracepoint one{std::string(system), std::string(name)};
        // Who may not look into tracefs can still check a script, as far as BTF goes.
        const bool is_there =
            from ? (*from)->has_event({one.system, one.name}) : fields_by_type(one).has_value();
        if (is_there) found.push_back(one);
        if (!from && !is_there) return tl::unexpected(from.error());
        return found;
    }
    if (!from) return tl::unexpected(from.error());
    KW_TRY(const auto events, (*from)->events());
    for (const host::EventName& event : events)
        if (systems.matches(event.system) && names.matches(event.name))
            found.push_back({event.system, event.name});
    std::sort(found.begin(), found.end(), [](const Tracepoint& a, const Tracepoint& b) {
        return std::tie(a.system, a.name) < std::tie(b.system, b.name);
    });
    return found;
}

Result<std::vector<lang::TracepointField>> RunningKernel::tracepoint_fields(
    const Tracepoint& which) {
    const auto from = tracefs();
    if (!from) return fields_by_type(which);
    KW_TRY(const host::EventFormat format, (*from)->format({which.system, which.name}));
    std::vector<lang::TracepointField> fields;
    for (const host::EventField& read : format.fields) {
        lang::TracepointField field;
        field.name = read.name;
        field.c_type = read.type;
        field.offset = read.offset;
        field.bytes = read.bytes;
        field.is_signed = read.is_signed;
        field.data_loc = read.type.starts_with("__data_loc ");
        fields.push_back(std::move(field));
    }
    return fields;
}

uint32_t RunningKernel::cpus() const {
    return static_cast<uint32_t>(std::max(libbpf_num_possible_cpus(), 1));
}

// The number of its inode, on 64-bit machines.
std::optional<uint64_t> RunningKernel::cgroup_id(std::string_view path) {
    const std::string file(path);
    struct statfs mount {};
    struct stat info {};
    if (::statfs(file.c_str(), &mount) != 0 || mount.f_type != CGROUP2_SUPER_MAGIC)
        return std::nullopt;
    if (::stat(file.c_str(), &info) != 0) return std::nullopt;
    return info.st_ino;
}

}  // namespace knowhy::collect
