// SystemTap's probe points and target variables, against the small kernel.
#include "lang/sema/stap_points.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lang/sema/compile.h"
#include "lang/sema/stap_pattern.h"
#include "lang/sema/test_kernel.h"
#include "lang/stap/parser.h"

namespace knowhy::lang {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Compiled {
    std::optional<Plan> plan;
    std::string messages;
};

Compiled compiled(const std::string& text) {
    TestKernel kernel;
    const Source source("test.stp", text);
    Diagnostics diagnostics;
    Compiled result;
    const auto script = stap::parse(source, {}, diagnostics);
    if (script) result.plan = compile(*script, source, kernel, {}, diagnostics);
    for (const Diagnostic& each : diagnostics.all()) result.messages += to_text(source, each);
    return result;
}

// The names of the plan's targets, and what stands in the formats of the texts it prints.
std::vector<std::string> targets(const std::string& text) {
    const Compiled script = compiled(text);
    if (!script.plan) return {script.messages};
    std::vector<std::string> names;
    for (const ProbePlan& probe : script.plan->probes)
        for (const Target& target : probe.targets) names.push_back(target.name);
    return names;
}

std::vector<std::string> composed(const std::string& text) {
    const Compiled script = compiled(text);
    if (!script.plan) return {script.messages};
    std::vector<std::string> formats;
    for (const Output& output : script.plan->outputs)
        for (const OutputField& field : output.fields)
            if (field.type.kind == Type::Kind::Composed) formats.push_back(field.type.format);
    return formats;
}

TEST(StapPattern, FunctionFileAndLines) {
    const auto lines = parse_pattern("f@net/core/dev.c:12,20-30");
    ASSERT_TRUE(lines);
    EXPECT_EQ(lines->function, "f");
    EXPECT_EQ(lines->file, "net/core/dev.c");
    EXPECT_TRUE(lines->wants(12) && lines->wants(25) && !lines->wants(13));
    EXPECT_EQ(lines->one_line(), std::nullopt);
    EXPECT_EQ(parse_pattern("*@dev.c:7")->one_line(), 7U);
    EXPECT_TRUE(parse_pattern("f@dev.c+3")->relative);
    EXPECT_TRUE(parse_pattern("f@dev.c:*")->all_lines);
    EXPECT_TRUE(parse_pattern("f@*")->file.empty());
    for (const char* wrong : {"", "@dev.c", "f@", "f@dev.c:", "f@dev.c:x", "f@dev.c:9-3"})
        EXPECT_FALSE(parse_pattern(wrong)) << wrong;
}

TEST(StapPattern, AFileIsKnownByItsTail) {
    EXPECT_TRUE(is_file("dev.c", "net/core/dev.c"));
    EXPECT_TRUE(is_file("core/d*.c", "net/core/dev.c"));
    EXPECT_FALSE(is_file("ev.c", "net/core/dev.c"));
}

TEST(StapPoints, AnAliasBringsItsBlockAndItsSuffix) {
    TestKernel kernel;
    const Source source("t", R"(
        global g
        probe seen.here = kernel.function("ip_rcv"), kernel.function("ip_forward") ? {
            length = $skb->len; unread = $nothing; twice = length }
        probe seen.here.return += kernel.function("ip_rcv").return { length = $return }
        probe seen.here if (g > 1) { println(length) }
        probe seen.here.return { println(length) }
        probe seen.here.call { g = 2 })");
    Diagnostics diagnostics;
    const auto script = stap::parse(source, {}, diagnostics);
    ASSERT_TRUE(script);
    const auto probes = expanded_probes(*script, kernel, diagnostics);
    ASSERT_EQ(probes.size(), 3U);
    EXPECT_EQ(probes[0].points.size(), 2U);
    EXPECT_EQ(probes[0].body.size(), 2U);  // what nothing reads is left out
    EXPECT_TRUE(probes[0].predicate);
    EXPECT_THAT(probes[0].label, HasSubstr("seen.here"));
    EXPECT_EQ(probes[1].body.size(), 2U);  // the longer name is meant
    EXPECT_TRUE(std::holds_alternative<ExprStmt>(probes[1].body[0]->node));
    EXPECT_EQ(to_text(probes[2].points[0], Dialect::Stap), R"(kernel.function("ip_rcv").call)");
    EXPECT_EQ(probes[2].body.size(), 1U);
}

TEST(StapPoints, AnAliasOfItselfIsRefused) {
    EXPECT_THAT(compiled("probe a = b {} probe b = a {} probe a { exit() }").messages,
                HasSubstr("comes to stand for itself"));
}

TEST(StapPoints, BeginAndEndHaveAnOrder) {
    const Compiled script = compiled("probe begin(3) { exit() } probe begin(-2), end { exit() }");
    ASSERT_TRUE(script.plan) << script.messages;
    std::vector<int64_t> orders;
    for (const ProbePlan& probe : script.plan->probes) orders.push_back(probe.order);
    EXPECT_THAT(orders, ElementsAre(3, -2, 0));
}

TEST(StapPoints, AReturnHasAProgramAtTheEntryWhereItAsksForWhatWasThere) {
    EXPECT_THAT(targets(R"(probe kernel.function("ip_rcv").return { println($return) })"),
                ElementsAre(R"(kernel.function("ip_rcv").return)"));
    const Compiled script =
        compiled(R"(probe kernel.function("ip_rcv").return { println($skb->len, @entry(tid())) })");
    ASSERT_TRUE(script.plan) << script.messages;
    ASSERT_EQ(script.plan->probes.size(), 2U);
    const auto at_return = [&](size_t index) {
        return std::get<KprobeAt>(script.plan->probes[index].targets.front().at).at_return;
    };
    EXPECT_FALSE(at_return(0));
    EXPECT_TRUE(at_return(1));
    const auto kept = [](const ir::Map& map) { return map.kind == ir::Map::Kind::LruHash; };
    EXPECT_EQ(std::ranges::count_if(script.plan->ir_maps, kept), 1);
}

TEST(StapPoints, WithoutDebugFilesFunctionsAreKnownByTheirSymbols) {
    EXPECT_THAT(targets(R"(probe kprobe.module("bonding").function("bond_start_xmit") { exit() })"),
                ElementsAre(R"(kprobe.module("bonding").function("bond_start_xmit"))"));
    EXPECT_THAT(compiled(R"(probe kernel.function("ip_rcv").inline { exit() })").messages,
                HasSubstr("KW3009"));
    EXPECT_THAT(compiled(R"(probe kernel.function("nope") { exit() })").messages,
                HasSubstr("no function nope"));
}

TEST(StapPoints, WhatCannotBeProbedIsSaidByItsReason) {
    const struct {
        const char* point;
        const char* said;
    } cases[] = {
        {R"(process("sh").function("main"))", "user space"},
        {R"(perf.type(0).config(0))", "not supported"},
        {R"(netfilter.hook("NF_INET_PRE_ROUTING").pf("NFPROTO_IPV4"))", "6.4"},
        {R"(kernel.function("ip_rcv").callee("x"))", "told from the stack"},
        {R"(kernel.function("ip_rcv").label("out"))", "no labels"},
        {R"(kernel.function("ip_rcv").inline.return)", "has no return"},
        {"timer.jiffies(3)", "jiffy"},
        {"timer.ms(5).randomize(2)", "at random"},
        {"timer.ms(0)", "is no timer"},
        {R"(kernel.trace("nope"))", "no tracepoint nope"},
        {R"(kernel.statement("f"))", "no debug information"},
        {"stack.of.nothing", "no probe point stack.of.nothing"},
    };
    for (const auto& each : cases)
        EXPECT_THAT(compiled(fmt::format("probe {} {{ exit() }}", each.point)).messages,
                    HasSubstr(each.said))
            << each.point;
}

TEST(StapTargets, AllVariablesAsOneText) {
    EXPECT_THAT(composed(R"(probe kernel.function("ip_rcv") { println($$parms); println($$vars)
                            println($$locals) })"),
                ElementsAre("skb=%#x flags=%#x", "skb=%#x flags=%#x", ""));
    EXPECT_THAT(composed(R"(probe kernel.function("ip_rcv").return { println($$return)
                            println($$parms) })"),
                ElementsAre("return=%#x", "skb=%#x flags=%#x"));
}

TEST(StapTargets, StructuresAsText) {
    EXPECT_THAT(composed(R"(probe kernel.function("ip_rcv") { println($skb$) })"),
                ElementsAre("{.dev=%p, .len=%u, .protocol=%u, .pkt_type=%u}"));
    EXPECT_THAT(composed(R"(probe kernel.function("ip_rcv") { println($skb->dev$)
                            println($skb->dev$$) })"),
                ElementsAre("{.name=[...], .ifindex=%i, .dev_addr=[...]}",
                            "{.name=\"%#s\", .ifindex=%i, .dev_addr=\"%#s\"}"));
    EXPECT_THAT(composed(R"(probe kernel.function("ip_rcv") { println($$parms$) })"),
                ElementsAre("skb={.dev=%p, .len=%u, .protocol=%u, .pkt_type=%u} flags=%u"));
}

TEST(StapTargets, WhatIsDefinedIsDecidedBeforehand) {
    const char* kChoices = R"(probe kernel.function("ip_rcv") {
        if (@defined($skb->nope)) println($skb->nope) else println("other")
        println(@choose_defined($buff, $skb)->len)
        println(@defined($skb->len) && !@defined($nope) ? $skb->len : $nope) })";
    EXPECT_EQ(compiled(kChoices).messages, "");
    EXPECT_THAT(compiled(R"(probe kernel.function("ip_rcv") { println($skb->nope) })").messages,
                HasSubstr("no field 'nope'"));
    const char* kAtReturn = R"(probe kernel.function("ip_rcv").return {
        println(@defined($nope) ? $nope->x : $skb->len) })";
    EXPECT_EQ(compiled(kAtReturn).messages, "");
    EXPECT_THAT(
        compiled(R"(probe kernel.function("ip_rcv").return { println($nope->x) })").messages,
        HasSubstr("no argument 'nope'"));
}

TEST(StapTargets, AddressesAndElements) {
    EXPECT_EQ(compiled(R"(probe kernel.function("ip_rcv") {
        printf("%p %p %d\n", &$skb->dev->name, &$skb->len, $skb->dev->dev_addr[2])
        println(kernel_int(&$skb->len), kernel_string($skb->dev->name)) })")
                  .messages,
              "");
    EXPECT_THAT(
        compiled(R"(probe kernel.function("ip_rcv") { println(&$skb->pkt_type) })").messages,
        HasSubstr("has no address"));
    EXPECT_THAT(compiled(R"(probe begin { println(@entry(tid())) })").messages,
                HasSubstr("return probes"));
}

TEST(StapTargets, WhereAProbeIs) {
    EXPECT_EQ(compiled(R"(probe kernel.function("ip_*").return {
        if (probefunc() == "ip_rcv") println(pp(), pn(), probemod())
        print_stack(backtrace()); print_syms(callers(3)); println(caller(), symdata(caller_addr()))
        println(register("eax"), u_register("eax"), @entry(pointer_arg(1))) })")
                  .messages,
              "");
    EXPECT_THAT(
        compiled(R"(probe kernel.function("ip_rcv").return { println(int_arg(1)) })").messages,
        HasSubstr("@entry(int_arg(1))"));
}

}  // namespace
}  // namespace knowhy::lang
