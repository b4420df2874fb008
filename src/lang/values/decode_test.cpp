#include "lang/values/decode.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cstring>

#include "lang/values/c_value.h"
#include "lang/values/values_testing.h"

namespace knowhy::lang {
namespace {

using model::Value;
using Bytes = std::vector<std::byte>;
using Kind = Type::Kind;

Bytes bytes(std::initializer_list<unsigned> values) {
    Bytes all;
    for (const unsigned value : values) all.push_back(static_cast<std::byte>(value));
    return all;
}

template <typename... Numbers>
Bytes packed(Numbers... numbers) {
    Bytes all;
    const auto add = [&](auto number) {
        const auto* raw = reinterpret_cast<const std::byte*>(&number);
        all.insert(all.end(), raw, raw + sizeof(number));
    };
    (add(numbers), ...);
    return all;
}

Value decoded(const Type& type, const Bytes& raw) {
    const symbols::Types types;
    FewAnswers answers;
    return decode(type, raw, types, answers);
}

TEST(Decode, IntegersByWidthAndSign) {
    EXPECT_EQ(decoded(Type::integer(1, true), bytes({0xff})), Value::integer(-1, true, 1));
    EXPECT_EQ(decoded(Type::integer(1, false), bytes({0xff})), Value::integer(255, false, 1));
    EXPECT_EQ(decoded(Type::integer(4, true), bytes({0, 0, 0, 0x80})),
              Value::integer(INT32_MIN, true, 4));
    EXPECT_EQ(decoded(Type::integer(8, false), packed(UINT64_MAX)), Value::integer(-1, false, 8));
    EXPECT_EQ(decoded(Type::integer(4, false), bytes({1, 2, 3})), Value{});
}

TEST(Decode, StringsEndAtTheirZero) {
    EXPECT_EQ(decoded(Type::string(5), bytes({'a', 'b', 0, 'c', 0})), Value::text("ab"));
    EXPECT_EQ(decoded(Type::string(2), bytes({'a', 'b'})), (Value{Value::Text{"ab", true}}));
    EXPECT_EQ(decoded(Type::string(4), bytes({'a', 'b'})), Value::text("ab"));
}

TEST(Decode, BuffersHoldWhatTheySay) {
    Type buffer = Type::of(Kind::Bytes);
    buffer.bytes = 4 + 3;
    EXPECT_EQ(decoded(buffer, bytes({2, 0, 0, 0, 7, 0, 9})),
              (Value{Value::Bytes{std::string("\7\0", 2)}}));
    EXPECT_EQ(decoded(buffer, bytes({200, 0, 0, 0, 1, 2, 3})), (Value{Value::Bytes{"\1\2\3"}}));
}

TEST(Decode, TuplesByAlignment) {
    Type tuple = Type::tuple({Type::integer(1, true), Type::integer(4, false), Type::boolean()});
    tuple.names = {"a", "b", "c"};
    EXPECT_EQ(decoded(tuple, bytes({5, 0xee, 0xee, 0xee, 7, 0, 0, 0, 1})),
              (Value{Value::Tuple{{Value::integer(5, true, 1), Value::integer(7, false, 4),
                                   Value{Value::Boolean{true}}},
                                  {"a", "b", "c"}}}));
}

TEST(Decode, WhatTheKernelKnows) {
    EXPECT_EQ(decoded(Type::of(Kind::KernelSymbol), packed(uint64_t{0x1002}))
                  .get<Value::Symbol>()
                  ->place.name,
              "ip_rcv");
    EXPECT_EQ(decoded(Type::of(Kind::UserName), packed(uint32_t{0})), Value::text("root"));
    EXPECT_EQ(decoded(Type::of(Kind::CgroupPath), packed(uint64_t{1})), Value::text("/"));
    EXPECT_EQ(decoded(Type::of(Kind::Probe), packed(uint64_t{0})), Value::text("BEGIN"));
    Type stack = Type::of(Kind::KernelStack);
    stack.stack = {Type::Stack::Mode::Perf, 1};
    const Value value = decoded(stack, packed(int64_t{3}));
    ASSERT_EQ(value.get<Value::Stack>()->frames.size(), 1U);
    EXPECT_EQ(value.get<Value::Stack>()->mode, Value::Stack::Mode::Perf);
    EXPECT_EQ(decoded(stack, packed(int64_t{-EFAULT})).get<Value::Stack>()->error, EFAULT);
    EXPECT_EQ(decoded(stack, packed(int64_t{4})).get<Value::Stack>()->error, ENOENT);
    const Value user =
        decoded(Type::of(Kind::UserStack), packed(int64_t{1}, uint32_t{7}, uint32_t{0}));
    EXPECT_EQ(user.get<Value::Stack>()->frames.at(0).image, "/bin/sh");
    EXPECT_TRUE(user.get<Value::Stack>()->user_space);
}

TEST(Decode, AddressesAndTimes) {
    const Type inet = Type::of(Kind::Inet);
    Bytes four = packed(uint32_t{AF_INET}, uint32_t{0x0100007f});
    four.resize(20);
    EXPECT_EQ(decoded(inet, four).get<model::IpAddress>()->text(), "127.0.0.1");
    Bytes six = packed(uint32_t{AF_INET6}, uint64_t{0}, uint64_t{1} << 56U);
    EXPECT_EQ(decoded(inet, six).get<model::IpAddress>()->text(), "::1");
    EXPECT_EQ(decoded(inet, packed(uint32_t{9}, uint64_t{0}, uint64_t{0})), Value{});
    Type time = Type::of(Kind::Timestamp);
    time.format = "%S.%f";
    EXPECT_EQ(decoded(time, packed(uint64_t{5000123456})).get<Value::Timestamp>()->text,
              "06.000123");
}

TEST(Decode, Aggregations) {
    EXPECT_EQ(decoded(Type::of(Kind::Count), packed(uint64_t{4})), Value::integer(4, false, 8));
    EXPECT_EQ(decoded(Type::of(Kind::Min, true), packed(int64_t{-5}, uint64_t{1})),
              Value::integer(-5));
    const Value stats = decoded(Type::of(Kind::Stats, true), packed(uint64_t{2}, int64_t{-5}));
    EXPECT_EQ(stats.get<Value::Average>()->mean().bits, -2);
    EXPECT_TRUE(stats.get<Value::Average>()->with_total);

    Bytes counts(Type::histogram(0).bytes);
    counts[8 * 4] = std::byte{3};  // [4, 8)
    counts[8 * 6] = std::byte{1};
    const Value histogram = decoded(Type::histogram(0), counts);
    EXPECT_EQ(histogram.get<Value::Histogram>()->buckets,
              (std::vector<Value::Bucket>{{4, 7, 3}, {8, 15, 0}, {16, 31, 1}}));
    EXPECT_EQ(histogram.get<Value::Histogram>()->total(), 4U);
    EXPECT_TRUE(decoded(Type::histogram(2), Bytes(2000)).get<Value::Histogram>()->buckets.empty());
    const Value linear = decoded(Type::linear_histogram(0, 20, 10),
                                 packed(uint64_t{1}, uint64_t{0}, uint64_t{0}, uint64_t{2}));
    EXPECT_EQ(linear.get<Value::Histogram>()->buckets.back(), (Value::Bucket{20, INT64_MAX, 2}));
}

TEST(Decode, SystemTapsStatistic) {
    Type type = Type::of(Kind::Statistic);
    type.bytes = 32;
    const Value value = decoded(type, packed(uint64_t{2}, int64_t{7}, int64_t{3}, int64_t{4}));
    EXPECT_EQ(value, (Value{Value::Statistic{2, 7, 3, 4, {}}}));
}

class CTypes {
  public:
    symbols::TypeId add(symbols::Type::Kind kind, std::string name, uint64_t size,
                        bool is_signed = false) {
        symbols::Type type;
        type.kind = kind;
        type.name = std::move(name);
        type.bytes = size;
        type.is_signed = is_signed;
        return types.add(std::move(type));
    }

    symbols::Types types;
};

TEST(DecodeC, StructsWithBitfieldsAndUnnamedUnions) {
    using symbols::Type;
    CTypes c;
    const auto number = c.add(Type::Kind::Integer, "int", 4, true);
    const auto flags = c.add(Type::Kind::Integer, "unsigned int", 4);
    const auto inner = c.add(Type::Kind::Union, "", 4);
    c.types.edit(inner).members = {{"u", number, 0, 0}, {"v", flags, 0, 0}};
    const auto outer = c.add(Type::Kind::Struct, "outer", 12);
    c.types.edit(outer).members = {
        {"low", flags, 0, 3}, {"high", number, 3, 5}, {"", inner, 32, 0}, {"last", number, 64, 0}};
    // low = 5, high = -2, u = v = -1; last is not there.
    const Value value =
        decode_c(outer, bytes({0xf5, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 1, 2}), c.types);
    EXPECT_EQ(value, (Value{Value::Struct{{{"low", Value::integer(5, false, 4)},
                                           {"high", Value::integer(-2, true, 4)},
                                           {"u", Value::integer(-1, true, 4)},
                                           {"v", Value::integer(UINT32_MAX, false, 4)},
                                           {"last", Value{}}}}}));
}

TEST(DecodeC, ArraysEnumsAndPointers) {
    using symbols::Type;
    CTypes c;
    const auto letter = c.add(Type::Kind::Integer, "char", 1, true);
    const auto byte = c.add(Type::Kind::Character, "unsigned char", 1);
    const auto text = c.add(Type::Kind::Array, "", 0);
    c.types.edit(text).target = letter;
    c.types.edit(text).count = 4;
    EXPECT_EQ(decode_c(text, bytes({'a', 'b', 'c', 'd'}), c.types), Value::text("abcd"));
    const auto raw = c.add(Type::Kind::Array, "", 0);
    c.types.edit(raw).target = byte;
    c.types.edit(raw).count = 1000000000;
    EXPECT_EQ(decode_c(raw, bytes({1, 2}), c.types),
              (Value{Value::Array{{Value::integer(1, false, 1), Value::integer(2, false, 1)}}}));
    const auto state = c.add(Type::Kind::Enum, "state", 4);
    c.types.edit(state).enumerators = {{"TCP_LISTEN", 10}};
    EXPECT_EQ(decode_c(state, bytes({10, 0, 0, 0}), c.types),
              (Value{Value::Enumerated{{10, false, 4}, "TCP_LISTEN"}}));
    EXPECT_EQ(decode_enum(state, bytes({11, 0, 0, 0}), 4, c.types),
              (Value{Value::Enumerated{{11, false, 4}, ""}}));
    const auto pointer = c.add(Type::Kind::Pointer, "", 8);
    EXPECT_EQ(decode_c(pointer, packed(uint64_t{16}), c.types), (Value{Value::Pointer{16}}));
}

TEST(DecodeC, AStructWithinItselfEnds) {
    CTypes c;
    const auto self = c.add(symbols::Type::Kind::Struct, "self", 8);
    c.types.edit(self).members = {{"again", self, 0, 0}};
    EXPECT_NE(decode_c(self, Bytes(8), c.types), Value{});
}

TEST(TimeText, FormatsAnyLength) {
    EXPECT_EQ(time_text("%f|%%f|%%", 1500), "000001|%f|%");
    EXPECT_EQ(time_text("", 0), "");
    EXPECT_EQ(time_text("%Y", 1700000000000000000), "2023");
    EXPECT_EQ(time_text(std::string(1000, 'x'), 0).size(), 1000U);
}

}  // namespace
}  // namespace knowhy::lang
