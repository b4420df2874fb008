#include "lang/sema/config.h"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <set>

#include "base/nearest.h"
#include "lang/ast/walk.h"
#include "lang/sema/tapset.h"
#include "lang/sema/text.h"
#include "lang/source/codes.h"

namespace knowhy::lang {
namespace {

constexpr uint64_t kMostString = 1024;
constexpr uint64_t kMostKeys = 1U << 24U;
constexpr uint64_t kMostProbes = 1U << 20U;

// What each setting takes; false: not that.
struct Setting {
    std::string_view name;
    std::string_view form;
    std::function<bool(Config&, const std::string&)> set;
};

template <typename Member>
std::function<bool(Config&, const std::string&)> number(Member member, uint64_t least,
                                                        uint64_t most) {
    return [=](Config& config, const std::string& text) {
        const auto value = parse_number(text);
        if (!value || *value < least || *value > most) return false;
        config.*member = static_cast<uint32_t>(*value);
        return true;
    };
}

const std::vector<Setting>& settings() {
    static const std::vector<Setting> kAll = {
        {"max_strlen", "1 to 1024", number(&Config::max_strlen, 1, kMostString)},
        {"max_map_keys", "a number from 1", number(&Config::max_map_keys, 1, kMostKeys)},
        {"max_probes", "a number from 1", number(&Config::max_probes, 1, kMostProbes)},
        {"print_maps_on_exit", "0 or 1",
         [](Config& config, const std::string& text) {
             config.print_maps_at_end = text == "1" || text == "true";
             return text == "0" || text == "1" || text == "true" || text == "false";
         }},
        {"str_trunc_trailer", "a text",
         [](Config& config, const std::string& text) {
             config.str_trunc_trailer = text;
             return true;
         }},
        {"stack_mode", "bpftrace, perf or raw",
         [](Config& config, const std::string& text) {
             using Mode = Type::Stack::Mode;
             config.stack_mode = text == "perf"  ? Mode::Perf
                                 : text == "raw" ? Mode::Raw
                                                 : Mode::Bpftrace;
             return text == "bpftrace" || text == "perf" || text == "raw";
         }},
        {"missing_probes", "error, warn or ignore",
         [](Config& config, const std::string& text) {
             config.missing_probes = text == "warn"     ? Missing::Warn
                                     : text == "ignore" ? Missing::Ignore
                                                        : Missing::Error;
             return text == "error" || text == "warn" || text == "ignore";
         }},
    };
    return kAll;
}

// Settings of the peer that have nothing to set here.
constexpr std::string_view kIgnored[] = {
    "cache_user_symbols",
    "cpp_demangle",
    "lazy_symbolication",
    "license",
    "log_size",
    "max_bpf_progs",
    "max_cat_bytes",
    "on_stack_limit",
    "perf_rb_pages",
    "show_debug_info",
    "max_type_res_iterations",
    "use_blazesym",
    "unstable_import",
    "unstable_macro",
    "unstable_map_decl",
    "unstable_tseries",
    "unstable_addr",
    "unstable_typeinfo",
    "unstable_import_statement",
    "symbol_source",
};

}  // namespace

Config read_config(ScriptContext& context) {
    Config config;
    if (context.script.dialect == Dialect::Stap) {
        config.max_strlen = kStapStringBytes;
        config.str_trunc_trailer.clear();
    }
    std::vector<std::string> names;
    for (const Setting& setting : settings()) names.emplace_back(setting.name);
    for (const ConfigItem& item : context.script.config) {
        std::string value;
        if (const auto* text = std::get_if<String>(&item.value->node)) value = text->value;
        if (const auto* integer = std::get_if<Integer>(&item.value->node))
            value = std::to_string(integer->value);
        if (const auto* word = std::get_if<Name>(&item.value->node)) value = word->name;
        if (const auto* truth = std::get_if<Boolean>(&item.value->node))
            value = truth->value ? "true" : "false";
        std::string name = item.name;
        std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
        if (name.starts_with("bpftrace_")) name = name.substr(std::string_view("bpftrace_").size());
        if (std::ranges::find(kIgnored, name) != std::end(kIgnored)) continue;
        const auto setting = std::ranges::find(settings(), name, &Setting::name);
        if (setting == settings().end()) {
            const auto near = nearest(name, names);
            context.diagnostics.error(codes::kConfig, item.span,
                                      fmt::format("no setting '{}'", item.name),
                                      near ? fmt::format("did you mean {}?", *near) : "");
        } else if (!setting->set(config, value)) {
            context.diagnostics.error(codes::kConfig, item.span,
                                      fmt::format("{} takes {}", setting->name, setting->form));
        }
    }
    for (const Setting& setting : settings()) {
        std::string variable = "BPFTRACE_" + std::string(setting.name);
        std::ranges::transform(variable, variable.begin(),
                               [](unsigned char c) { return std::toupper(c); });
        const char* value = std::getenv(variable.c_str());
        if (value != nullptr && !setting.set(config, value))
            context.diagnostics.warning(codes::kConfig, {},
                                        fmt::format("{} takes {}", variable, setting.form));
    }
    return config;
}

namespace {

// In bpftrace no variable hides another of its name.
class Declared {
  public:
    explicit Declared(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

    void look(const Block& block) {
        scopes_.emplace_back();
        for (const StmtPtr& statement : block) {
            const auto* let = std::get_if<Let>(&statement->node);
            if (let != nullptr) declare(let->name, statement->span);
            each_part(*statement, [&](const auto& part) { look(part); });
        }
        scopes_.pop_back();
    }

  private:
    void look(const ExprPtr& expr) {
        each_part(*expr, [&](const auto& part) { look(part); });
    }

    void declare(const std::string& name, Span span) {
        const bool known = std::ranges::any_of(
            scopes_, [&](const std::set<std::string>& scope) { return scope.contains(name); });
        if (known)
            diagnostics_.error(codes::kTwice, span, fmt::format("${} is declared already", name),
                               "assign to it without let, or give it another name");
        scopes_.back().insert(name);
    }

    Diagnostics& diagnostics_;
    std::vector<std::set<std::string>> scopes_;
};

}  // namespace

void check_declarations(ScriptContext& context) {
    if (context.script.dialect == Dialect::Bpftrace)
        for (const Probe& probe : context.script.probes)
            Declared(context.diagnostics).look(probe.body);
    for (const Include& include : context.script.includes)
        if (include.is_import)
            context.diagnostics.error(codes::kHeader, include.span,
                                      fmt::format("'{}' cannot be imported", include.what),
                                      "there is no compiler here; put what it has into the script");
}

}  // namespace knowhy::lang
