#include "model/codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "model/codec_testing.h"

namespace knowhy::model {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

constexpr size_t kPlenty = 64UL * 1024 * 1024;

template <typename T>
Result<T> through_cbor(const T& object) {
    KW_TRY(const json value, from_cbor(to_cbor(encode(object))));
    T back{};
    MemoryBudget budget{kPlenty};
    KW_CHECK_OK(decode(value, back, budget));
    return back;
}

template <typename T>
std::string problem_of(const json& value, size_t memory = kPlenty) {
    T object{};
    MemoryBudget budget{memory};
    const Status decoded = decode(value, object, budget);
    return decoded ? "" : decoded.error().message;
}

template <typename T>
class RoundTrip : public ::testing::Test {};
using RecordTypes =
    ::testing::Types<HeaderRecord, RunRecord, HostState, NetnsState, SampleRecord, GroupRecord,
                     Accounting, IndexRecord, Trace, ScriptRun, EventRecord>;
TYPED_TEST_SUITE(RoundTrip, RecordTypes);

TYPED_TEST(RoundTrip, AnyObjectComesBackEqual) {
    for (uint32_t seed = 0; seed < 200; ++seed) {
        auto object = testing::RandomModel(seed).make<TypeParam>();
        if constexpr (std::is_same_v<TypeParam, HostState>) {
            object.namespaces.clear();
            object.earlier.clear();
        }
        if constexpr (std::is_same_v<TypeParam, GroupRecord>) object.group.samples.clear();
        const auto back = through_cbor(object);
        ASSERT_TRUE(back.has_value()) << back.error().message;
        EXPECT_EQ(testing::difference(object, *back), "") << "seed " << seed;
    }
}

TEST(DropGroup, WithoutSamplesKeepsAllTheRest) {
    auto group = testing::RandomModel(11).make<GroupRecord>().group;
    const DropGroup bare = without_samples(group);
    group.samples.clear();
    EXPECT_EQ(encode(GroupRecord{bare, {}}), encode(GroupRecord{group, {}}));
}

TEST(TestingTools, ADifferenceIsFoundWhereverItIs) {
    auto a = testing::RandomModel(7).make<SampleRecord>();
    a.sample.stack.resize(2);
    auto b = a;
    EXPECT_EQ(testing::difference(a, b), "");
    b.sample.stack[1].line ^= 1U;
    EXPECT_EQ(testing::difference(a, b), ".sample.stack[1].line!");
    b = a;
    b.sample.socket.reset();
    a.sample.socket.emplace();
    EXPECT_EQ(testing::difference(a, b), ".sample.socket?");
}

TEST(Codec, AnAbsentValueHasNoEntryAndAnAbsentSysctlHasOne) {
    NetnsState state;
    state.links.emplace_back();
    state.sysctls["net.ipv4.no_such"] = std::nullopt;
    const json value = encode(state);
    EXPECT_FALSE(value["links"][0].contains("carrier"));
    EXPECT_TRUE(value["links"][0].contains("name"));
    EXPECT_TRUE(value["sysctls"]["net.ipv4.no_such"].is_null());
}

TEST(Codec, NamesBytesAndNumbersAreWhatTheDocumentSays) {
    SampleRecord record;
    record.key.source = DropSource::Refusal;
    record.sample.context = DropSample::Context::Softirq;
    record.sample.packet.start = RawPacket::Start::Mac;
    record.sample.packet.bytes = {1, 2};
    record.sample.dst_error = -113;
    const json value = encode(record);
    EXPECT_EQ(value["key"]["source"], "refusal");
    EXPECT_EQ(value["sample"]["context"], "softirq");
    EXPECT_EQ(value["sample"]["packet"]["start"], "mac");
    EXPECT_EQ(value["sample"]["packet"]["bytes"], json::binary({1, 2}));
    EXPECT_EQ(value["sample"]["dst_error"], -113);
    EXPECT_FALSE(value["sample"].contains("decoded"));
}

TEST(Codec, UnknownFieldsAreIgnoredAndMissingOnesStay) {
    Accounting books;
    books.events = 7;
    MemoryBudget budget{kPlenty};
    const json value = {{"other", 3}, {"of_a_later_knowhy", {1, 2, 3}}};
    ASSERT_TRUE(decode(value, books, budget).has_value());
    EXPECT_EQ(books.events, 7U);
    EXPECT_EQ(books.other, 3U);
    EXPECT_FALSE(books.missed_probes.has_value());
}

TEST(Codec, WhatIsWrongIsNamedWithItsPath) {
    EXPECT_EQ(problem_of<NetnsState>({{"links", {{{"mtu", "many"}}}}}),
              "links[0]: mtu: not a whole number");
    EXPECT_THAT(problem_of<Accounting>({{"events", -1}}), HasSubstr("out of range"));
    EXPECT_THAT(problem_of<NetnsState>({{"inum", 1ULL << 32U}}), HasSubstr("too large"));
    EXPECT_THAT(problem_of<NetnsState>({{"complete", 1}}), HasSubstr("not true or false"));
    EXPECT_THAT(problem_of<NetnsState>({{"name", 1}}), HasSubstr("not a string"));
    EXPECT_THAT(problem_of<NetnsState>({{"links", 1}}), HasSubstr("not a list"));
    EXPECT_THAT(problem_of<NetnsState>({{"before", 1}}), HasSubstr("not a map"));
    EXPECT_THAT(problem_of<NetnsState>({{"before", {{"a\x1b", "b"}}}}), HasSubstr("a\\x1b: not"));
    EXPECT_THAT(problem_of<NetnsState>(json::array()), HasSubstr("not a map"));
    EXPECT_THAT(problem_of<Accounting>({{"elapsed_s", std::nan("")}}), HasSubstr("not a finite"));
    EXPECT_THAT(problem_of<SampleRecord>({{"key", {{"source", "elsewhere"}}}}),
                HasSubstr("key: source: a name that is not known"));
    EXPECT_THAT(problem_of<NetnsState>({{"links", {{{"mac", json::binary({1})}}}}}),
                HasSubstr("six bytes"));
    EXPECT_THAT(problem_of<NetnsState>({{"routes", {{{"gateway", json::binary({1, 2, 3})}}}}}),
                HasSubstr("neither 4 nor 16"));
}

TEST(Codec, MemoryIsChargedBeforeItIsTaken) {
    json many = json::array();
    for (int i = 0; i < 1000; ++i) many.push_back(json::object());
    EXPECT_EQ(problem_of<NetnsState>({{"links", many}}), "");
    EXPECT_THAT(problem_of<NetnsState>({{"links", many}}, 1000 * sizeof(Link) - 1),
                HasSubstr("memory"));
    EXPECT_THAT(problem_of<NetnsState>({{"name", std::string(100, 'x')}}, 99), HasSubstr("memory"));
    EXPECT_THAT(problem_of<NetnsState>({{"before", {{"counter", 1}}}}, 10), HasSubstr("memory"));
}

std::string cbor_problem(const std::vector<uint8_t>& bytes) {
    const auto value = from_cbor(bytes);
    return value ? "" : value.error().message;
}

TEST(Cbor, OnlyWhatIsBoundedIsRead) {
    EXPECT_EQ(cbor_problem({0xa1, 0x61, 'a', 0x01}), "");
    EXPECT_EQ(cbor_problem({}), "ends early");
    EXPECT_EQ(cbor_problem({0x82, 0x01}), "ends early");
    EXPECT_EQ(cbor_problem({0x01, 0x01}), "bytes after the end");
    EXPECT_EQ(cbor_problem({0x62, 'a'}), "ends early");
    EXPECT_EQ(cbor_problem({0xc1, 0x01}), "a tag");
    EXPECT_EQ(cbor_problem({0x9f, 0x01, 0xff}), "a length that is not definite");
    EXPECT_EQ(cbor_problem({0x7f, 0x61, 'a', 0xff}), "a length that is not definite");
    EXPECT_EQ(cbor_problem({0xa1, 0x01, 0x01}), "not CBOR that is understood");  // key: a number
    EXPECT_EQ(cbor_problem({0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}), "ends early");
    EXPECT_EQ(cbor_problem({0xbb, 0x80, 0, 0, 0, 0, 0, 0, 0}), "ends early");
}

TEST(Cbor, NestingAndItemsHaveALimit) {
    std::vector<uint8_t> nested(kMaxCborDepth, 0x81);
    nested.push_back(0x01);
    EXPECT_EQ(cbor_problem(nested), "");
    nested.insert(nested.begin(), 0x81);
    EXPECT_EQ(cbor_problem(nested), "nested too deep");
    EXPECT_EQ(cbor_problem(std::vector<uint8_t>(1'000'000, 0x81)), "nested too deep");

    std::vector<uint8_t> wide = {0x9a, 0x00, 0x1f, 0xff, 0xff};  // an array of 2 Mi - 1
    wide.resize(wide.size() + kMaxCborItems - 1, 0x01);
    EXPECT_EQ(cbor_problem(wide), "");
    wide[1] = 0x00;
    wide[2] = 0x20;
    wide[3] = wide[4] = 0x00;
    wide.push_back(0x01);
    EXPECT_EQ(cbor_problem(wide), "too many items");
}

TEST(Cbor, ItemsAreCountedAsTheReaderCountsThem) {
    EXPECT_EQ(item_count(1), 1U);
    EXPECT_EQ(item_count(json::array({1, 2, 3})), 4U);
    EXPECT_EQ(item_count(json({{"a", 1}, {"b", {1, 2}}})), 7U);
}

}  // namespace
}  // namespace knowhy::model
