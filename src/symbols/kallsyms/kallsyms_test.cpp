#include "symbols/kallsyms/kallsyms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "base/text.h"

namespace knowhy::symbols {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

SymbolTable table_of(std::string text) {
    auto table = SymbolTable::parse(std::move(text), "test");
    if (!table) ADD_FAILURE() << table.error().message;
    return std::move(table).value();
}

std::vector<std::string> names(const std::vector<Symbol>& symbols) {
    std::vector<std::string> found;
    found.reserve(symbols.size());
    for (const Symbol& symbol : symbols) found.emplace_back(symbol.name);
    return found;
}

// The table of incident 5, as CentOS 6 had it around the address that dropwatch printed.
constexpr const char* kIncident5 =
    "ffffffff81459c40 T dev_get_stats\n"
    "ffffffff81459cc0 T init_dummy_netdev\n"
    "ffffffff81459d10 t net_tx_action\n"
    "ffffffff81459e90 T dev_kfree_skb_irq\n";

TEST(Kallsyms, AnExactHitBelongsToTheSymbolThatStartsThere) {
    const SymbolTable table = table_of(kIncident5);
    const model::Place place = table.place(0xffffffff81459d10);
    EXPECT_EQ(place.symbol, "net_tx_action");
    EXPECT_EQ(place.offset, 0U);
    EXPECT_EQ(place.address, 0xffffffff81459d10);
}

TEST(Kallsyms, AReturnAddressBelongsToTheCallBeforeIt) {
    const SymbolTable table = table_of(kIncident5);
    const model::Place at_start = table.return_place(0xffffffff81459d10);
    EXPECT_EQ(at_start.symbol, "init_dummy_netdev");  // its last instruction is a call
    EXPECT_EQ(at_start.offset, 0x50U);
    const model::Place inside = table.return_place(0xffffffff81459d15);
    EXPECT_EQ(inside.symbol, "net_tx_action");
    EXPECT_EQ(inside.offset, 5U);
}

TEST(Kallsyms, TheLastByteOfASymbolIsStillItsOwn) {
    const SymbolTable table = table_of(kIncident5);
    EXPECT_THAT(names(table.covering(0xffffffff81459d0f)), ElementsAre("init_dummy_netdev"));
    EXPECT_THAT(table.covering(0xffffffff81459c3f), IsEmpty());
}

TEST(Kallsyms, ModulesCrlfTabsBlankLinesAndNoFinalNewline) {
    const SymbolTable table = table_of(
        "\r\n"
        "ffffffffc0201000 t bond_open\t[bonding]\r\n"
        "ffffffffc0201100 t bond_close   [bonding]\r\n"
        "\n"
        "ffffffff81000000 T _stext\r\n"
        "ffffffff81000100 T last");
    EXPECT_EQ(table.size(), 4U);
    const model::Place place = table.place(0xffffffffc0201010);
    EXPECT_EQ(place.text(), "bond_open+0x10 [bonding]");
    EXPECT_EQ(place.module, "bonding");
    EXPECT_THAT(names(table.covering(0xffffffff81000101)), ElementsAre("last"));
}

TEST(Kallsyms, CloneSuffixesStayInTheSymbolAndLeaveTheFunction) {
    const SymbolTable table = table_of(
        "ffffffff81000100 t ip_rcv_finish_core.constprop.0\n"
        "ffffffff81000200 t ip_rcv_finish_core.constprop.0.cold\n");
    EXPECT_EQ(table.place(0xffffffff81000180).symbol, "ip_rcv_finish_core.constprop.0");
    EXPECT_EQ(table.place(0xffffffff81000180).function, "ip_rcv_finish_core");
    EXPECT_EQ(table.place(0xffffffff81000201).symbol, "ip_rcv_finish_core.constprop.0.cold");
    EXPECT_EQ(table.place(0xffffffff81000201).function, "ip_rcv_finish_core");
}

TEST(Kallsyms, OfSeveralNamesTheBestComesFirstAndAllAreGiven) {
    const SymbolTable table = table_of(
        "ffffffff81000000 T _stext\n"
        "ffffffff81000000 T __start_of_it\n"
        "ffffffff81000000 W weak_one\n"
        "ffffffff81000000 d datum\n"
        "ffffffff81000000 t local_one\n"
        "ffffffff81000000 T __global_two\n"
        "ffffffff81000000 T global_two\n"
        "ffffffff81000000 T global_one\n"
        "ffffffff81000000 T _etext\n");
    EXPECT_THAT(names(table.covering(0xffffffff81000004)),
                ElementsAre("global_one", "global_two", "__global_two", "local_one", "weak_one",
                            "datum", "_stext", "__start_of_it", "_etext"));
}

TEST(Kallsyms, TheOrderOfTheLinesNeverMatters) {
    const std::string sorted =
        "ffffffff81000000 T _stext\nffffffff81000000 T startup\nffffffff81000000 t a\n"
        "ffffffff81000040 t twin\nffffffff81000080 t twin\nffffffff81000080 T b\n"
        "ffffffff810000c0 T _etext\nffffffffc0000000 t open\t[m1]\nffffffffc0000080 t open\t[m2]\n"
        "0000000000000000 A fixed_percpu_data\n";
    const SymbolTable reference = table_of(sorted);
    std::vector<std::string_view> lines = split(trimmed(sorted), '\n');
    std::mt19937 random(1);  // NOLINT(cert-msc51-cpp): the same shuffles every time
    for (int round = 0; round < 50; ++round) {
        std::shuffle(lines.begin(), lines.end(), random);
        const SymbolTable shuffled = table_of(fmt::format("{}\n", fmt::join(lines, "\n")));
        for (uint64_t address = 0xffffffff80ffffff; address < 0xffffffff81000100; ++address) {
            EXPECT_EQ(shuffled.covering(address), reference.covering(address));
        }
        EXPECT_EQ(shuffled.named("open"), reference.named("open"));
    }
}

TEST(Kallsyms, AllSymbolsOfAName) {
    const SymbolTable table = table_of(
        "ffffffff81000080 t init_once\n"
        "ffffffffc0000000 t init_once\t[fuse]\n"
        "ffffffff81000040 t init_once\n"
        "ffffffff81000000 t init\n");
    const auto found = table.named("init_once");
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[0].address, 0xffffffff81000040);
    EXPECT_EQ(found[1].address, 0xffffffff81000080);
    EXPECT_EQ(found[2].module, "fuse");
    EXPECT_THAT(table.named("init_onc"), IsEmpty());
}

TEST(Kallsyms, NothingBetweenTheEndOfTextAndTheNextSymbol) {
    const SymbolTable table = table_of(
        "ffffffff81000000 T first\n"
        "ffffffff81001000 T _etext\n"
        "ffffffff81200000 D __start_rodata\n"
        "ffffffff81200010 r table\n"
        "ffffffff81200020 D __end_rodata\n");
    EXPECT_THAT(names(table.covering(0xffffffff81000fff)), ElementsAre("first"));
    EXPECT_THAT(names(table.covering(0xffffffff81001000)), ElementsAre("_etext"));
    EXPECT_THAT(table.covering(0xffffffff81001001), IsEmpty());
    EXPECT_THAT(table.covering(0xffffffff811fffff), IsEmpty());
    EXPECT_THAT(names(table.covering(0xffffffff8120001f)), ElementsAre("table"));
    EXPECT_THAT(table.covering(0xffffffff81200021), IsEmpty());
    EXPECT_EQ(table.place(0xffffffff81001001).symbol, "");
    EXPECT_EQ(table.place(0xffffffff81001001).text(), "0xffffffff81001001");
}

TEST(Kallsyms, ASymbolWhoseEndIsUnknownReachesOnlySoFar) {
    const SymbolTable table = table_of(
        "ffffffff81000000 T last_of_the_kernel\n"
        "ffffffffc0000000 t last_of_m1\t[m1]\n"
        "ffffffffc0040000 t first_of_m2\t[m2]\n"
        "ffffffffc0040100 t last_of_m2\t[m2]\n");
    constexpr uint64_t kReach = SymbolTable::kEdgeSpan;
    EXPECT_THAT(names(table.covering(0xffffffff81000000 + kReach - 1)),
                ElementsAre("last_of_the_kernel"));
    EXPECT_THAT(table.covering(0xffffffff81000000 + kReach), IsEmpty());
    EXPECT_THAT(names(table.covering(0xffffffffc0000000 + kReach - 1)), ElementsAre("last_of_m1"));
    EXPECT_THAT(table.covering(0xffffffffc0000000 + kReach), IsEmpty());
    EXPECT_THAT(names(table.covering(0xffffffffc0040100 + kReach - 1)), ElementsAre("last_of_m2"));
    EXPECT_THAT(table.covering(0xffffffffc0040100 + kReach), IsEmpty());
    EXPECT_THAT(table.covering(UINT64_MAX), IsEmpty());
}

TEST(Kallsyms, EachBpfProgramIsAnImageOfItsOwn) {
    const SymbolTable table = table_of(
        "ffffffffc0000000 t bpf_prog_aa_first\t[bpf]\n"
        "ffffffffc0080000 t bpf_prog_bb_second\t[bpf]\n");
    EXPECT_THAT(names(table.covering(0xffffffffc0000010)), ElementsAre("bpf_prog_aa_first"));
    EXPECT_THAT(table.covering(0xffffffffc0000000 + SymbolTable::kEdgeSpan), IsEmpty());
}

TEST(Kallsyms, AbsoluteSymbolsAreValuesNotPlaces) {
    const SymbolTable table = table_of(
        "0000000000000000 A fixed_percpu_data\n"
        "0000000000001000 A cpu_debug_store\n"
        "ffffffff81000000 T function\n"
        "ffffffff81000010 A __crc_function\n"
        "ffffffff81000020 A _etext\n");
    EXPECT_THAT(names(table.covering(0x1000)), ElementsAre("cpu_debug_store"));
    EXPECT_THAT(table.covering(0x1001), IsEmpty());
    EXPECT_THAT(names(table.covering(0xffffffff81000010)), ElementsAre("function"));
    EXPECT_THAT(names(table.covering(0xffffffff81000018)), ElementsAre("function"));
    EXPECT_THAT(table.covering(0xffffffff81000021), IsEmpty());
}

TEST(Kallsyms, ADataSymbolBetweenFunctionsCoversItsOwnBytes) {
    const SymbolTable table = table_of(
        "ffffffff81000000 T before\n"
        "ffffffff81000100 r literal_pool\n"
        "ffffffff81000110 T after\n");
    EXPECT_THAT(names(table.covering(0xffffffff81000104)), ElementsAre("literal_pool"));
    EXPECT_THAT(names(table.covering(0xffffffff81000110)), ElementsAre("after"));
}

TEST(Kallsyms, TextSymbolsAreVisitedByAddress) {
    const SymbolTable table = table_of(
        "ffffffff81000020 t second\nffffffff81000010 d datum\nffffffff81000000 T first\n"
        "ffffffff81000030 W third\n");
    std::vector<std::string> seen;
    table.each_text([&](const Symbol& symbol) { seen.emplace_back(symbol.name); });
    EXPECT_THAT(seen, ElementsAre("first", "second", "third"));
}

TEST(Kallsyms, HiddenAddressesAreReadAndCoverNothing) {
    const SymbolTable table = table_of(
        "0000000000000000 T _stext\n"
        "0000000000000000 t net_tx_action\n");
    EXPECT_TRUE(table.hidden());
    EXPECT_EQ(table.size(), 2U);
    EXPECT_THAT(table.covering(0), IsEmpty());
    EXPECT_THAT(table.covering(0xffffffff81459d10), IsEmpty());
    EXPECT_FALSE(table_of(kIncident5).hidden());
}

TEST(Kallsyms, UndefinedSymbolsOfNmAreNoPlaces) {
    const SymbolTable table = table_of("                 w absent\nffffffff81000000 T present\n");
    EXPECT_EQ(table.size(), 1U);
}

TEST(Kallsyms, WhatIsNotATableIsRefusedByLine) {
    const auto message = [](std::string text) {
        const auto table = SymbolTable::parse(std::move(text), "map\x1b[31m");
        return table ? std::string("accepted") : table.error().message;
    };
    const std::string good = "ffffffff81000000 T good\n";
    EXPECT_THAT(message(good + "nonsense\n"), HasSubstr("map\\x1b[31m:2:"));
    EXPECT_THAT(message("fffffffffffffffff T seventeen_digits\n"), HasSubstr(":1:"));
    EXPECT_THAT(message(good + "ffffffff81000000 TT name\n"), HasSubstr(":2:"));
    EXPECT_THAT(message("0xffffffff81000000 T name\n"), HasSubstr(":1:"));
    EXPECT_THAT(message("-1 T name\n"), HasSubstr(":1:"));
    EXPECT_THAT(message("ffffffff81000000 T name bonding\n"), HasSubstr(":1:"));
    EXPECT_THAT(message("ffffffff81000000 T name [m] more\n"), HasSubstr(":1:"));
    EXPECT_THAT(message("ffffffff81000000 T " + std::string(5000, 'x')), HasSubstr(":1:"));
    EXPECT_THAT(message("\n\n"), HasSubstr("no symbols"));
    EXPECT_THAT(message(""), HasSubstr("no symbols"));
}

TEST(Kallsyms, AMissingFileIsNamed) {
    const auto table = SymbolTable::load_file("/nonexistent/System.map");
    ASSERT_FALSE(table.has_value());
    EXPECT_THAT(table.error().message, HasSubstr("/nonexistent/System.map"));
}

TEST(Kallsyms, MovingATableKeepsItsNames) {
    SymbolTable first = table_of("1 t a\t[m]\n");
    const std::vector<Symbol> symbols = first.named("a");
    const SymbolTable second = std::move(first);
    EXPECT_EQ(second.covering(1), symbols);
    EXPECT_EQ(symbols.front().module, "m");
}

}  // namespace
}  // namespace knowhy::symbols
