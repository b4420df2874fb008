// Scripts that are refused, each with all that is said of it, to the byte.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>
#include <string_view>

#include "lang/bpftrace/macros.h"
#include "lang/bpftrace/parser.h"
#include "lang/sema/compile.h"
#include "lang/sema/test_kernel.h"
#include "lang/source/cases_testing.h"
#include "lang/source/codes.h"
#include "lang/stap/parser.h"

namespace knowhy::lang {
namespace {

std::optional<Script> read(const Source& source, Dialect dialect, Diagnostics& diagnostics) {
    if (dialect == Dialect::Stap) return stap::parse(source, {}, diagnostics);
    auto script = bpftrace::parse(source, diagnostics);
    if (script) bpftrace::expand_macros(*script, diagnostics);
    return script;
}

std::string refusal(const std::string& text, Dialect dialect) {
    TestKernel kernel;
    const Source source(dialect == Dialect::Stap ? "test.stp" : "test.bt", text);
    Diagnostics diagnostics;
    const auto script = read(source, dialect, diagnostics);
    if (script && !diagnostics.has_error()) {
        EXPECT_FALSE(compile(*script, source, kernel, {}, diagnostics)) << text;
    }
    std::string said;
    for (const Diagnostic& each : diagnostics.all()) {
        EXPECT_NE(find_code(each.code), nullptr) << each.code;
        EXPECT_FALSE(each.hint.empty()) << each.message;
        said += to_text(source, each);
    }
    return said;
}

TEST(Refused, OfBpftraces) {
    expect_cases("src/lang/sema/cases/refused_bpftrace.txt", 120,
                 [](const auto& script) { return refusal(script, Dialect::Bpftrace); });
}

TEST(Refused, OfSystemTaps) {
    expect_cases("src/lang/sema/cases/refused_stap.txt", 40,
                 [](const auto& script) { return refusal(script, Dialect::Stap); });
}

// Those without: what the kernel must refuse to tell, what machine code decides, a bug of ours, and
// what only a script with arguments can lack (lang/stap's own test).
TEST(Refused, ForEveryReasonThereIs) {
    const std::set<std::string_view> elsewhere = {codes::kKernelUnreadable.id,
                                                  codes::kUnsafePlace.id, codes::kInternal.id,
                                                  codes::kArgument.id};
    std::string cases;
    for (const char* path :
         {"src/lang/bpftrace/cases/refused.txt", "src/lang/bpftrace/cases/macros.txt",
          "src/lang/stap/cases/refused.txt", "src/lang/sema/cases/refused_bpftrace.txt",
          "src/lang/sema/cases/refused_stap.txt"})
        for (const ScriptCase& each : read_cases(path)) cases += each.expected;
    for (const Code& code : codes::kAll)
        EXPECT_EQ(cases.find(fmt::format("error: {}:", code.id)) == std::string::npos,
                  elsewhere.contains(code.id))
            << code.id;
}

}  // namespace
}  // namespace knowhy::lang
