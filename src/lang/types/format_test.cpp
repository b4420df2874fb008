#include "lang/types/format.h"

#include <gtest/gtest.h>

namespace knowhy::lang {
namespace {

using model::FormatDialect;
using Kind = Type::Kind;

const Type kNumber = Type::integer(8, true);
const Type kString = Type::string(64);

Type buffer() {
    Type type = Type::of(Kind::Bytes);
    type.bytes = 20;
    return type;
}

std::string complaint(std::string_view format, const std::vector<Type>& given,
                      FormatDialect dialect = FormatDialect::Bpftrace) {
    const symbols::Types types;
    const auto problem = check_format(format, dialect, given, types);
    return problem ? problem->message : "";
}

TEST(CheckFormat, TakesWhatBpftraceTakes) {
    EXPECT_EQ(complaint("%d %5u %-5x %p %c\n", {kNumber, Type::boolean(), Type::of(Kind::Count),
                                                Type::pointer(0), Type::integer(1, false)}),
              "");
    EXPECT_EQ(complaint("%s %s %s", {kString, kNumber, Type::of(Kind::KernelStack)}), "");
    EXPECT_EQ(complaint("%r %rx %20rh", {buffer(), buffer(), buffer()}), "");
    EXPECT_EQ(complaint("%-*.*s", {kNumber, kNumber, kString}), "");
    EXPECT_EQ(complaint("100%% and 5%, so", {}), "");
}

TEST(CheckFormat, CountsValues) {
    EXPECT_EQ(complaint("%d %d\n", {kNumber}), "the format takes 2 values, and 1 is given");
    EXPECT_EQ(complaint("%d", {kNumber, kNumber}), "the format takes 1 value, and 2 are given");
    EXPECT_EQ(complaint("%d", {}), "the format takes 1 value, and 0 are given");
    const symbols::Types types;
    const auto problem = check_format("%q", FormatDialect::Bpftrace, {kNumber}, types);
    EXPECT_EQ(problem->hint, "a % that begins no conversion is printed as it is");
    EXPECT_EQ(problem->end, 2U);
}

TEST(CheckFormat, PointsAtTheConversion) {
    const symbols::Types types;
    const auto problem =
        check_format("%d is %5d", FormatDialect::Bpftrace, {kNumber, kString}, types);
    ASSERT_TRUE(problem);
    EXPECT_EQ(problem->begin, 6U);
    EXPECT_EQ(problem->end, 9U);
    EXPECT_EQ(problem->message, "%5d takes an integer, not string[64]");
    EXPECT_EQ(problem->hint, "%s prints it");
    EXPECT_EQ(complaint("%rx", {kString}), "%rx takes a buffer, not string[64]");
    EXPECT_EQ(complaint("%*d", {kString, kNumber}), "a * width takes an integer, not string[64]");
    EXPECT_EQ(complaint("%s", {Type::none()}), "%s takes a value, not none");
}

TEST(CheckFormat, SystemTapKeepsStringsAndNumbersApart) {
    EXPECT_EQ(complaint("%d %s %10M", {kNumber, kString, buffer()}, FormatDialect::SystemTap), "");
    EXPECT_EQ(complaint("%s", {kNumber}, FormatDialect::SystemTap), "%s takes a string, not int64");
    EXPECT_EQ(complaint("%d", {kString}, FormatDialect::SystemTap),
              "%d takes an integer, not string[64]");
    EXPECT_EQ(complaint("%q", {kNumber}, FormatDialect::SystemTap), "%q is no conversion");
}

}  // namespace
}  // namespace knowhy::lang
