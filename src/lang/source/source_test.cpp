#include "lang/source/source.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "lang/source/codes.h"

namespace knowhy::lang {
namespace {

std::string error_at(const Source& source, Span span, std::string hint = {}) {
    return to_text(source, {Severity::Error, "KW1001", span, "it is wrong", std::move(hint)});
}

TEST(Source, CountsLinesAndColumnsFromOne) {
    const Source source("x.bt", "ab\ncd\r\n\nef");
    EXPECT_EQ(source.position(0).line, 1U);
    EXPECT_EQ(source.position(4).line, 2U);
    EXPECT_EQ(source.position(4).column, 2U);
    EXPECT_EQ(source.position(9).line, 4U);
    EXPECT_EQ(source.line(4), "cd") << "without its carriage return";
    EXPECT_EQ(source.line(7), "");
    EXPECT_EQ(source.line(10), "ef") << "the end of the text is a place too";
}

TEST(Source, GivesTheTextOfASpan) {
    const Source source("x.bt", "kprobe:f");
    EXPECT_EQ(source.text({0, 6}), "kprobe");
    EXPECT_EQ(source.text({7, 70}), "f");
    EXPECT_EQ(source.text({70, 80}), "");
    EXPECT_EQ(join({7, 8}, {0, 6}), (Span{0, 8}));
}

TEST(Diagnostic, ShowsTheLineWithAMarkUnderThePlace) {
    const Source source("script.bt", "kprobe:f {\n    if (skb->protocl == 8) {\n");
    EXPECT_EQ(error_at(source, {24, 31}, "did you mean \"protocol\"?"),
              "script.bt:2:14: error: KW1001: it is wrong\n"
              "    if (skb->protocl == 8) {\n"
              "             ~~~~~~~\n"
              "hint: did you mean \"protocol\"?\n");
}

TEST(Diagnostic, PointsAtTheEndOfTheText) {
    EXPECT_EQ(error_at(Source("x.bt", "BEGIN {"), {7, 7}),
              "x.bt:1:8: error: KW1001: it is wrong\n"
              "    BEGIN {\n"
              "           ^\n");
}

TEST(Diagnostic, OfSeveralLinesMarksTheFirst) {
    EXPECT_EQ(error_at(Source("x.bt", "BEGIN {\n}\n"), {6, 9}),
              "x.bt:1:7: error: KW1001: it is wrong\n"
              "    BEGIN {\n"
              "          ~\n");
}

TEST(Diagnostic, KeepsTheMarkRightUnderOtherScriptsAndTerminalCodes) {
    EXPECT_EQ(error_at(Source("x\x1b.bt", "\t\"é\x1b\" %%"), {7, 8}),
              "x\\x1b.bt:1:8: error: KW1001: it is wrong\n"
              "    \"é\\x1b\" %%\n"
              "            ~\n");
}

TEST(Diagnostic, ShowsPartOfALongLine) {
    const Source source("x.bt", std::string(100'000, 'a') + "!" + std::string(100'000, 'b'));
    const std::string text = error_at(source, {100'000, 100'001});
    EXPECT_LT(text.size(), 500U);
    EXPECT_NE(text.find("a!b"), std::string::npos) << text;
}

TEST(Diagnostics, KeepsTheFirstAndCountsAll) {
    Diagnostics diagnostics;
    diagnostics.warning("KW1001", {0, 1}, "odd");
    EXPECT_FALSE(diagnostics.has_error());
    for (uint32_t i = 0; i < 100; ++i) diagnostics.error("KW1001", {i, i + 1}, "wrong");
    EXPECT_TRUE(diagnostics.has_error());
    EXPECT_EQ(diagnostics.all().size(), Diagnostics::kMost + 1);
}

TEST(Diagnostics, SaysTheSameOnce) {
    Diagnostics diagnostics;
    diagnostics.error("KW1001", {0, 1}, "wrong");
    diagnostics.error("KW1001", {0, 1}, "wrong");
    EXPECT_EQ(diagnostics.all().size(), 1U);
}

TEST(Diagnostics, AnErrorWithoutAHintHasItsCodes) {
    Diagnostics diagnostics;
    diagnostics.error(codes::kUnsafe, {0, 1}, "wrong");
    diagnostics.error(codes::kUnsafe, {0, 1}, "wrong", "do this");
    EXPECT_EQ(diagnostics.all()[0].hint, codes::kUnsafe.remedy);
    EXPECT_EQ(diagnostics.all()[1].hint, "do this");
}

TEST(Codes, AreEachGivenOnce) {
    std::set<std::string_view> ids;
    for (const Code& code : codes::kAll) {
        EXPECT_TRUE(ids.insert(code.id).second) << code.id;
        EXPECT_TRUE(code.id.starts_with("KW") && code.id.size() == 6) << code.id;
        EXPECT_TRUE(code.meaning.ends_with('.')) << code.id;
        EXPECT_FALSE(code.remedy.empty() || code.remedy.ends_with('.')) << code.id;
    }
    EXPECT_TRUE(std::ranges::is_sorted(codes::kAll, {}, &Code::id));
}

}  // namespace
}  // namespace knowhy::lang
