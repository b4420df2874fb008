#include "render/script/json.h"

#include <gtest/gtest.h>

namespace knowhy::render {
namespace {

using namespace model;  // NOLINT(google-build-using-namespace)

std::string said(const ScriptEvent& event) {
    return script_json(event, {});
}

std::string value(Value value) {
    const std::string line = said(PrintedValue{std::move(value)});
    const std::string head = R"({"type":"value","value":)";
    EXPECT_EQ(line.substr(0, head.size()), head);
    return line.substr(head.size(), line.size() - head.size() - 2);
}

Value number(int64_t value) {
    return Value::integer(value);
}

TEST(ScriptJson, Values) {
    EXPECT_EQ(value(number(-5)), "-5");
    EXPECT_EQ(value(Value::integer(-1, false)), R"("18446744073709551615")");
    EXPECT_EQ(value({Value::Boolean{true}}), "true");
    EXPECT_EQ(value(Value::text("a\xc3\xa9\xff")), R"("a\u00e9\ufffd")");
    EXPECT_EQ(value({Value::Bytes{"a\xff"}}), R"({"bytes":"61ff"})");
    EXPECT_EQ(value({Value::Pointer{16}}), R"("0x10")");
    EXPECT_EQ(value({Value::Enumerated{{3, false, 4}, "READY"}}), R"({"name":"READY","value":3})");
    EXPECT_EQ(value({Value::Enumerated{{3, false, 4}, ""}}), R"({"name":null,"value":3})");
    EXPECT_EQ(value({Value::Struct{{{"a", {Value::Array{{number(1)}}}}}}}), R"({"a":[1]})");
    EXPECT_EQ(value({Value::Tuple{{number(1), {}}, {}}}), "[1,null]");
    EXPECT_EQ(value({Value::Tuple{{number(1)}, {"n"}}}), R"({"n":1})");
    EXPECT_EQ(value({*MacAddress::parse("18:c0:4d:08:2e:bb")}), R"("18:c0:4d:08:2e:bb")");
    EXPECT_EQ(value({Value::Timestamp{7, "now"}}), R"({"text":"now","time_ns":7})");
    EXPECT_EQ(value({Value::Average{2, {6}, false}}), R"({"count":2,"average":3,"total":6})");
}

TEST(ScriptJson, Places) {
    const CodePlace place{0x1004, "ip_rcv", 4, "", ""};
    const std::string json =
        R"({"symbol":"ip_rcv","offset":4,"image":null,"build_id":null,"address":"0x1004"})";
    EXPECT_EQ(value({Value::Symbol{place}}), json);
    Value::Stack stack;
    stack.frames = {place};
    EXPECT_EQ(value({stack}), R"({"stack":[)" + json + "]}");
    stack.error = 14;
    EXPECT_EQ(value({stack}), R"({"errno":14})");
}

TEST(ScriptJson, Maps) {
    Value::Histogram histogram;
    histogram.buckets = {{INT64_MIN, -1, 1}, {0, 0, 2}};
    MapDump map;
    map.name = "@x";
    map.entries = {{{}, {histogram}}};
    EXPECT_EQ(said(PrintedMap{map}),
              "{\"type\":\"map\",\"name\":\"@x\",\"keyed\":false,\"divisor\":1,\"entries\":["
              "{\"value\":{\"buckets\":[{\"first\":null,\"last\":-1,\"count\":1},"
              "{\"first\":0,\"last\":0,\"count\":2}]}}]}\n");
    EXPECT_EQ(said(PrintedElement{"@y", {number(1), number(2)}}),
              "{\"type\":\"map\",\"name\":\"@y\",\"keyed\":true,\"divisor\":1,\"entries\":["
              "{\"key\":[1],\"value\":2}]}\n");
}

TEST(ScriptJson, OtherEvents) {
    EXPECT_EQ(said(AttachedProbes{3, {7, 0, 5}}),
              "{\"type\":\"armed\",\"probes\":3,\"time_ns\":7,\"boot_ns\":5}\n");
    EXPECT_EQ(said(LostEvents{3}), "{\"type\":\"lost\",\"events\":3}\n");
    EXPECT_EQ(said(PrintedText{PrintedText::Kind::Cat, "x"}),
              "{\"type\":\"printed\",\"how\":\"cat\",\"text\":\"x\"}\n");
    PrintedFormat printed{{"%d", {number(1)}}, PrintedFormat::To::Out, {"a.bt", 3, 5, 0, ""}};
    EXPECT_EQ(said(printed), "{\"type\":\"printed\",\"how\":\"printf\",\"text\":\"1\"}\n");
    printed.to = PrintedFormat::To::Warning;
    EXPECT_EQ(said(printed),
              "{\"type\":\"printed\",\"how\":\"warnf\",\"text\":\"1\",\"file\":\"a.bt\",\"line\":3,"
              "\"column\":5}\n");
    EXPECT_EQ(said(HelperError{"probe_read_kernel", 14, {}}),
              "{\"type\":\"helper_error\",\"helper\":\"probe_read_kernel\",\"errno\":14,"
              "\"message\":\"Bad address\",\"file\":null,\"line\":null,\"column\":null}\n");
}

}  // namespace
}  // namespace knowhy::render
