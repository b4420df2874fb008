#include "render/script/peer_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace knowhy::render {
namespace {

using namespace model;  // NOLINT(google-build-using-namespace)

const ScriptOptions kNow;
const ScriptOptions k017{ScriptOptions::Compat::Bpftrace017, FormatDialect::Bpftrace, ".."};

Value number(int64_t value) {
    return Value::integer(value);
}

std::string value(Value value, const ScriptOptions& options = kNow) {
    const std::string line = peer_json(PrintedValue{std::move(value)}, options);
    EXPECT_TRUE(nlohmann::json::accept(line)) << line;
    const std::string head = R"({"type": "value", "data": )";
    EXPECT_EQ(line.substr(0, head.size()), head);
    return line.substr(head.size(), line.size() - head.size() - 2);
}

std::string map(std::vector<MapDump::Entry> entries, const ScriptOptions& options = kNow) {
    MapDump map;
    map.name = "@x";
    map.keyed = entries.empty() || entries[0].key != Value{};
    map.statistics = !entries.empty() && entries[0].value.get<Value::Average>() != nullptr;
    map.entries = std::move(entries);
    return peer_json(PrintedMap{map}, options);
}

TEST(PeerJson, Values) {
    EXPECT_EQ(value(number(-5)), "-5");
    EXPECT_EQ(value(Value::integer(-1, false)), R"("18446744073709551615")");
    EXPECT_EQ(value(Value::integer(-1, false), k017), "18446744073709551615");
    EXPECT_EQ(value(number((int64_t{1} << 53) + 1)), R"("9007199254740993")");
    EXPECT_EQ(value(number(INT64_MIN)), "-9223372036854775808");
    EXPECT_EQ(value({Value::Boolean{true}}), "true");
    EXPECT_EQ(value({Value::Boolean{true}}, k017), "1");
    EXPECT_EQ(value(Value::text("a\"\\\n\b\x01z")), R"("a\"\\\n\u0008\u0001z")");
    EXPECT_EQ(value(Value::text("\xff")), "\"\xef\xbf\xbd\"");
    EXPECT_EQ(value({Value::Bytes{"a\xff"}}), "[97,-1]");
    EXPECT_EQ(value({Value::Bytes{"a\xff"}}, k017), R"("a\\xff")");
    EXPECT_EQ(value({Value::Pointer{16}}), "16");
    EXPECT_EQ(value({Value::Enumerated{{3, false, 4}, "READY"}}), "3");
    EXPECT_EQ(value({Value::Symbol{{1, "ip_rcv", 0, "", ""}}}), R"("ip_rcv")");
    EXPECT_EQ(value({*MacAddress::parse("18:c0:4d:08:2e:bb")}), R"("18:C0:4D:08:2E:BB")");
    EXPECT_EQ(value({}), "null");
}

TEST(PeerJson, ThingsOfSeveralParts) {
    const Value::Tuple pair{{number(1), Value::text("x")}, {}};
    EXPECT_EQ(value({pair}), R"([1,"x"])");
    EXPECT_EQ(value({Value::Tuple{pair.elements, {"n", "s"}}}), R"({"n": 1, "s": "x"})");
    const Value::Struct sample{{{"a", number(1)}, {"b", {Value::Array{{number(2)}}}}}};
    EXPECT_EQ(value({sample}), R"({"a": 1, "b": [2]})");
    EXPECT_EQ(value({sample}, k017), R"({ "a": 1, "b": [2] })");
}

TEST(PeerJson, Maps) {
    EXPECT_EQ(map({}), "");
    EXPECT_EQ(map({{{}, number(5)}}), "{\"type\": \"map\", \"data\": {\"@x\": 5}}\n");
    const Value key{Value::Tuple{{number(1), Value::text("a b")}, {}}};
    EXPECT_EQ(map({{key, number(5)}}), "{\"type\": \"map\", \"data\": {\"@x\": {\"1,ab\": 5}}}\n");
    EXPECT_EQ(map({{key, number(5)}}, k017),
              "{\"type\": \"map\", \"data\": {\"@x\": {\"1,a b\": 5}}}\n");
    EXPECT_EQ(map({{number(1), {Value::Average{2, {6}, true}}}}),
              "{\"type\": \"stats\", \"data\": {\"@x\": {\"1\": {\"count\": 2, \"average\": 3, "
              "\"total\": 6}}}}\n");
    Value::Histogram histogram;
    histogram.buckets = {{INT64_MIN, -1, 1}, {0, 0, 0}, {int64_t{1} << 62, INT64_MAX, 2}};
    EXPECT_EQ(map({{{}, {histogram}}}),
              "{\"type\": \"hist\", \"data\": {\"@x\": [{\"max\": -1, \"count\": 1},{\"min\": 0, "
              "\"max\": 0, \"count\": 0},{\"min\": 4611686018427387904, \"max\": "
              "9223372036854775807, \"count\": 2}]}}\n");
    histogram.linear = true;
    EXPECT_EQ(map({{{}, {histogram}}}, k017),
              "{\"type\": \"hist\", \"data\": {\"@x\": [{\"max\": -1, \"count\": 1}, {\"min\": 0, "
              "\"max\": 0, \"count\": 0}, {\"min\": 0, \"count\": 2}]}}\n");
}

TEST(PeerJson, OtherEvents) {
    EXPECT_EQ(peer_json(AttachedProbes{2, {}}, kNow),
              "{\"type\": \"attached_probes\", \"count\": 2, \"data\": {\"probes\": 2}}\n");
    EXPECT_EQ(peer_json(AttachedProbes{2, {}}, k017),
              "{\"type\": \"attached_probes\", \"data\": {\"probes\": 2}}\n");
    EXPECT_EQ(peer_json(LostEvents{2}, k017),
              "{\"type\": \"lost_events\", \"data\": {\"events\": 2}}\n");
    EXPECT_EQ(peer_json(PrintedText{PrintedText::Kind::System, "hi\n"}, kNow),
              "{\"type\": \"syscall\", \"data\": \"hi\\n\"}\n");
    PrintedFormat said{{"%d\n", {number(1)}}, PrintedFormat::To::Out, {"a.bt", 3, 5, 0, ""}};
    EXPECT_EQ(peer_json(said, kNow), "{\"type\": \"printf\", \"data\": \"1\\n\"}\n");
    said.to = PrintedFormat::To::Error;
    EXPECT_EQ(peer_json(said, kNow),
              "{\"type\": \"errorf\", \"msg\": \"1\\n\", \"filename\": \"a.bt\", \"line\": 3, "
              "\"col\": 5}\n");
    const HelperError error{"map_update_elem", 7, {"a.bt", 3, 5, 0, ""}};
    EXPECT_EQ(peer_json(error, kNow),
              "{\"type\": \"helper_error\", \"msg\": \"Map full; can't update element "
              "(max_map_keys)\", \"helper\": \"map_update_elem\", \"retcode\": -7, \"filename\": "
              "\"a.bt\", \"line\": 3, \"col\": 5}\n");
}

}  // namespace
}  // namespace knowhy::render
