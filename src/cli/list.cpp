// knowhy list: which probes there are, and what each knows.
#include <fmt/format.h>

#include <array>
#include <memory>
#include <utility>

#include "base/text.h"
#include "cli/command.h"
#include "cli/debug_options.h"
#include "cli/list_stap.h"
#include "cli/output.h"
#include "collect/script/image_kernel.h"
#include "collect/script/pattern.h"
#include "collect/script/running_kernel.h"
#include "render/json/values.h"

namespace knowhy::cli {
namespace {

constexpr const char* kExamples =
    "  knowhy list 'tracepoint:skb:*'         the events of one system\n"
    "  knowhy list -v tracepoint:skb:kfree_skb    with its fields and their types\n"
    "  knowhy list -v 'fentry:ip_rcv'         with its arguments\n"
    "  knowhy list '*kfree_skb*'              everything with that in its name\n"
    "  knowhy list -v 'kernel.function(\"ip_rcv*\")'    SystemTap's points, with their variables\n"
    "  knowhy list -v 'module(\"bonding\").statement(\"ad_tx_machine@*:*\")'\n"
    "\n"
    "PATTERN is a probe point, with *, ? and [...] in any part of it; without a colon it is "
    "looked\n"
    "for in all names. Exit status: 0 done, 1 the kernel's lists cannot be read, 2 wrong usage or\n"
    "no such probe.";

struct Options {
    std::string pattern = "*";
    bool fields = false;
    bool json = false;
    std::string output;
    DebugOptions debug;
};

using Field = ListedField;
using Listed = ListedProbe;
using collect::Pattern;
using collect::RunningKernel;

// What is asked for: one provider's names, or the names of all.
struct Asked {
    std::string provider;  // "": all of them
    std::string rest;
};

Asked asked_for(const std::string& pattern) {
    const size_t colon = pattern.find(':');
    if (colon != std::string::npos) return {pattern.substr(0, colon), pattern.substr(colon + 1)};
    if (Pattern(pattern).has_wildcards()) return {"", pattern};
    return {"", "*" + pattern + "*"};
}

// "bonding:bond_*" to the module and the function.
std::pair<std::string, std::string> module_and_name(const std::string& text) {
    const size_t colon = text.find(':');
    if (colon == std::string::npos) return {"", text};
    return {text.substr(0, colon), text.substr(colon + 1)};
}

std::vector<Field> parameters(RunningKernel& kernel, std::optional<symbols::TypeId> prototype,
                              bool with_result) {
    std::vector<Field> fields;
    if (!prototype) return fields;
    const symbols::Types& types = *kernel.types();
    const symbols::Type function = types[*prototype];
    for (const symbols::Member& parameter : function.members)
        fields.push_back({types.text(parameter.type), parameter.name});
    if (with_result && function.target != symbols::kVoid)
        fields.push_back({types.text(function.target), "retval"});
    return fields;
}

using Found = Result<std::vector<Listed>>;

std::string with_module(const lang::KernelFunction& function) {
    return function.module.empty() ? function.name
                                   : fmt::format("{}:{}", function.module, function.name);
}

Found list_kprobes(RunningKernel& kernel, const std::string& pattern) {
    const auto [module, name] = module_and_name(pattern);
    KW_TRY(const auto functions, kernel.functions(name, module));
    std::vector<Listed> found;
    for (const lang::KernelFunction& function : functions)
        found.push_back({"kprobe:" + with_module(function), [&kernel, function] {
                             return parameters(kernel, kernel.prototype(function), false);
                         }});
    return found;
}

Found list_traced(RunningKernel& kernel, const std::string& pattern) {
    const auto [module, name] = module_and_name(pattern);
    KW_TRY(const auto functions, kernel.traced_functions(name, module));
    std::vector<Listed> found;
    for (const lang::KernelFunction& function : functions)
        found.push_back({"fentry:" + with_module(function), [&kernel, function] {
                             return parameters(kernel, kernel.prototype(function), true);
                         }});
    return found;
}

Found list_tracepoints(RunningKernel& kernel, const std::string& pattern) {
    const auto [system, name] = module_and_name(pattern);
    const bool whole = pattern.find(':') != std::string::npos;
    KW_TRY(const auto events, kernel.tracepoints(whole ? system : "*", whole ? name : "*"));
    const Pattern wanted(pattern);
    std::vector<Listed> found;
    for (const auto& event : events) {
        const std::string full = fmt::format("{}:{}", event.system, event.name);
        if (!whole && !wanted.matches(full)) continue;
        found.push_back({"tracepoint:" + full, [&kernel, event] {
                             std::vector<Field> fields;
                             const auto all = kernel.tracepoint_fields(event);
                             if (!all) return fields;
                             for (const auto& field : *all)
                                 if (!field.name.starts_with("common_"))
                                     fields.push_back({field.c_type, field.name});
                             return fields;
                         }});
    }
    return found;
}

Found list_raw_tracepoints(RunningKernel& kernel, const std::string& pattern) {
    KW_TRY(const auto names, kernel.raw_tracepoints(pattern));
    std::vector<Listed> found;
    for (const std::string& name : names)
        found.push_back({"rawtracepoint:" + name, [&kernel, name] {
                             return parameters(kernel, kernel.raw_tracepoint(name), false);
                         }});
    return found;
}

Found list_iterators(RunningKernel& kernel, const std::string& pattern) {
    constexpr std::string_view kPrefix = "bpf_iter_";
    const Pattern wanted(pattern);
    std::vector<Listed> found;
    auto* const btf = kernel.btf();
    if (!btf) return tl::unexpected(kernel.why_no_btf());
    btf->each_function("", [&](const symbols::KernelTypes::Function& function) {
        if (!function.name.starts_with(kPrefix)) return;
        const std::string name(function.name.substr(kPrefix.size()));
        // What an iterator's context is called has its name; helpers of theirs have none.
        const bool is_one = btf->named("struct bpf_iter__" + name).has_value();
        if (is_one && wanted.matches(name)) found.push_back({"iter:" + name, {}});
    });
    return found;
}

Found list_software(RunningKernel&, const std::string& pattern) {
    constexpr std::array kEvents = {"alignment-faults", "bpf-output",     "context-switches",
                                    "cpu-clock",        "cpu-migrations", "dummy",
                                    "emulation-faults", "major-faults",   "minor-faults",
                                    "page-faults",      "task-clock"};
    const Pattern wanted(pattern);
    std::vector<Listed> found;
    for (const std::string name : kEvents)
        if (wanted.matches(name)) found.push_back({fmt::format("software:{}:", name), {}});
    return found;
}

struct Provider {
    std::string_view name;
    std::string_view other_names;  // between blanks
    Found (*list)(RunningKernel&, const std::string&);
};

constexpr std::array<Provider, 6> kProviders = {{
    {"fentry", " fexit kfunc kretfunc f fr ", list_traced},
    {"iter", " it ", list_iterators},
    {"kprobe", " kretprobe k kr ", list_kprobes},
    {"rawtracepoint", " rt raw_tp ", list_raw_tracepoints},
    {"software", " s ", list_software},
    {"tracepoint", " t ", list_tracepoints},
}};

bool is_called(const Provider& provider, const std::string& name) {
    return Pattern(name).matches(provider.name) ||
           provider.other_names.find(" " + name + " ") != std::string_view::npos;
}

std::string probe_text(const Listed& probe, bool with_fields) {
    std::string text = escaped(probe.name) + '\n';
    if (!with_fields || !probe.fields) return text;
    for (const Field& field : probe.fields())
        text += fmt::format("    {} {}\n", escaped(field.type), escaped(field.name));
    return text;
}

std::string probe_json(const Listed& probe, bool with_fields) {
    render::Json line = {{"type", "probe"}, {"name", probe.name}};
    if (with_fields) {
        line["fields"] = render::Json::array();
        if (probe.fields)
            for (const Field& field : probe.fields())
                line["fields"].push_back({{"name", field.name}, {"type", field.type}});
    }
    return render::json_line(line);
}

// The probes of the providers that the pattern names.
Found list_providers(RunningKernel& kernel, const std::string& pattern) {
    const Asked asked = asked_for(pattern);
    std::vector<Listed> found;
    std::optional<Error> trouble;
    bool known = asked.provider.empty();
    for (const Provider& provider : kProviders) {
        if (!asked.provider.empty() && !is_called(provider, asked.provider)) continue;
        known = true;
        auto listed = provider.list(kernel, asked.rest);
        if (!listed)
            trouble = listed.error();
        else
            found.insert(found.end(), std::make_move_iterator(listed->begin()),
                         std::make_move_iterator(listed->end()));
    }
    if (!known) {
        std::vector<std::string_view> names;
        names.reserve(kProviders.size());
        for (const Provider& provider : kProviders) names.push_back(provider.name);
        return fail(ErrorKind::Usage, "no probes are called '{}'; there are {}", asked.provider,
                    fmt::join(names, ", "));
    }
    if (found.empty() && trouble) return tl::unexpected(*trouble);
    return found;
}

symbols::LocateOptions debug_places(const DebugOptions& debug) {
    symbols::LocateOptions how = locate_options(debug);
    how.places.ask_servers = false;  // it may be the network that is looked into
    return how;
}

Result<int> run(const Options& options) {
    RunningKernel kernel(debug_places(options.debug));
    std::unique_ptr<collect::ImageKernel> image;
    std::vector<Listed> found;
    if (is_stap_point(options.pattern)) {
        if (!options.debug.vmlinux.empty()) {
            KW_TRY(image, collect::ImageKernel::open(options.debug.vmlinux));
        }
        lang::Kernel& asked = image ? static_cast<lang::Kernel&>(*image) : kernel;
        KW_TRY(found, list_stap(asked, options.pattern));
    } else {
        KW_TRY(found, list_providers(kernel, options.pattern));
    }
    if (found.empty()) return fail(ErrorKind::Usage, "no probe matches '{}'", options.pattern);
    KW_TRY(Output output, Output::open(options.output));
    std::string text;
    for (const Listed& probe : found)
        text +=
            options.json ? probe_json(probe, options.fields) : probe_text(probe, options.fields);
    KW_CHECK_OK(output.write(text));
    return kDone;
}

}  // namespace

Command add_list(CLI::App& program) {
    CLI::App* app = add_subcommand(program, "list", "Which probes are there?", kExamples);
    auto options = std::make_shared<Options>();
    app->add_option("PATTERN", options->pattern, "kprobe:ip_*, tracepoint:skb:*, *skb*");
    app->add_flag("-v,--fields", options->fields, "With arguments or fields, and their types");
    app->add_flag("--json", options->json, "JSON Lines (docs/json.md)");
    app->add_option("-o,--output", options->output, "Write the results to FILE")->type_name("FILE");
    add_debug_file_options(*app, options->debug);
    return {app, [options] { return run(*options); }};
}

}  // namespace knowhy::cli
