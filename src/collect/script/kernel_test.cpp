// What scripts are compiled against: the kernel that runs, and its BTF as a file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "collect/script/image_kernel.h"
#include "collect/script/pattern.h"
#include "collect/script/running_kernel.h"

namespace knowhy::collect {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

std::vector<std::string> names_of(const Result<std::vector<lang::KernelFunction>>& functions) {
    std::vector<std::string> names;
    if (functions)
        for (const auto& function : *functions) names.push_back(function.name);
    return names;
}

class RunningKernelTest : public ::testing::Test {
  protected:
    void SetUp() override {
        if (kernel_.btf() == nullptr) GTEST_SKIP() << kernel_.why_no_btf().message;
    }

    RunningKernel kernel_;
};

TEST(Patterns, AreShellGlobs) {
    EXPECT_FALSE(Pattern("ip_rcv").has_wildcards());
    EXPECT_TRUE(Pattern("ip_*").has_wildcards());
    EXPECT_TRUE(Pattern("ip_?cv").matches("ip_rcv"));
    EXPECT_FALSE(Pattern("ip_[sx]*").matches("ip_rcv"));
    EXPECT_TRUE(Pattern("*").matches(""));
}

TEST_F(RunningKernelTest, FunctionsByName) {
    EXPECT_THAT(names_of(kernel_.functions("ip_rcv", "")), ElementsAre("ip_rcv"));
    EXPECT_THAT(names_of(kernel_.functions("ip_rcv", "vmlinux")), ElementsAre("ip_rcv"));
    EXPECT_THAT(names_of(kernel_.functions("ip_rcv", "no_such_module")), IsEmpty());
    EXPECT_THAT(names_of(kernel_.functions("no_such_function", "")), IsEmpty());
}

TEST_F(RunningKernelTest, FunctionsByPattern) {
    const auto found = names_of(kernel_.functions("ip_rc*", ""));
    EXPECT_THAT(found, Contains("ip_rcv"));
    for (const std::string& name : found) {
        EXPECT_TRUE(name.starts_with("ip_rc")) << name;
        EXPECT_FALSE(name.ends_with(".cold")) << name;
    }
    EXPECT_TRUE(std::is_sorted(found.begin(), found.end()));
}

TEST_F(RunningKernelTest, TracedFunctionsAreThoseThatATrampolineCanCarry) {
    EXPECT_THAT(names_of(kernel_.traced_functions("ip_rcv", "")), ElementsAre("ip_rcv"));
    const auto found = names_of(kernel_.traced_functions("fib_*", ""));
    EXPECT_THAT(found, Contains("fib_table_lookup"));
    EXPECT_THAT(found, Not(Contains("fib_validate_source")));  // 8 parameters
    const auto prototype = kernel_.prototype({"ip_rcv", ""});
    ASSERT_TRUE(prototype);
    EXPECT_EQ((*kernel_.types())[*prototype].members.size(), 4U);
}

TEST_F(RunningKernelTest, Tracepoints) {
    const auto one = kernel_.tracepoints("skb", "kfree_skb");
    ASSERT_TRUE(one) << one.error().message;
    ASSERT_EQ(one->size(), 1U);
    const auto fields = kernel_.tracepoint_fields(one->front());
    ASSERT_TRUE(fields) << fields.error().message;
    const auto named = [&](const char* name) {
        return std::count_if(fields->begin(), fields->end(),
                             [&](const auto& field) { return field.name == name; });
    };
    EXPECT_EQ(named("skbaddr"), 1);
    EXPECT_TRUE(kernel_.tracepoints("skb", "no_such_event")->empty());
    const auto many = kernel_.tracepoints("skb", "*");
    if (!many) GTEST_SKIP() << many.error().message;
    EXPECT_GE(many->size(), 3U);
}

TEST_F(RunningKernelTest, RawTracepoints) {
    EXPECT_THAT(*kernel_.raw_tracepoints("kfree_skb"), ElementsAre("kfree_skb"));
    EXPECT_THAT(*kernel_.raw_tracepoints("kfree_*"), Contains("kfree_skb"));
    EXPECT_THAT(*kernel_.raw_tracepoints("no_such_tracepoint"), IsEmpty());
    EXPECT_TRUE(kernel_.raw_tracepoint("kfree_skb"));
}

TEST_F(RunningKernelTest, CgroupsAreOfTheUnifiedHierarchy) {
    EXPECT_EQ(kernel_.cgroup_id("/proc"), std::nullopt);
    EXPECT_EQ(kernel_.cgroup_id("/no such place"), std::nullopt);
    EXPECT_GE(kernel_.cpus(), 1U);
}

TEST(ImageKernelTest, ItsOwnBtfSaysTheSame) {
    auto opened = ImageKernel::open("/sys/kernel/btf/vmlinux");
    if (!opened) GTEST_SKIP() << opened.error().message;
    ImageKernel& kernel = **opened;
    EXPECT_TRUE(kernel.type("struct sk_buff"));
    EXPECT_THAT(names_of(kernel.functions("ip_rcv", "")), ElementsAre("ip_rcv"));
    EXPECT_THAT(names_of(kernel.functions("ip_rcv", "bonding")), IsEmpty());
    // The same record as tracefs tells it.
    const auto fields = kernel.tracepoint_fields({"skb", "kfree_skb"});
    ASSERT_TRUE(fields) << fields.error().message;
    RunningKernel running;
    if (!running.tracefs()) return;
    const auto told = running.tracepoint_fields({"skb", "kfree_skb"});
    ASSERT_TRUE(told) << told.error().message;
    unsigned compared = 0;
    for (const auto& field : *fields)
        for (const auto& same : *told)
            if (same.name == field.name) {
                EXPECT_EQ(same.offset, field.offset) << field.name;
                EXPECT_EQ(same.bytes, field.bytes) << field.name;
                ++compared;
            }
    EXPECT_GE(compared, 3U);
}

TEST(ImageKernelTest, RefusesWhatIsNone) {
    const auto none = ImageKernel::open("/proc/self/status");
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().kind, ErrorKind::Usage);
}

}  // namespace
}  // namespace knowhy::collect
