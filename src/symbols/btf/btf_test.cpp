// The BTF of the running kernel. What differs between kernels is asserted by relation.
#include "symbols/btf/btf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "symbols/btf/types.h"

namespace knowhy::symbols {
namespace {

const KernelBtf* running() {
    static const Result<KernelBtf> loaded = KernelBtf::load_running();
    return loaded ? &*loaded : nullptr;
}

class RunningBtf : public ::testing::Test {
  protected:
    void SetUp() override {
        if (running() == nullptr) GTEST_SKIP() << "this kernel has no BTF";
    }
};

TEST_F(RunningBtf, FunctionsAreFoundWhereTheyAre) {
    EXPECT_EQ(running()->function_home("ip_rcv"), "vmlinux");
    EXPECT_TRUE(running()->has_function("ip_rcv", "vmlinux"));
    EXPECT_FALSE(running()->has_function("ip_rcv", "no_such_module"));
    EXPECT_FALSE(running()->function_home("no_such_function").has_value());
    EXPECT_FALSE(running()->function_home("sk_buff").has_value());  // a struct, not a function
}

TEST_F(RunningBtf, ParametersAreCounted) {
    EXPECT_EQ(running()->parameter_count("ip_rcv"), 4U);
    EXPECT_GT(running()->parameter_count("fib_validate_source").value_or(0), 6U);
    EXPECT_FALSE(running()->parameter_count("no_such_function").has_value());
}

TEST_F(RunningBtf, TracepointArgumentsAreCountedWithoutTheHiddenFirst) {
    const auto arguments = running()->tracepoint_argument_count("kfree_skb");
    ASSERT_TRUE(arguments.has_value());
    const bool has_reason = !running()->enumerators("skb_drop_reason").empty();
    EXPECT_GE(*arguments, has_reason ? 3U : 2U);
    EXPECT_FALSE(running()->tracepoint_argument_count("no_such_tracepoint").has_value());
}

TEST_F(RunningBtf, MembersAreFoundAlsoInsideNamelessOnes) {
    EXPECT_TRUE(running()->has_member("net_device", "ifindex"));
    EXPECT_TRUE(running()->has_member("sk_buff", "next"));  // in an anonymous struct in a union
    EXPECT_FALSE(running()->has_member("sk_buff", "no_such_member"));
    EXPECT_FALSE(running()->has_member("no_such_struct", "next"));
}

TEST_F(RunningBtf, ReasonsAreThoseOfTheEnumItself) {
    const auto values = running()->enumerators("skb_drop_reason");
    if (values.empty()) GTEST_SKIP() << "this kernel has no drop reasons";
    const ReasonNames reasons = running()->drop_reasons();
    for (const char* name : {"NO_SOCKET", "NOT_SPECIFIED"}) {
        const auto value = values.find(std::string("SKB_DROP_REASON_") + name);
        ASSERT_NE(value, values.end());
        EXPECT_EQ(reasons.of(static_cast<uint32_t>(value->second)).name, name);
    }
    const auto last = values.find("SKB_DROP_REASON_MAX");
    ASSERT_NE(last, values.end());
    EXPECT_EQ(reasons.names.count(static_cast<uint32_t>(last->second)), 0U);
    for (const auto& [value, name] : reasons.names) {
        EXPECT_FALSE(name.name.starts_with("SKB_")) << name.name;
    }
}

TEST_F(RunningBtf, TheIndexAgreesWithLibbpf) {
    const btf* const types = running()->vmlinux();
    const TypeIndex index(types, 1);
    for (uint32_t id = 1; id < btf__type_cnt(types); id += 997) {
        const btf_type* const type = btf__type_by_id(types, id);
        if (!btf_is_func(type) && !btf_is_struct(type)) continue;
        const std::string name(name_of(types, type));
        if (name.empty()) continue;
        const int expected = btf__find_by_name_kind(types, name.c_str(), btf_kind(type));
        EXPECT_EQ(index.find(name, kind_bit(btf_kind(type))),
                  btf__type_by_id(types, static_cast<uint32_t>(expected)))
            << name;
    }
}

// Every member of a copied type is where it was, and has the size that it had.
TEST_F(RunningBtf, AnExcerptHasTheSameLayout) {
    const auto bytes = running()->excerpt({"sk_buff", "net_device", "tcp_sock", "net", "absent"});
    ASSERT_TRUE(bytes) << bytes.error().message;
    const BtfPtr few(btf__new(bytes->data(), static_cast<uint32_t>(bytes->size())));
    ASSERT_NE(few, nullptr);
    const btf* const all = running()->vmlinux();
    EXPECT_LT(btf__type_cnt(few.get()), btf__type_cnt(all) / 10);
    for (const char* name : {"sk_buff", "net_device", "tcp_sock", "net"}) {
        const int before = btf__find_by_name_kind(all, name, BTF_KIND_STRUCT);
        const int after = btf__find_by_name_kind(few.get(), name, BTF_KIND_STRUCT);
        ASSERT_GT(after, 0) << name;
        const btf_type* const old_type = btf__type_by_id(all, static_cast<uint32_t>(before));
        const btf_type* const new_type = btf__type_by_id(few.get(), static_cast<uint32_t>(after));
        EXPECT_EQ(new_type->size, old_type->size);
        ASSERT_EQ(btf_vlen(new_type), btf_vlen(old_type));
        for (unsigned i = 0; i < btf_vlen(old_type); ++i) {
            const btf_member& was = btf_members(old_type)[i];
            const btf_member& is = btf_members(new_type)[i];
            EXPECT_EQ(btf_member_bit_offset(new_type, i), btf_member_bit_offset(old_type, i));
            EXPECT_EQ(btf_member_bitfield_size(new_type, i), btf_member_bitfield_size(old_type, i));
            EXPECT_EQ(text_at(few.get(), is.name_off), text_at(all, was.name_off));
            EXPECT_EQ(btf__resolve_size(few.get(), is.type), btf__resolve_size(all, was.type))
                << name << '.' << text_at(all, was.name_off);
        }
    }
}

TEST(Types, SignsOfEnumeratorsAreKept) {
    const BtfPtr types(btf__new_empty());
    ASSERT_GT(btf__add_enum(types.get(), "signed_one", 4), 0);
    ASSERT_EQ(btf__add_enum_value(types.get(), "MINUS", -22), 0);
    std::map<std::string, int64_t> values;
    for_each_enumerator(types.get(), btf__type_by_id(types.get(), 1),
                        [&](std::string_view name, int64_t value) { values.emplace(name, value); });
    EXPECT_THAT(values, ::testing::ElementsAre(::testing::Pair("MINUS", -22)));
}

TEST(Types, ATypeThatContainsItselfEndsTheSearch) {
    const BtfPtr types(btf__new_empty());
    ASSERT_EQ(btf__add_struct(types.get(), "endless", 4), 1);
    ASSERT_EQ(btf__add_field(types.get(), nullptr, 1, 0, 0), 0);
    EXPECT_FALSE(has_member(types.get(), btf__type_by_id(types.get(), 1), "anything"));
}

}  // namespace
}  // namespace knowhy::symbols
