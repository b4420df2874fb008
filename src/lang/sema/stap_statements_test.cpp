// What SystemTap's statements come to, and how their mistakes are told. What they print is held to
// the byte by tests/cli/test_stap.py.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lang/bpftrace/parser.h"
#include "lang/sema/compile.h"
#include "lang/sema/test_kernel.h"
#include "lang/stap/parser.h"

namespace knowhy::lang {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Kind = Type::Kind;

struct Compiled {
    std::optional<Plan> plan;
    std::string messages;

    [[nodiscard]] const MapPlan* map(const std::string& name) const {
        const auto found = std::ranges::find(plan->maps, name, &MapPlan::name);
        return found != plan->maps.end() ? &*found : nullptr;
    }
};

Compiled compiled(const std::string& text, Dialect dialect = Dialect::Stap) {
    static TestKernel kernel;
    const Source source("script", text);
    Diagnostics diagnostics;
    Compiled result;
    auto script = dialect == Dialect::Stap ? stap::parse(source, {}, diagnostics)
                                           : bpftrace::parse(source, diagnostics);
    if (script) result.plan = compile(*script, source, kernel, {}, diagnostics);
    for (const Diagnostic& each : diagnostics.all()) result.messages += to_text(source, each);
    return result;
}

TEST(StapGlobals, BeginAsTheyAreGiven) {
    const Compiled script = compiled(
        "global n = -2, text = \"hi\", plain, s probe begin { plain = n; s <<< n; print(text) }");
    ASSERT_TRUE(script.plan) << script.messages;
    EXPECT_THAT(script.map("n")->first, ElementsAre(0xfe, 255, 255, 255, 255, 255, 255, 255));
    EXPECT_EQ(script.map("text")->first[1], 'i');
    EXPECT_THAT(script.map("plain")->first, ElementsAre(0, 0, 0, 0, 0, 0, 0, 0));
    EXPECT_THAT(script.map("s")->first, IsEmpty());
}

// `n++;` writes, `x = n++` reads what it writes.
TEST(StapGlobals, ThoseNeverReadAreShown) {
    const Compiled script = compiled(
        "global a, b, c, d, e, k = 0 probe begin { a++; b += 2; x = c++; d[k] = 1; if (e in d) e = "
        "1 "
        "}");
    ASSERT_TRUE(script.plan) << script.messages;
    EXPECT_TRUE(script.map("a")->print_at_end);
    EXPECT_TRUE(script.map("b")->print_at_end);
    EXPECT_FALSE(script.map("c")->print_at_end);
    EXPECT_FALSE(script.map("d")->print_at_end);
    EXPECT_FALSE(script.map("e")->print_at_end);
}

TEST(StapStatistics, HistogramsAreMapsThatTheScriptDoesNotSee) {
    const Compiled script = compiled(
        "global s probe begin { s[1] <<< 3 } probe end { print(@hist_log(s[1])) "
        "print(@hist_linear(s[1], 0, 20, 10)) }");
    ASSERT_TRUE(script.plan) << script.messages;
    std::vector<Kind> kinds;
    for (const MapPlan& map : script.plan->maps)
        if (map.value.is_aggregate()) kinds.push_back(map.value.kind);
    EXPECT_THAT(kinds, ElementsAre(Kind::Statistic, Kind::Histogram, Kind::LinearHistogram));
    EXPECT_EQ(script.plan->maps.back().name, "");
    // A bucket begins at the last number, too.
    EXPECT_EQ(script.plan->maps.back().value.max, 30);
}

TEST(StapForeach, AnOrderIsOfThePlan) {
    using By = WalkOrder::By;
    const Compiled script = compiled(
        "global a probe begin { a[1, \"x\"] = 2; foreach ([n, t-] in a) print(n); "
        "foreach ([n, t] in a+) print(t); foreach ([m, u-] in a) print(m) }");
    ASSERT_TRUE(script.plan) << script.messages;
    ASSERT_EQ(script.plan->orders.size(), 2U);  // the third is the first's
    EXPECT_THAT(script.plan->orders[0].terms, ElementsAre(WalkOrder::Term{By::Key, 1, true}));
    EXPECT_THAT(script.plan->orders[1].terms, ElementsAre(WalkOrder::Term{By::Value, 0, false}));
}

TEST(OwnFunctions, AreMadeOnceForAllTheirCalls) {
    const Compiled script = compiled(
        "function f(a) { return a + 1 } function unused() { return strange() } "
        "probe begin { print(f(1) + f(f(2))) } probe end { print(f(3)) }");
    ASSERT_TRUE(script.plan) << script.messages;
    for (const ProbePlan& probe : script.plan->probes)
        EXPECT_EQ(std::ranges::count(probe.program.functions, "f", &ir::Function::name), 1);
}

TEST(OwnFunctions, AreOfBothDialects) {
    const Compiled script =
        compiled("fn twice($n : int64) : int64 { return $n * 2; } BEGIN { @x = twice(4); }",
                 Dialect::Bpftrace);
    ASSERT_TRUE(script.plan) << script.messages;
    EXPECT_EQ(script.map("@x")->value, Type::integer(8, true));
}

TEST(StapStatements, MistakesAreShown) {
    const struct {
        std::string script;
        std::string says;
    } cases[] = {
        {"function f(n) { return f(n) } probe begin { f(1) }", "f() comes to call itself"},
        {"function f(n) { return g(n) } function g(n) { return f(n) } probe begin { f(1) }",
         "comes to call itself"},
        {"function f(n) { return n } probe begin { f(1, 2) }",
         "f() takes 1 argument, and 2 are given"},
        {"function f(n) { return n } probe begin { f(1) f(\"x\") }", "the parameter n of f()"},
        {"function f(n) { if (n) return 1; return \"x\" } probe begin { f(1) }",
         "what f() returns"},
        {"global a probe kernel.trace(\"kfree_skb\") { a[1] = 1; foreach (k- in a) print(k) }",
         "a probe in the kernel cannot walk an array in order"},
        {"probe begin { foreach (k in a) print(k) }", "there is no array a"},
        {"global a probe begin { a[1] = 1; foreach ([x, y] in a) print(x) }", "a has 1 keys"},
        {"global a probe begin { a = 1; foreach (x in a) print(x) }", "a is no array"},
        {"global a probe begin { a[1] = 1; foreach (x in a @sum-) print(x) }",
         "a holds no statistics"},
        {"global s probe begin { s <<< 1; x = s }", "s holds statistics, not one value"},
        {"global n probe begin { n = 1; print(@count(n)) }", "this holds no statistics"},
        {"probe begin { x <<< 1 }", "only globals hold statistics"},
        {"global s probe begin { s <<< 1; print(@variance(s)) }", "the variance is not kept"},
        {"global s probe begin { s <<< 1; x = @hist_log(s) }", "which is only printed"},
        {"global s probe begin { s <<< 1; print(@hist_linear(s, 9, 1, 1)) }", "no buckets"},
        {"global s probe begin { s <<< 1; foreach (b in @hist_log(s)) print(b) }",
         "the buckets of a histogram"},
        {"global g = pid() probe begin { print(g) }", "a global begins as a number"},
        {"probe begin { x = \"a\" . 1 }", "a text is wanted here, not a number"},
        {"probe begin { x = strlen(5) }", "a text is wanted here"},
        {"probe begin { error(5) }", "a text is wanted"},
        {"probe begin { x = strtol(\"1\", 99) }", "the base is 2 to 36"},
        {"probe begin { print(jiffies()) }", "only in the kernel"},
        {"probe begin { print(returnstr(1)) }", "nothing is returned here"},
        {"probe begin { print(get_cycles()) }", "the cycle counter"},
        {"probe begin { printf(\"%d\", \"x\") }", "%d takes an integer"},
        {"probe begin { break }", "no loop to break"},
        {"probe begin { system(\"ls\") }", "--unsafe"},
    };
    for (const auto& [script, says] : cases) {
        const Compiled result = compiled(script);
        EXPECT_FALSE(result.plan) << script;
        EXPECT_THAT(result.messages, HasSubstr(says)) << script;
        EXPECT_THAT(result.messages, HasSubstr("hint: ")) << script;
    }
}

}  // namespace
}  // namespace knowhy::lang
