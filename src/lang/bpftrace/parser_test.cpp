#include "lang/bpftrace/parser.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>

#include "lang/ast/walk.h"
#include "lang/bpftrace/macros.h"
#include "lang/source/cases_testing.h"

namespace knowhy::lang::bpftrace {
namespace {

// What comes of a script: the tree's text, or the messages.
std::string outcome(const std::string& script, bool expand) {
    const Source source("test.bt", script);
    Diagnostics diagnostics;
    std::optional<Script> tree = parse(source, diagnostics);
    if (tree && expand) expand_macros(*tree, diagnostics);
    std::string text;
    for (const Diagnostic& each : diagnostics.all()) text += to_text(source, each);
    return tree && !diagnostics.has_error() ? text + to_text(*tree) : text;
}

class Cases : public testing::TestWithParam<std::tuple<std::string, size_t, bool>> {};

TEST_P(Cases, ComeOut) {
    const auto& [file, least, expand] = GetParam();
    expect_cases("src/lang/bpftrace/cases/" + file, least,
                 [expand = expand](const auto& script) { return outcome(script, expand); });
}

INSTANTIATE_TEST_SUITE_P(Files, Cases,
                         testing::Values(std::tuple("refused.txt", 60U, false),
                                         std::tuple("trees.txt", 20U, false),
                                         std::tuple("macros.txt", 15U, true)));

// The text of every expression's place, outermost first.
class Places {
  public:
    explicit Places(const Source& source) : source_(source) {}

    template <typename Tree>
    void add(const Tree& tree) {
        texts.emplace_back(source_.text(tree.span));
        each_part(tree, [this](const auto& part) {
            if constexpr (std::is_same_v<std::decay_t<decltype(part)>, Block>)
                for (const StmtPtr& stmt : part) add(*stmt);
            else
                add(*part);
        });
    }

    std::vector<std::string> texts;

  private:
    const Source& source_;
};

TEST(Spans, CoverWhatWasRead) {
    const Source source("test.bt",
                        "kprobe:f { if (@m[k] > 1) { f((struct a *)$x->y[2], -1); } $n++ }");
    Diagnostics diagnostics;
    const std::optional<Script> script = parse(source, diagnostics);
    ASSERT_TRUE(script);
    Places places(source);
    for (const StmtPtr& stmt : script->probes.front().body) places.add(*stmt);
    EXPECT_THAT(places.texts, testing::ElementsAre(
                                  "if (@m[k] > 1) { f((struct a *)$x->y[2], -1); }", "(@m[k] > 1)",
                                  "@m[k]", "k", "1", "f((struct a *)$x->y[2], -1)",
                                  "f((struct a *)$x->y[2], -1)", "(struct a *)$x->y[2]", "$x->y[2]",
                                  "$x->y", "$x", "2", "-1", "1", "$n++", "$n++", "$n"));
    EXPECT_EQ(source.text(script->probes.front().points.front().parts[1].span), "f");
}

std::string repeated(std::string_view text, size_t times) {
    std::string all;
    for (size_t i = 0; i < times; ++i) all += text;
    return all;
}

TEST(Depth, IsBounded) {
    constexpr size_t kMany = 100'000;
    const std::vector<std::string> scripts = {"begin { $x = " + repeated("(", kMany),
                                              "begin { $x = " + repeated("-", kMany),
                                              "begin " + repeated("{", kMany),
                                              "begin { $x = 1" + repeated("+1", kMany),
                                              "begin { $x = $y" + repeated(".a", kMany),
                                              "begin { $x = " + repeated("1?", kMany),
                                              "begin { " + repeated("if 1 {} else ", kMany),
                                              "begin { $x = " + repeated("typeof(", kMany),
                                              "begin { $x = " + repeated("(uint8)", kMany),
                                              "begin { $x = " + repeated("f(", kMany),
                                              "begin { $x = 1" + repeated("?:1", kMany),
                                              "begin { let $x : " + repeated("(", kMany)};
    for (const std::string& script : scripts)
        EXPECT_THAT(outcome(script, false), testing::HasSubstr("KW1007")) << script.substr(0, 40);
}

TEST(Macros, ThatGrowByPowersEnd) {
    std::string script = "macro m0() { 1 }\n";
    for (int i = 1; i < 30; ++i)
        script += fmt::format("macro m{}() {{ m{} + m{} }}\n", i, i - 1, i - 1);
    EXPECT_THAT(outcome(script + "begin { $x = m29; }", true), testing::HasSubstr("KW1007"));
    EXPECT_THAT(outcome("macro m(x) { m(x) } begin { $x = m(1); }", true),
                testing::HasSubstr("KW1007"));
}

TEST(Parse, SaysNothingOfErrorsBeyondTheFirstTwenty) {
    const Source source("test.bt", repeated("begin { $x = ; }\n", 100));
    Diagnostics diagnostics;
    EXPECT_EQ(parse(source, diagnostics), std::nullopt);
    EXPECT_EQ(diagnostics.all().size(), Diagnostics::kMost);
}

// The distribution's own tools, 38 of them in bpftrace 0.17.
TEST(Parse, ReadsTheToolsThatAreInstalled) {
    size_t read = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/usr/sbin")) {
        if (entry.path().extension() != ".bt") continue;
        const Source source(entry.path(), read_whole(entry.path()));
        Diagnostics diagnostics;
        EXPECT_TRUE(parse(source, diagnostics)) << entry.path();
        for (const Diagnostic& each : diagnostics.all()) ADD_FAILURE() << to_text(source, each);
        ++read;
    }
    if (read == 0) GTEST_SKIP() << "no bpftrace tools here";
    EXPECT_GE(read, 30U);
}

}  // namespace
}  // namespace knowhy::lang::bpftrace
