#include "model/script_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace knowhy::model {
namespace {

using testing::HasSubstr;

std::vector<FormatPiece> parsed(std::string_view format,
                                FormatDialect dialect = FormatDialect::Bpftrace) {
    return parse_format(format, dialect).value();
}

TEST(ScriptFormat, TakesTextAndConversionsApart) {
    const auto pieces = parsed("a %-5d%% of %08.3llx\n");
    ASSERT_EQ(pieces.size(), 3U);
    EXPECT_EQ(pieces[0].text, "a ");
    EXPECT_TRUE(pieces[0].conversion->left);
    EXPECT_EQ(pieces[0].conversion->width, 5U);
    EXPECT_EQ(pieces[1].text, "% of ");
    EXPECT_TRUE(pieces[1].conversion->zeros);
    EXPECT_EQ(pieces[1].conversion->width, 8U);
    EXPECT_EQ(pieces[1].conversion->precision, 3U);
    EXPECT_EQ(pieces[1].conversion->bytes, 8);
    EXPECT_EQ(pieces[1].conversion->letter, 'x');
    EXPECT_EQ(pieces[1].conversion->begin, 12U);
    EXPECT_EQ(pieces[1].conversion->end, 20U);
    EXPECT_EQ(pieces[2], (FormatPiece{"\n", std::nullopt}));
}

TEST(ScriptFormat, KnowsTheWaysOfBuffers) {
    const auto pieces = parsed("%r%rx%10rh%rest");
    ASSERT_EQ(pieces.size(), 5U);
    EXPECT_EQ(pieces[0].conversion->style, 0);
    EXPECT_EQ(pieces[1].conversion->style, 'x');
    EXPECT_EQ(pieces[2].conversion->style, 'h');
    EXPECT_EQ(pieces[2].conversion->width, 10U);
    EXPECT_EQ(pieces[4].text, "est");
}

TEST(ScriptFormat, CountsGivenWidths) {
    EXPECT_EQ(values_of(parsed("%d %*d %*.*s %%")), 6U);
    EXPECT_EQ(values_of(parsed("no value")), 0U);
}

TEST(ScriptFormat, BpftraceLeavesAStrangePercentAsItIs) {
    const auto pieces = parsed("100% %q %");
    ASSERT_EQ(pieces.size(), 1U);
    EXPECT_EQ(pieces[0].text, "100% %q %");
}

TEST(ScriptFormat, SystemTapRefusesIt) {
    const auto refused = parse_format("a %q b", FormatDialect::SystemTap);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message, "%q is no conversion");
    EXPECT_EQ(refused.error().begin, 2U);
    EXPECT_EQ(refused.error().end, 4U);
    EXPECT_THAT(refused.error().hint, HasSubstr("%%"));
    EXPECT_FALSE(parse_format("%", FormatDialect::SystemTap));
    EXPECT_EQ(parsed("%4m%M%b", FormatDialect::SystemTap).size(), 4U);
}

TEST(ScriptFormat, NoFieldIsWiderThanAPrinterPads) {
    EXPECT_EQ(parsed("%65535d")[0].conversion->width, 65535U);
    EXPECT_EQ(parse_format("%99999999999d", FormatDialect::Bpftrace).error().message,
              "%99999999999d is too wide: at most 65535");
}

}  // namespace
}  // namespace knowhy::model
