#include "cli/script_source.h"

#include <sys/utsname.h>

#include <cstdio>

#include "base/file.h"
#include "base/text.h"
#include "lang/bpftrace/macros.h"
#include "lang/bpftrace/parser.h"
#include "lang/stap/parser.h"
#include "lang/tapset/aliases.h"

namespace knowhy::cli {
namespace {

constexpr size_t kMostBytes = 16U << 20U;

Result<lang::Dialect> dialect_named(const std::string& language) {
    if (language == "bpftrace" || language == "bt") return lang::Dialect::Bpftrace;
    if (language == "stap" || language == "stp" || language == "systemtap")
        return lang::Dialect::Stap;
    return fail(ErrorKind::Usage, "--lang {}: there are bpftrace and stap", language);
}

Result<lang::Dialect> dialect_of(const std::string& name, std::string_view text,
                                 const std::string& language) {
    if (!language.empty()) return dialect_named(language);
    if (name.ends_with(".stp")) return lang::Dialect::Stap;
    const std::string_view first = text.substr(0, text.find('\n'));
    const bool says_stap = first.starts_with("#!") && first.find("stap") != std::string_view::npos;
    return says_stap ? lang::Dialect::Stap : lang::Dialect::Bpftrace;
}

// What SystemTap's %( ... %) may ask for. The version is that of the language's tapset that most
// scripts of today know.
std::optional<std::string> condition_value(std::string_view name) {
    utsname host{};
    uname(&host);
    const std::string release = host.release;
    if (name == "kernel_v") return release.substr(0, release.find('-'));
    if (name == "kernel_vr") return release;
    if (name == "arch") return host.machine;
    if (name == "runtime") return "bpf";
    if (name == "systemtap_v") return "5.0";
    return std::nullopt;
}

void tell(const NamedScript& script, const lang::Diagnostics& diagnostics) {
    for (const lang::Diagnostic& diagnostic : diagnostics.all())
        if (script.warnings || diagnostic.severity == lang::Severity::Error)
            fmt::print(stderr, "{}", lang::to_text(script.source, diagnostic));
}

}  // namespace

Result<NamedScript> script_of_argument(const std::string& text, const std::string& language) {
    KW_TRY(const lang::Dialect dialect, dialect_of("-e", text, language));
    return NamedScript{lang::Source("-e", text), dialect};
}

Result<NamedScript> read_script(const std::string& path, const std::string& language) {
    const bool is_input = path == "-";
    auto text = read_file(is_input ? "/proc/self/fd/0" : path, kMostBytes);
    if (!text) {
        text.error().kind = ErrorKind::Usage;  // it is the input, and it is unreadable
        return tl::unexpected(text.error());
    }
    KW_TRY(const lang::Dialect dialect, dialect_of(path, *text, language));
    return NamedScript{lang::Source(is_input ? "stdin" : path, std::move(*text)), dialect};
}

std::optional<lang::Script> parse_script(const NamedScript& script,
                                         const std::vector<std::string>& arguments) {
    lang::Diagnostics diagnostics;
    const bool is_stap = script.dialect == lang::Dialect::Stap;
    auto parsed =
        is_stap ? lang::stap::parse(script.source, {condition_value, arguments, {}}, diagnostics)
                : lang::bpftrace::parse(script.source, diagnostics);
    tell(script, diagnostics);
    return parsed;
}

std::optional<lang::Plan> compile_script(const NamedScript& script, lang::Script parsed,
                                         lang::Kernel& kernel,
                                         const lang::CompileOptions& options) {
    lang::Diagnostics diagnostics;
    if (parsed.dialect == lang::Dialect::Bpftrace)
        lang::bpftrace::expand_macros(parsed, diagnostics);
    else
        lang::tapset_points::add_aliases(parsed);
    std::optional<lang::Plan> plan;
    if (!diagnostics.has_error())
        plan = lang::compile(parsed, script.source, kernel, options, diagnostics);
    tell(script, diagnostics);
    return plan;
}

}  // namespace knowhy::cli
