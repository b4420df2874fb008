#include "symbols/types/types.h"

#include <gtest/gtest.h>

namespace knowhy::symbols {
namespace {

using Kind = Type::Kind;

class TypesTest : public ::testing::Test {
  protected:
    TypeId scalar(const char* name, uint64_t bytes) {
        Type type;
        type.kind = Kind::Integer;
        type.name = name;
        type.bytes = bytes;
        return types_.add(std::move(type));
    }
    TypeId wrapped(Kind kind, TypeId target, const char* name = "") {
        Type type;
        type.kind = kind;
        type.name = name;
        type.target = target;
        type.bytes = kind == Kind::Pointer ? 8 : 0;
        return types_.add(std::move(type));
    }
    TypeId array(TypeId element, std::optional<uint64_t> count) {
        const TypeId id = wrapped(Kind::Array, element);
        types_.edit(id).count = count;
        return id;
    }
    TypeId aggregate(Kind kind, const char* name, uint64_t bytes, std::vector<Member> members) {
        Type type;
        type.kind = kind;
        type.name = name;
        type.bytes = bytes;
        type.members = std::move(members);
        return types_.add(std::move(type));
    }
    TypeId function(TypeId result, std::vector<Member> parameters) {
        const TypeId id = wrapped(Kind::Function, result);
        types_.edit(id).members = std::move(parameters);
        return id;
    }

    Types types_;
    const TypeId u8_ = scalar("u8", 1);
    const TypeId int_ = scalar("int", 4);
    const TypeId long_ = scalar("long", 8);
};

TEST_F(TypesTest, AreWrittenAsCWritesThem) {
    const TypeId skb = aggregate(Kind::Struct, "sk_buff", 8, {});
    const TypeId skb_pointer = wrapped(Kind::Pointer, skb);
    EXPECT_EQ(types_.text(kVoid), "void");
    EXPECT_EQ(types_.text(wrapped(Kind::Pointer, kVoid)), "void *");
    EXPECT_EQ(types_.text(wrapped(Kind::Pointer, skb_pointer)), "struct sk_buff **");
    EXPECT_EQ(types_.text(array(u8_, 6)), "u8 [6]");
    EXPECT_EQ(types_.text(array(array(u8_, 6), 2)), "u8 [2][6]");
    EXPECT_EQ(types_.text(array(u8_, std::nullopt)), "u8 []");
    EXPECT_EQ(types_.text(wrapped(Kind::Pointer, wrapped(Kind::Const, skb))),
              "const struct sk_buff *");
    EXPECT_EQ(types_.text(wrapped(Kind::Const, skb_pointer)), "struct sk_buff *const");
    EXPECT_EQ(types_.text(wrapped(Kind::Pointer, array(int_, 3))), "int (*)[3]");
    const TypeId handler = function(int_, {{"skb", skb_pointer, 0, 0}});
    EXPECT_EQ(types_.text(wrapped(Kind::Pointer, handler)), "int (*)(struct sk_buff *)");
    EXPECT_EQ(types_.text(array(wrapped(Kind::Pointer, handler), 4)),
              "int (*[4])(struct sk_buff *)");
    EXPECT_EQ(types_.text(wrapped(Kind::Pointer, function(kVoid, {}))), "void (*)(void)");
    EXPECT_EQ(types_.text(function(int_, {{"format", skb_pointer, 0, 0}, {"", kVoid, 0, 0}})),
              "int (struct sk_buff *, ...)");
    EXPECT_EQ(types_.text(aggregate(Kind::Union, "", 4, {})), "union {...}");
}

TEST_F(TypesTest, AreFollowedPastTypedefsAndQualifiers) {
    const TypeId pointer = wrapped(Kind::Pointer, int_);
    const TypeId alias = wrapped(Kind::Typedef, wrapped(Kind::Const, pointer), "alias_t");
    EXPECT_EQ(types_.resolved(alias), pointer);
    EXPECT_EQ(types_.pointee(alias), int_);
    EXPECT_FALSE(types_.pointee(int_).has_value());
    EXPECT_EQ(types_.text(alias), "alias_t");
    EXPECT_EQ(types_.bytes_of(array(array(int_, 3), 5)), 60U);
    EXPECT_EQ(types_.bytes_of(array(int_, std::nullopt)), 0U);
}

TEST_F(TypesTest, FieldsAreFoundByTheirPath) {
    const TypeId unnamed =
        aggregate(Kind::Struct, "", 8, {{"next", int_, 0, 0}, {"prev", int_, 32, 0}});
    const TypeId choice =
        aggregate(Kind::Union, "", 8, {{"", unnamed, 0, 0}, {"key", long_, 0, 0}});
    const TypeId element = aggregate(Kind::Struct, "pair", 2, {{"a", u8_, 0, 0}, {"b", u8_, 8, 0}});
    const TypeId whole = aggregate(
        Kind::Struct, "whole", 24,
        {{"", choice, 64, 0}, {"flag", int_, 131, 2}, {"pairs", array(element, 3), 144, 0}});
    EXPECT_EQ(types_.field(whole, "prev")->bit_offset, 96U);
    EXPECT_EQ(types_.field(whole, "key")->type, long_);
    EXPECT_EQ(types_.field(whole, "flag")->bit_offset, 131U);
    EXPECT_EQ(types_.field(whole, "flag")->bit_size, 2U);
    EXPECT_EQ(types_.field(whole, "pairs[2].b")->bit_offset, 144U + 32 + 8);
    for (const char* path : {"", ".", "nothing", "pairs[3]", "pairs[", "pairs[x]", "prev.next",
                             "pairs[1", "pairs.a", "[0]", "pairs[1].", "key["}) {
        EXPECT_FALSE(types_.field(whole, path)) << path;
    }
}

TEST_F(TypesTest, ABytesOwnerIsTheInnermostMember) {
    const TypeId small = aggregate(Kind::Struct, "", 8, {{"one", u8_, 0, 0}});
    const TypeId choice = aggregate(Kind::Union, "", 8, {{"", small, 0, 0}, {"all", long_, 0, 0}});
    const TypeId whole = aggregate(Kind::Struct, "whole", 32,
                                   {{"inner", choice, 0, 0},
                                    {"bits", int_, 68, 7},
                                    {"list", array(int_, 2), 96, 0},
                                    {"tail", array(u8_, std::nullopt), 192, 0}});
    EXPECT_EQ(types_.at_offset(whole, 0)->path, "inner.one");
    // The first member of the union has only padding there.
    EXPECT_EQ(types_.at_offset(whole, 5)->path, "inner.all");
    EXPECT_EQ(types_.at_offset(whole, 5)->offset, 5U);
    EXPECT_EQ(types_.at_offset(whole, 8)->path, "bits");
    EXPECT_EQ(types_.at_offset(whole, 9)->path, "bits");
    EXPECT_FALSE(types_.at_offset(whole, 10));
    EXPECT_EQ(types_.at_offset(whole, 17)->path, "list[1]");
    EXPECT_EQ(types_.at_offset(whole, 17)->offset, 1U);
    EXPECT_FALSE(types_.at_offset(whole, 20));
    EXPECT_EQ(types_.at_offset(whole, 1000)->path, "tail[976]");
}

TEST_F(TypesTest, ATypeThatContainsItselfEndsEverySearch) {
    const TypeId endless = aggregate(Kind::Struct, "endless", 8, {});
    types_.edit(endless).members = {{"", endless, 0, 0}, {"", endless, 0, 0}};
    const TypeId circle = wrapped(Kind::Typedef, kVoid, "circle");
    types_.edit(circle).target = circle;
    const TypeId chain = wrapped(Kind::Pointer, kVoid);
    types_.edit(chain).target = chain;
    EXPECT_EQ(types_.resolved(circle), kVoid);
    EXPECT_FALSE(types_.at_offset(endless, 3));
    EXPECT_FALSE(types_.field(endless, "absent"));
    EXPECT_FALSE(types_.text(chain).empty());
    EXPECT_EQ(types_[12345].kind, Kind::Void);
}

}  // namespace
}  // namespace knowhy::symbols
