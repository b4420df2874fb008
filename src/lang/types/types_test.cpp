#include "lang/types/types.h"

#include <gtest/gtest.h>

namespace knowhy::lang {
namespace {

using Kind = Type::Kind;

TEST(ScriptType, LaysTuplesOutByAlignment) {
    const Type tuple = Type::tuple({Type::integer(1, false), Type::integer(8, true),
                                    Type::string(3), Type::integer(4, false), Type::of(Kind::Mac)});
    EXPECT_EQ(element_offsets(tuple), (std::vector<uint32_t>{0, 8, 16, 20, 24}));
    EXPECT_EQ(tuple.bytes, 32U);
    EXPECT_EQ(alignment(tuple), 8U);
    const Type outer = Type::tuple({Type::boolean(), tuple});
    EXPECT_EQ(element_offsets(outer), (std::vector<uint32_t>{0, 8}));
    EXPECT_EQ(outer.bytes, 40U);
    EXPECT_EQ(Type::tuple({}).bytes, 0U);
}

TEST(ScriptType, KnowsTheSizesOfFixedKinds) {
    EXPECT_EQ(Type::boolean().bytes, 1U);
    EXPECT_EQ(Type::pointer(symbols::kVoid).bytes, 8U);
    EXPECT_EQ(Type::of(Kind::Inet).bytes, 20U);
    EXPECT_EQ(Type::of(Kind::Stats).bytes, 16U);
    EXPECT_EQ(Type::histogram(0).bytes, 65U * 8);
    EXPECT_EQ(Type::linear_histogram(0, 100, 10).bytes, 12U * 8);
    EXPECT_TRUE(Type::of(Kind::Sum, true).is_aggregate());
    EXPECT_FALSE(Type::of(Kind::Probe).is_aggregate());
}

TEST(ScriptType, IsWrittenAsBpftraceWritesIt) {
    symbols::Types types;
    symbols::Type sk_buff;
    sk_buff.kind = symbols::Type::Kind::Struct;
    sk_buff.name = "sk_buff";
    const symbols::TypeId id = types.add(sk_buff);
    EXPECT_EQ(to_text(Type::integer(8, false), types), "uint64");
    EXPECT_EQ(to_text(Type::pointer(id), types), "struct sk_buff *");
    EXPECT_EQ(to_text(Type::pointer(symbols::kVoid), types), "void *");
    EXPECT_EQ(to_text(Type::tuple({Type::integer(8, true), Type::string(16)}), types),
              "(int64,string[16])");
    Type record = Type::tuple({Type::boolean()});
    record.names = {"ok"};
    EXPECT_EQ(to_text(record, types), "(ok=bool)");
    EXPECT_EQ(to_text(Type::of(Kind::Count), types), "count_t");
}

// Each bucket as bpftrace 0.17 labels it, by the values that it puts there.
TEST(Histogram, HasTheBucketsOfBpftrace) {
    const std::vector<std::pair<int64_t, BucketRange>> expected = {
        {-3, {INT64_MIN, -1}},
        {0, {0, 0}},
        {1, {1, 1}},
        {2, {2, 3}},
        {3, {2, 3}},
        {5, {4, 7}},
        {100, {64, 127}},
        {1000, {512, 1023}},
        {1048576, {1 << 20, (1 << 21) - 1}},
        {5000000000, {int64_t{1} << 32, (int64_t{1} << 33) - 1}},
    };
    for (const auto& [value, range] : expected) {
        EXPECT_EQ(histogram_range(histogram_bucket(value, 0), 0), range) << value;
    }
}

TEST(Histogram, PartsOfAPowerOfTwo) {
    EXPECT_EQ(histogram_bucket(7, 2), 8U);
    EXPECT_EQ(histogram_range(8, 2), (BucketRange{7, 7}));
    EXPECT_EQ(histogram_range(histogram_bucket(8, 2), 2), (BucketRange{8, 9}));
    EXPECT_EQ(histogram_range(histogram_bucket(30, 2), 2), (BucketRange{28, 31}));
}

TEST(Histogram, BucketsFollowOneAnotherAndHoldAllValues) {
    for (uint32_t bits = 0; bits <= kMostHistogramBits; ++bits) {
        const uint32_t count = histogram_buckets(bits);
        for (uint32_t bucket = 1; bucket < count; ++bucket) {
            const BucketRange range = histogram_range(bucket, bits);
            EXPECT_EQ(range.first, histogram_range(bucket - 1, bits).last + 1);
            EXPECT_EQ(histogram_bucket(range.first, bits), bucket);
            EXPECT_EQ(histogram_bucket(range.last, bits), bucket);
        }
        EXPECT_EQ(histogram_range(count - 1, bits).last, INT64_MAX);
    }
}

// lhist(n, 3, 10, 3) of bpftrace 0.17: no whole step fits at 9, so 9 is with those above.
TEST(LinearHistogram, HasTheBucketsOfBpftrace) {
    EXPECT_EQ(linear_buckets(3, 10, 3), 4U);
    EXPECT_EQ(linear_bucket(2, 3, 10, 3), 0U);
    EXPECT_EQ(linear_bucket(3, 3, 10, 3), 1U);
    EXPECT_EQ(linear_bucket(8, 3, 10, 3), 2U);
    EXPECT_EQ(linear_bucket(9, 3, 10, 3), 3U);
    EXPECT_EQ(linear_bucket(12, 3, 10, 3), 3U);
    EXPECT_EQ(linear_range(0, 3, 10, 3), (BucketRange{INT64_MIN, 2}));
    EXPECT_EQ(linear_range(2, 3, 10, 3), (BucketRange{6, 8}));
    EXPECT_EQ(linear_range(3, 3, 10, 3), (BucketRange{9, INT64_MAX}));
    EXPECT_EQ(linear_bucket(INT64_MAX, -100, 100, 10), 21U);
    EXPECT_EQ(linear_bucket(INT64_MIN, -100, 100, 10), 0U);
}

}  // namespace
}  // namespace knowhy::lang
