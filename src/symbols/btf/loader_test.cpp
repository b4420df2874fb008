// BTF in the type model: against the layouts that this compiler gives the same structs, and against
// libbpf's own reading of every type of the running kernel.
#include "symbols/btf/loader.h"

#include <gtest/gtest.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>

#include <cstddef>

#include "symbols/btf/btf.h"

namespace knowhy::symbols {
namespace {

using Kind = Type::Kind;

const KernelBtf* running() {
    static const Result<KernelBtf> loaded = KernelBtf::load_running();
    return loaded ? &*loaded : nullptr;
}

class RunningTypes : public ::testing::Test {
  protected:
    void SetUp() override {
        if (running() == nullptr) GTEST_SKIP() << "this kernel has no BTF";
        loader_.emplace(running()->vmlinux(), 1, types_);
    }
    FieldPlace field(const char* aggregate, const char* path) {
        const auto type = loader_->named(aggregate);
        const auto place = type ? types_.field(*type, path) : std::nullopt;
        EXPECT_TRUE(place.has_value()) << aggregate << "." << path;
        return place.value_or(FieldPlace{});
    }

    Types types_;
    std::optional<BtfLoader> loader_;
};

TEST_F(RunningTypes, HaveTheLayoutThatTheCompilerGives) {
    EXPECT_EQ(types_.bytes_of(*loader_->named("struct iphdr")), sizeof(iphdr));
    EXPECT_EQ(field("struct iphdr", "ttl").bit_offset, offsetof(iphdr, ttl) * 8);
    EXPECT_EQ(field("struct iphdr", "daddr").bit_offset, offsetof(iphdr, daddr) * 8);
    EXPECT_EQ(field("struct ethhdr", "h_source[2]").bit_offset,
              (offsetof(ethhdr, h_source) + 2) * 8);
    EXPECT_EQ(field("struct ipv6hdr", "daddr").bit_offset, offsetof(ipv6hdr, daddr) * 8);
    EXPECT_EQ(field("struct tcphdr", "window").bit_offset, offsetof(tcphdr, window) * 8);
}

TEST_F(RunningTypes, BitfieldsHaveTheirPlace) {
    iphdr header{};
    header.version = 0xf;
    const FieldPlace place = field("struct iphdr", "version");
    EXPECT_EQ(place.bit_size, 4U);
    EXPECT_EQ(reinterpret_cast<const uint8_t*>(&header)[place.bit_offset / 8],
              0xf << place.bit_offset % 8);
    EXPECT_EQ(field("struct tcphdr", "syn").bit_size, 1U);
}

TEST_F(RunningTypes, AreWrittenAsCWritesThem) {
    const auto skb = loader_->named("struct sk_buff");
    ASSERT_TRUE(skb.has_value());
    EXPECT_EQ(types_.text(*skb), "struct sk_buff");
    EXPECT_EQ(types_.text(types_.field(*skb, "dev")->type), "struct net_device *");
    EXPECT_EQ(types_.text(types_.field(*skb, "cb")->type), "char [48]");
    EXPECT_EQ(types_.text(*loader_->named("u32")), "u32");
    EXPECT_EQ(types_[types_.resolved(*loader_->named("u32"))].bytes, 4U);
    EXPECT_FALSE(loader_->named("struct no_such_struct"));
}

TEST_F(RunningTypes, FunctionsHaveNamedParameters) {
    const auto function = loader_->function("ip_rcv");
    ASSERT_TRUE(function.has_value());
    const Type& type = types_[*function];
    EXPECT_EQ(type.kind, Kind::Function);
    ASSERT_EQ(type.members.size(), 4U);
    EXPECT_EQ(type.members[0].name, "skb");
    EXPECT_EQ(types_.text(type.members[0].type), "struct sk_buff *");
    EXPECT_EQ(types_.text(type.target), "int");
}

TEST_F(RunningTypes, AllAgreeWithLibbpf) {
    const btf* const source = running()->vmlinux();
    size_t compared = 0;
    for (uint32_t id = 1; id < btf__type_cnt(source); ++id) {
        const btf_type* const type = btf__type_by_id(source, id);
        if (!btf_is_composite(type)) continue;
        const TypeId loaded = loader_->load(id);
        ASSERT_EQ(types_.bytes_of(loaded), static_cast<uint64_t>(btf__resolve_size(source, id)));
        ASSERT_EQ(types_[loaded].members.size(), btf_vlen(type));
        for (unsigned i = 0; i < btf_vlen(type); ++i) {
            const Member& member = types_[loaded].members[i];
            ASSERT_EQ(member.bit_offset, btf_member_bit_offset(type, i));
            const int64_t bytes = btf__resolve_size(source, btf_members(type)[i].type);
            const auto known = bytes > 0 ? static_cast<uint64_t>(bytes) : 0;
            ASSERT_EQ(types_.bytes_of(member.type), known);
            ++compared;
        }
    }
    EXPECT_GT(compared, 10'000U);
}

TEST(BtfLoader, ReadsWhatTheRunningKernelMayNotHave) {
    const BtfPtr source(btf__new_empty());
    const int integer = btf__add_int(source.get(), "int", 4, BTF_INT_SIGNED);
    const int tag = btf__add_type_tag(source.get(), "user", integer);
    const int pointer = btf__add_ptr(source.get(), tag);
    const int large = btf__add_enum64(source.get(), "large", 8, false);
    ASSERT_EQ(btf__add_enum64_value(source.get(), "TOP", UINT64_MAX), 0);
    const int declared = btf__add_fwd(source.get(), "some_union", BTF_FWD_UNION);
    Types types;
    BtfLoader loader(source.get(), 1, types);
    EXPECT_EQ(types.text(loader.load(static_cast<uint32_t>(pointer))), "int *");
    EXPECT_EQ(types.text(loader.load(static_cast<uint32_t>(declared))), "union some_union");
    const Type& enumeration = types[loader.load(static_cast<uint32_t>(large))];
    EXPECT_EQ(enumeration.enumerators.at(0).value, -1);
    EXPECT_FALSE(enumeration.is_signed);
    EXPECT_EQ(loader.load(12345), kVoid);
    EXPECT_EQ(loader.load(0), kVoid);
}

}  // namespace
}  // namespace knowhy::symbols
