// The table of the running kernel against a plain reading of the same file.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <sstream>

#include "base/file.h"
#include "symbols/kallsyms/kallsyms.h"

namespace knowhy::symbols {
namespace {

// Read in the plainest way, so that it shares nothing with the code under test.
struct PlainLine {
    uint64_t address = 0;
    char type = '?';
    std::string name;
    std::string module;
};

std::vector<PlainLine> plain_reading(const std::string& text) {
    std::vector<PlainLine> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        std::istringstream fields(line);
        PlainLine plain;
        fields >> std::hex >> plain.address >> plain.type >> plain.name >> plain.module;
        lines.push_back(plain);
    }
    return lines;
}

// One read for all tests: BPF programs come and go, and two reads could differ.
struct OneReading {
    std::vector<PlainLine> lines;
    SymbolTable table;

    static OneReading take() {
        std::string text = read_file("/proc/kallsyms", SymbolTable::kMaxBytes).value();
        std::vector<PlainLine> plain = plain_reading(text);
        return {std::move(plain), SymbolTable::parse(std::move(text), "/proc/kallsyms").value()};
    }
};

class RunningKernel : public ::testing::Test {
  protected:
    void SetUp() override {
        if (table_.hidden()) GTEST_SKIP() << "kptr_restrict hides the addresses from this user";
    }
    static const OneReading& reading() {
        static const OneReading once = OneReading::take();
        return once;
    }

    const SymbolTable& table_ = reading().table;
    const std::vector<PlainLine>& lines_ = reading().lines;
};

TEST_F(RunningKernel, EveryLineIsASymbol) {
    EXPECT_EQ(table_.size(), lines_.size());
}

TEST_F(RunningKernel, EverySymbolIsFoundAtItsOwnAddress) {
    std::map<uint64_t, std::multiset<std::string>> places;
    for (const PlainLine& line : lines_) {
        if (line.type != 'A' && line.type != 'a') places[line.address].insert(line.name);
    }
    for (const auto& [address, expected] : places) {
        std::multiset<std::string> found;
        for (const Symbol& symbol : table_.covering(address)) {
            EXPECT_EQ(symbol.address, address);
            found.emplace(symbol.name);
        }
        ASSERT_EQ(found, expected) << std::hex << address;
    }
}

// The nearest start at or below, by looking at every line.
const PlainLine* nearest_below(const std::vector<PlainLine>& lines, uint64_t address) {
    const PlainLine* best = nullptr;
    for (const PlainLine& line : lines) {
        if (line.type == 'A' || line.type == 'a' || line.address > address) continue;
        if (best == nullptr || line.address > best->address) best = &line;
    }
    return best;
}

TEST_F(RunningKernel, AddressesInsideTheKernelsTextBelongToTheNearestStartBelow) {
    const auto stext = table_.named("_stext");
    const auto etext = table_.named("_etext");
    ASSERT_EQ(stext.size(), 1U);
    ASSERT_EQ(etext.size(), 1U);
    std::mt19937_64 random(2);  // NOLINT(cert-msc51-cpp): the same offsets every time
    std::uniform_int_distribution<uint64_t> inside(stext[0].address, etext[0].address - 1);
    for (int i = 0; i < 1000; ++i) {
        const uint64_t address = inside(random);
        const PlainLine* expected = nearest_below(lines_, address);
        ASSERT_NE(expected, nullptr);
        const auto found = table_.covering(address);
        // Padding after the last function before an aligned section may be out of reach.
        if (found.empty() && address - expected->address >= SymbolTable::kEdgeSpan) continue;
        ASSERT_FALSE(found.empty()) << std::hex << address;
        EXPECT_EQ(found.front().address, expected->address) << std::hex << address;
    }
}

TEST_F(RunningKernel, AddressesOutsideTheKernelBelongToNothing) {
    const uint64_t etext = table_.named("_etext").at(0).address;
    EXPECT_TRUE(table_.covering(etext + 1).empty());
    EXPECT_TRUE(table_.covering(0x00007fffdeadbeef).empty());  // user space
    EXPECT_TRUE(table_.covering(0xffff888000000000).empty());  // the direct map
    EXPECT_TRUE(table_.covering(UINT64_MAX).empty());
}

TEST_F(RunningKernel, TheFunctionsOfTheReceivePathAreThere) {
    for (const char* name : {"ip_rcv", "kfree_skb_list_reason", "net_rx_action"}) {
        const auto found = table_.named(name);
        ASSERT_FALSE(found.empty()) << name;
        EXPECT_EQ(table_.place(found[0].address + 1).symbol, name);
        EXPECT_EQ(table_.place(found[0].address).offset, 0U);
    }
}

}  // namespace
}  // namespace knowhy::symbols
