// Drop reasons out of BTF made here, for kernels that this machine does not run.
#include "symbols/btf/reasons.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "symbols/btf/types.h"

namespace knowhy::symbols {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

using Values = std::vector<std::pair<const char*, uint32_t>>;

void add_enum(btf* types, const char* name, const Values& values) {
    ASSERT_GT(btf__add_enum(types, name, 4), 0);
    for (const auto& [enumerator, value] : values) {
        ASSERT_EQ(btf__add_enum_value(types, enumerator, value), 0);
    }
}

void add_enum64(btf* types, const char* name, const Values& values) {
    ASSERT_GT(btf__add_enum64(types, name, 8, false), 0);
    for (const auto& [enumerator, value] : values) {
        ASSERT_EQ(btf__add_enum64_value(types, enumerator, value), 0);
    }
}

const Values kCore = {
    {"SKB_NOT_DROPPED_YET", 0},           {"SKB_CONSUMED", 1},
    {"SKB_DROP_REASON_NOT_SPECIFIED", 2}, {"SKB_DROP_REASON_NO_SOCKET", 3},
    {"SKB_DROP_REASON_MAX", 4},           {"SKB_DROP_REASON_SUBSYS_MASK", 0xffff0000}};
const Values kSubsystems = {{"SKB_DROP_REASON_SUBSYS_CORE", 0},
                            {"SKB_DROP_REASON_SUBSYS_MAC80211_UNUSABLE", 1},
                            {"SKB_DROP_REASON_SUBSYS_OPENVSWITCH", 2},
                            {"SKB_DROP_REASON_SUBSYS_NUM", 3}};
const Values kOpenvswitch = {{"__OVS_DROP_REASON", 0x20000},
                             {"OVS_DROP_LAST_ACTION", 0x20001},
                             {"OVS_DROP_METER", 0x20002},
                             {"OVS_DROP_MAX", 0x20003}};
const Values kMac80211 = {{"___RX_CONTINUE", 1},
                          {"___RX_QUEUED", 0},
                          {"___RX_DROP_UNUSABLE_START", 0x10000},
                          {"___RX_DROP_U_MIC_FAIL", 0x10001},
                          {"___RX_DROP_U_REPLAY", 0x10002}};

BtfPtr with_subsystems() {
    BtfPtr types(btf__new_empty());
    add_enum(types.get(), "skb_drop_reason", kCore);
    add_enum(types.get(), "skb_drop_reason_subsys", kSubsystems);
    return types;
}

TEST(DropReasons, AKernelWithoutReasonsGivesNoNames) {
    const BtfPtr types(btf__new_empty());
    const ReasonNames reasons = core_reasons(types.get());
    EXPECT_TRUE(reasons.names.empty());
    EXPECT_EQ(reasons.of(0), (model::DropReason{0, "", ""}));
    EXPECT_TRUE(reasons.of(2).says_nothing());
}

TEST(DropReasons, CoreNamesWithoutPrefixAndWithoutTheMarkers) {
    const BtfPtr types = with_subsystems();
    const ReasonNames reasons = core_reasons(types.get());
    EXPECT_EQ(reasons.names.size(), 4U);
    EXPECT_EQ(reasons.of(1).name, "CONSUMED");
    EXPECT_EQ(reasons.of(3), (model::DropReason{3, "NO_SOCKET", ""}));
    EXPECT_TRUE(reasons.of(2).says_nothing());
    EXPECT_THAT(reasons.subsystems,
                ElementsAre(Pair(1, "mac80211_unusable"), Pair(2, "openvswitch")));
}

TEST(DropReasons, AnEnumOfSixtyFourBitsIsReadToo) {
    const BtfPtr types(btf__new_empty());
    add_enum64(types.get(), "skb_drop_reason", kCore);
    const ReasonNames reasons = core_reasons(types.get());
    EXPECT_EQ(reasons.of(3).name, "NO_SOCKET");
    EXPECT_EQ(reasons.subsystem_mask, 0xffff0000U);
}

TEST(DropReasons, AnOlderKernelHasNoSubsystems) {
    const BtfPtr types(btf__new_empty());
    add_enum(types.get(), "skb_drop_reason",
             {{"SKB_NOT_DROPPED_YET", 0},
              {"SKB_DROP_REASON_NOT_SPECIFIED", 1},
              {"SKB_DROP_REASON_NO_SOCKET", 2},
              {"SKB_DROP_REASON_MAX", 3}});
    const ReasonNames reasons = core_reasons(types.get());
    EXPECT_EQ(reasons.of(2).name, "NO_SOCKET");
    EXPECT_EQ(reasons.of(77).name, "core:77");
    EXPECT_EQ(reasons.of(0x20001).name, "core:131073");
}

TEST(DropReasons, SubsystemsAreKnownByTheirValuesNotTheirNames) {
    const BtfPtr types = with_subsystems();
    add_enum(types.get(), "ovs_drop_reason", kOpenvswitch);
    add_enum(types.get(), "unrelated_drop_reason", {{"NOTHING_TO_SEE", 5}});
    ReasonNames reasons = core_reasons(types.get());
    add_subsystem_reasons(reasons, types.get(), 1);
    EXPECT_EQ(reasons.of(0x20002), (model::DropReason{0x20002, "METER", "openvswitch"}));
    EXPECT_EQ(reasons.of(0x20003), (model::DropReason{0x20003, "openvswitch:3", "openvswitch"}));
    EXPECT_EQ(reasons.of(5).name, "core:5");
    EXPECT_THAT(unnamed_subsystems(reasons), ElementsAre("mac80211_unusable"));
}

TEST(DropReasons, AModulesEnumIsReadFromItsSplitBtf) {
    const BtfPtr vmlinux = with_subsystems();
    const BtfPtr module(btf__new_empty_split(vmlinux.get()));
    add_enum(module.get(), "___mac80211_drop_reason", kMac80211);
    ReasonNames reasons = core_reasons(vmlinux.get());
    add_subsystem_reasons(reasons, module.get(), btf__type_cnt(vmlinux.get()));
    EXPECT_EQ(reasons.of(0x10001), (model::DropReason{0x10001, "U_MIC_FAIL", "mac80211_unusable"}));
    EXPECT_EQ(reasons.of(1).name, "CONSUMED");  // not ___RX_CONTINUE
    EXPECT_THAT(unnamed_subsystems(reasons), ElementsAre("openvswitch"));
}

TEST(DropReasons, WhatHasNoNameIsShownBySubsystemAndNumber) {
    const BtfPtr types = with_subsystems();
    ReasonNames reasons = core_reasons(types.get());
    EXPECT_EQ(reasons.of(999), (model::DropReason{999, "core:999", ""}));
    EXPECT_EQ(reasons.of(0x20011), (model::DropReason{0x20011, "openvswitch:17", "openvswitch"}));
    EXPECT_EQ(reasons.of(0x70001), (model::DropReason{0x70001, "7:1", "7"}));
    EXPECT_FALSE(reasons.of(0x70001).says_nothing());
}

}  // namespace
}  // namespace knowhy::symbols
