// From SystemTap's probe points to places in the kernel; one point under resolution.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lang/sema/code_sites.h"
#include "lang/sema/stap_pattern.h"
#include "lang/source/codes.h"

namespace knowhy::lang {

class StapResolver {
  public:
    StapResolver(const ProbePoint& point, Kernel& kernel, Diagnostics& diagnostics)
        : point_(point), kernel_(kernel), diagnostics_(diagnostics) {}

    std::vector<ProbeSite> run();

  private:
    using Places = std::vector<symbols::CodePlace>;

    [[nodiscard]] const std::string& name(size_t index) const { return point_.parts[index].name; }
    [[nodiscard]] size_t parts() const { return point_.parts.size(); }
    [[nodiscard]] bool is_part(size_t index, std::string_view what) const {
        return index < parts() && name(index) == what;
    }
    // Of the part's argument; none where it is of the other kind.
    [[nodiscard]] const std::string* text(size_t index) const;
    [[nodiscard]] std::optional<int64_t> number(size_t index) const;
    void complain(std::string_view code, std::string message, std::string hint = {}) {
        diagnostics_.error(code, point_.span, std::move(message), std::move(hint));
    }
    void not_understood(std::string hint);
    ProbeSite& add(ProbeSite::View view, std::string provider, AttachAt at);

    // ---- Code (stap_probes.cpp)
    struct Variants {  // what stands behind function("f")
        bool calls = true;
        bool inlines = true;
        bool returns = false;
        bool exported = false;
    };
    std::optional<Variants> variants(size_t from);
    Result<symbols::CodeMap*> debug_information(const std::string& module);
    void in_image(const std::string& module, size_t from);
    void in_modules(const std::string& pattern);
    void function(const std::string& module, size_t at);
    void functions(symbols::CodeMap& code, const std::string& module,
                   const FunctionPattern& pattern, const Variants& variants);
    void functions_by_symbol(const std::string& module, const std::string& pattern,
                             const Variants& variants);
    void keep(Places places, const Variants& variants);
    bool is_exported(const std::string& function);
    Result<Places> functions_of_file(symbols::CodeMap& code, const std::string& module,
                                     const FunctionPattern& pattern);
    void statement(const std::string& module, size_t at);
    void at_address(const std::string& module, uint64_t address, bool absolute);
    void at_lines(symbols::CodeMap& code, const std::string& module, FunctionPattern pattern,
                  bool nearest);
    bool from_declaration(symbols::CodeMap& code, const std::string& module,
                          FunctionPattern& pattern);

    // ---- Events (stap_events.cpp)
    void alone(AttachAt at);
    void trace(const std::string& pattern);
    void tracepoint(const std::string& pattern);
    void timer();
    void profile(uint64_t per_second);
    void dwarfless();
    void data();
    void refused(std::string_view why, std::string hint);
    bool special();

    const ProbePoint& point_;
    Kernel& kernel_;
    Diagnostics& diagnostics_;
    std::vector<ProbeSite> sites_;
};

// `kernel.function("f@net/core/dev.c:12").call`
std::string point_name(const ProbePoint& point);

}  // namespace knowhy::lang
