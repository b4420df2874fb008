#include "symbols/btf/kernel_types.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <iterator>
#include <vector>

#include "symbols/btf/source.h"

namespace knowhy::symbols {
namespace {

using ::testing::Contains;

class RunningKernelTypes : public ::testing::Test {
  protected:
    void SetUp() override {
        auto loaded = KernelTypes::of_running();
        if (!loaded) GTEST_SKIP() << loaded.error().message;
        kernel_ = std::make_unique<KernelTypes>(std::move(*loaded));
    }

    std::unique_ptr<KernelTypes> kernel_;
};

TEST_F(RunningKernelTypes, AreOneGraph) {
    const auto types = kernel_->types();
    const auto skb = kernel_->named("struct sk_buff");
    ASSERT_TRUE(skb);
    EXPECT_TRUE(types->field(*skb, "protocol"));
    EXPECT_EQ(kernel_->named("struct sk_buff"), skb);
    EXPECT_TRUE(kernel_->named("u32"));
    EXPECT_FALSE(kernel_->named("struct no_such_struct"));

    const auto prototype = kernel_->function("ip_rcv", "");
    ASSERT_TRUE(prototype);
    const Type& ip_rcv = (*types)[*prototype];
    ASSERT_EQ(ip_rcv.members.size(), 4U);
    EXPECT_EQ(types->pointee(ip_rcv.members[0].type), skb);
    EXPECT_FALSE(kernel_->function("ip_rcv", "no_such_module"));
}

TEST_F(RunningKernelTypes, SayWhoseTheyAre) {
    const auto all = kernel_->all_named("struct sk_buff");
    ASSERT_FALSE(all.empty());
    EXPECT_EQ(all.front().module, "");
    EXPECT_EQ(all.front().type, kernel_->named("struct sk_buff"));
    EXPECT_TRUE(kernel_->all_named("struct no_such_struct").empty());
    std::vector<std::string> names;
    kernel_->each_type_name([&](std::string_view name) { names.emplace_back(name); });
    EXPECT_THAT(names, Contains("struct sk_buff"));
    EXPECT_THAT(names, Contains("u32"));
    EXPECT_THAT(names, Contains("enum tcp_ca_state"));
}

TEST_F(RunningKernelTypes, OfAModuleThatIsNoneAreRefused) {
    const std::array<std::byte, 8> bytes{};
    const auto added = kernel_->add_module("nonsense", bytes);
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().kind, ErrorKind::Usage);
}

TEST_F(RunningKernelTypes, HaveEnumerators) {
    const auto established = kernel_->enumerator("TCP_ESTABLISHED");
    ASSERT_TRUE(established);
    EXPECT_EQ(established->value, 1);
    EXPECT_EQ((*kernel_->types())[established->type].kind, Type::Kind::Enum);
    EXPECT_FALSE(kernel_->enumerator("NO_SUCH_ENUMERATOR"));
}

TEST_F(RunningKernelTypes, HaveRawTracepoints) {
    const auto prototype = kernel_->raw_tracepoint("kfree_skb");
    ASSERT_TRUE(prototype);
    const auto types = kernel_->types();
    const Type& probe = (*types)[*prototype];
    ASSERT_GE(probe.members.size(), 2U);
    EXPECT_EQ(types->text(probe.members[0].type), "struct sk_buff *");
    EXPECT_EQ(kernel_->raw_tracepoint("kfree_skb"), prototype);
    EXPECT_FALSE(kernel_->raw_tracepoint("no_such_tracepoint"));
    std::vector<std::string> names;
    kernel_->each_raw_tracepoint([&](std::string_view name) { names.emplace_back(name); });
    EXPECT_THAT(names, Contains("kfree_skb"));
}

TEST_F(RunningKernelTypes, NumbersAreTheKernels) {
    const auto vmlinux = load_vmlinux_btf();
    ASSERT_TRUE(vmlinux);
    const auto function = kernel_->function_id("ip_rcv", "");
    ASSERT_TRUE(function);
    EXPECT_EQ(static_cast<int>(function->number),
              btf__find_by_name_kind(vmlinux->get(), "ip_rcv", BTF_KIND_FUNC));
    const auto tracepoint = kernel_->raw_tracepoint_id("kfree_skb");
    ASSERT_TRUE(tracepoint);
    EXPECT_EQ(static_cast<int>(tracepoint->number),
              btf__find_by_name_kind(vmlinux->get(), "btf_trace_kfree_skb", BTF_KIND_TYPEDEF));
}

TEST_F(RunningKernelTypes, FunctionsAreDescribed) {
    unsigned seen = 0;
    kernel_->each_function("", [&](const KernelTypes::Function& function) {
        if (function.name == "ip_rcv") {
            EXPECT_EQ(function.parameters, 4U);
            EXPECT_FALSE(function.variadic || function.by_value);
            ++seen;
        }
        if (function.name == "_printk") {
            EXPECT_TRUE(function.variadic);
        }
    });
    EXPECT_EQ(seen, 1U);
}

TEST_F(RunningKernelTypes, AFileOfThemIsTheSame) {
    std::ifstream file("/sys/kernel/btf/vmlinux", std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
    auto other = KernelTypes::parse(std::as_bytes(std::span(bytes)));
    ASSERT_TRUE(other) << other.error().message;
    const auto skb = other->named("struct sk_buff");
    ASSERT_TRUE(skb);
    EXPECT_EQ(other->types()->bytes_of(*skb),
              kernel_->types()->bytes_of(kernel_->named("struct sk_buff").value()));
    EXPECT_FALSE(other->function("ip_rcv", "some_module"));
}

TEST(OtherTypes, WhatIsNoBtfIsRefused) {
    const std::vector<std::byte> none(100);
    EXPECT_FALSE(KernelTypes::parse(none));
    EXPECT_FALSE(KernelTypes::parse({}));
}

}  // namespace
}  // namespace knowhy::symbols
