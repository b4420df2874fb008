#include "collect/drops/groups.h"

#include <gtest/gtest.h>

namespace knowhy::collect {
namespace {

symbols::ReasonNames reasons() {
    symbols::ReasonNames names;
    names.names[1] = {"NOT_SPECIFIED", ""};
    names.names[3] = {"NO_SOCKET", ""};
    return names;
}

ReadSample sample_at(uint64_t location, uint64_t time) {
    ReadSample read;
    read.key.location = location;
    read.key.reason = 3;
    read.key.ifindex = 2;
    read.sample.time_ns = time;
    read.sample.device = "v1";
    return read;
}

TEST(Groups, AKeysFirstSampleMakesItsGroup) {
    GroupTable table(reasons());
    EXPECT_TRUE(table.add(sample_at(0x10, 5)).is_new);
    const auto added = table.add(sample_at(0x10, 9));
    EXPECT_FALSE(added.is_new);
    EXPECT_EQ(added.group->reason.name, "NO_SOCKET");
    EXPECT_EQ(added.group->device, "v1");
    EXPECT_EQ(added.group->first_ns, 5U);
    EXPECT_EQ(added.group->last_ns, 9U);
    EXPECT_TRUE(table.add(sample_at(0x20, 9)).is_new);
    EXPECT_EQ(table.groups().size(), 2U);
}

TEST(Groups, KeepsTheFirstSamplesAndTheLatest) {
    GroupTable table(reasons());
    constexpr uint64_t kMany = 100;
    for (uint64_t i = 1; i <= kMany; ++i) table.add(sample_at(0x10, i));
    const auto& samples = table.groups().begin()->second.samples;
    ASSERT_EQ(samples.size(), kFirstSamplesKept + kLastSamplesKept);
    EXPECT_EQ(samples.front().time_ns, 1U);
    EXPECT_EQ(samples[kFirstSamplesKept - 1].time_ns, kFirstSamplesKept);
    EXPECT_EQ(samples[kFirstSamplesKept].time_ns, kMany - kLastSamplesKept + 1);
    EXPECT_EQ(samples.back().time_ns, kMany);
}

TEST(Groups, CountsAreTheKernelsAndMakeGroupsOfTheirOwn) {
    GroupTable table(reasons());
    const auto sampled = sample_at(0x10, 50);
    table.add(sampled);
    model::DropKey unseen;
    unseen.location = 0x99;
    unseen.reason = 1;
    const auto fresh = table.take_counts({{sampled.key, {200, 10, 90}}, {unseen, {7, 20, 30}}});
    ASSERT_EQ(fresh.size(), 1U);
    EXPECT_EQ(fresh[0]->key, unseen);
    EXPECT_EQ(fresh[0]->count, 7U);
    EXPECT_EQ(fresh[0]->reason.name, "NOT_SPECIFIED");
    EXPECT_EQ(table.groups().at(sampled.key).count, 200U);
    EXPECT_EQ(table.groups().at(sampled.key).first_ns, 10U);
    EXPECT_TRUE(table.take_counts({{unseen, {8, 20, 31}}}).empty());
    EXPECT_EQ(table.groups().at(unseen).count, 8U);
}

TEST(Groups, ARefusalHasNoReason) {
    GroupTable table(reasons());
    auto read = sample_at(0x10, 1);
    read.key.source = model::DropSource::Refusal;
    read.key.reason = 0;
    EXPECT_EQ(table.add(std::move(read)).group->reason, model::DropReason{});
}

}  // namespace
}  // namespace knowhy::collect
