#include "cli/usage.h"

#include <gtest/gtest.h>

namespace knowhy::cli {
namespace {

class UsageError : public testing::Test {
  protected:
    UsageError() {
        program_.require_subcommand(1);
        CLI::App* drops = program_.add_subcommand("drops");
        drops->add_option("--count", count_);
        program_.add_subcommand("doctor");
    }
    std::string of(std::vector<std::string> reversed_words) {
        try {
            program_.parse(std::move(reversed_words));
        } catch (const CLI::ParseError& error) {
            return usage_error(program_, error);
        }
        return "it was understood";
    }

    CLI::App program_{"", "knowhy"};
    int count_ = 0;
};

TEST_F(UsageError, AnUnknownCommand) {
    EXPECT_EQ(of({"dorps"}), "unknown command 'dorps'; did you mean 'drops'?");
    EXPECT_EQ(of({"xyzzy"}), "unknown command 'xyzzy'; see knowhy --help");
}

TEST_F(UsageError, AnUnknownOptionIsLookedForInItsCommand) {
    EXPECT_EQ(of({"--cuont=3", "drops"}), "unknown option '--cuont=3'; did you mean '--count'?");
    EXPECT_EQ(of({"--frobnicate", "drops"}),
              "unknown option '--frobnicate'; see knowhy drops --help");
}

TEST_F(UsageError, AnOptionOfACommandBeforeIt) {
    EXPECT_EQ(of({"drops", "--count=3"}),
              "--count is an option of a command and goes behind it: knowhy drops --count=3");
}

TEST_F(UsageError, AnArgumentTooMany) {
    EXPECT_EQ(of({"now", "doctor"}), "unknown argument 'now'; see knowhy doctor --help");
}

TEST_F(UsageError, AValueThatDoesNotFitNamesItsOption) {
    EXPECT_NE(of({"many", "--count", "drops"}).find("--count"), std::string::npos);
}

}  // namespace
}  // namespace knowhy::cli
