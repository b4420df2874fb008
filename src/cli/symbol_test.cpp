// knowhy symbol, from its arguments to its lines: incident 5 and its neighbours.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/command_testing.h"

namespace knowhy::cli {
namespace {

using ::testing::HasSubstr;

constexpr const char* kTable =
    "ffffffff81459c40 T dev_get_stats\n"
    "ffffffff81459cc0 T init_dummy_netdev\n"
    "ffffffff81459d10 t net_tx_action\n"
    "ffffffff81459e90 T dev_kfree_skb_irq\n"
    "ffffffff81459e90 T __dev_kfree_skb_irq\n";

class SymbolCommand : public testing::CommandTest {
  protected:
    SymbolCommand() : table_(file_with("kallsyms", kTable)) {}

    Result<int> symbol(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"--kallsyms", table_});
        return run(add_symbol, std::move(arguments));
    }

    std::string table_;
};

// std::cin reads this text for as long as the object lives.
class StandardInput {
  public:
    explicit StandardInput(const std::string& text)
        : text_(text), before_(std::cin.rdbuf(text_.rdbuf())) {}
    ~StandardInput() {
        std::cin.rdbuf(before_);
        std::cin.clear();
    }
    StandardInput(const StandardInput&) = delete;
    StandardInput& operator=(const StandardInput&) = delete;

  private:
    std::istringstream text_;
    std::streambuf* before_;
};

TEST_F(SymbolCommand, TheListingOfIncident5IsCorrected) {
    const StandardInput listing(
        "Initializing kallsyms db\n"
        "dropwatch> start\n"
        "298 drops at init_dummy_netdev+50 (0xffffffff81459d10)\r\n"
        "2 drops at dev_get_stats+10 (0xffffffff81459c50) [software]\n");
    EXPECT_EQ(symbol({"-"}).value(), kDone);
    EXPECT_EQ(output(),
              "Initializing kallsyms db\n"
              "dropwatch> start\n"
              "298 drops at net_tx_action+0 (0xffffffff81459d10)  not init_dummy_netdev+50\n"
              "2 drops at dev_get_stats+10 (0xffffffff81459c50) [software]\n");
}

TEST_F(SymbolCommand, AddressesAreAnsweredInTheirOrderWithAllNames) {
    EXPECT_EQ(symbol({"ffffffff81459e91", "0xffffffff81459d10", "ffffffff80000000"}).value(),
              kDone);
    EXPECT_EQ(output(),
              "0xffffffff81459e91  dev_kfree_skb_irq+0x1  (also __dev_kfree_skb_irq)\n"
              "0xffffffff81459d10  net_tx_action\n"
              "0xffffffff80000000  in no symbol of " +
                  table_ + "\n");
}

TEST_F(SymbolCommand, AReturnAddressBelongsToTheCallBeforeIt) {
    EXPECT_EQ(symbol({"--return-address", "ffffffff81459d10"}).value(), kDone);
    EXPECT_EQ(output(), "0xffffffff81459d10  init_dummy_netdev+0x50\n");
}

TEST_F(SymbolCommand, JsonHasALineForEachAddressAndNullForWhatIsNotKnown) {
    EXPECT_EQ(symbol({"--json", "ffffffff81459e94", "1"}).value(), kDone);
    std::istringstream lines(output());
    std::string line;
    ASSERT_TRUE(std::getline(lines, line));
    EXPECT_EQ(nlohmann::json::parse(line), nlohmann::json({{"type", "symbol"},
                                                           {"address", "0xffffffff81459e94"},
                                                           {"name", "dev_kfree_skb_irq"},
                                                           {"offset", 4},
                                                           {"module", nullptr},
                                                           {"file", nullptr},
                                                           {"line", nullptr},
                                                           {"inlined", nlohmann::json::array()},
                                                           {"aliases", {"__dev_kfree_skb_irq"}}}));
    ASSERT_TRUE(std::getline(lines, line));
    EXPECT_TRUE(nlohmann::json::parse(line)["name"].is_null());
    EXPECT_FALSE(std::getline(lines, line));
}

TEST_F(SymbolCommand, AKernelThatKaslrMovedIsMovedBack) {
    EXPECT_EQ(symbol({"--kaslr-offset", "0x1c000000", "ffffffff9d459d10"}).value(), kDone);
    EXPECT_EQ(output(), "0xffffffff9d459d10  net_tx_action\n");
}

TEST_F(SymbolCommand, AListingOfAnotherBootIsNotBelievedInSilence) {
    ::testing::internal::CaptureStderr();
    EXPECT_EQ(symbol({"1 drops at dev_get_stats+10 (0xffffffff9d459c50)"}).value(), kDone);
    EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("--kaslr-offset 0x1c000000"));
}

TEST_F(SymbolCommand, NothingThatATableHoldsDrivesATerminal) {
    table_ = file_with("kallsyms", "1000 t evil\x1b[31m\n");
    EXPECT_EQ(symbol({"1000"}).value(), kDone);
    EXPECT_EQ(output(), "0x0000000000001000  evil\\x1b[31m\n");
}

TEST_F(SymbolCommand, HiddenAddressesAreAFailureThatSaysWhatToDo) {
    table_ = file_with("kallsyms", "0000000000000000 t net_tx_action\n");
    const auto status = symbol({"ffffffff81459d10"});
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().kind, ErrorKind::Privilege);
    EXPECT_THAT(status.error().message, HasSubstr("kptr_restrict"));
}

TEST_F(SymbolCommand, WrongInputIsWrongUsage) {
    for (const std::vector<std::string>& arguments : {std::vector<std::string>{"net_tx_action"},
                                                      {"1000", "no address in it"},
                                                      {"--kaslr-offset", "far", "1000"}}) {
        const auto status = symbol(arguments);
        ASSERT_FALSE(status.has_value()) << arguments.back();
        EXPECT_EQ(status.error().kind, ErrorKind::Usage);
    }
    const StandardInput listing("ffffffff81459d10\n0xfffg\n");
    const auto status = symbol({"-"});
    ASSERT_FALSE(status.has_value());
    EXPECT_THAT(status.error().message, HasSubstr("standard input:2: '0xfffg'"));
    table_ = file("absent");
    EXPECT_EQ(symbol({"1000"}).error().kind, ErrorKind::Usage);
}

}  // namespace
}  // namespace knowhy::cli
