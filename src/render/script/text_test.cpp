#include "render/script/text.h"

#include <gtest/gtest.h>

#include "render/script/values.h"

namespace knowhy::render {
namespace {

using namespace model;  // NOLINT(google-build-using-namespace)

const ScriptOptions kNow;
const ScriptOptions k017{ScriptOptions::Compat::Bpftrace017, FormatDialect::Bpftrace, ".."};

Value number(int64_t value) {
    return Value::integer(value);
}

std::string text(const Value& value, const ScriptOptions& options = kNow) {
    return value_text(value, options);
}

Value::Stack stack(Value::Stack::Mode mode) {
    Value::Stack stack;
    stack.mode = mode;
    stack.frames = {{0xffffffff81000004, "ip_rcv", 4, "", ""}, {0x10, "", 0, "", ""}};
    return stack;
}

MapDump map(std::vector<MapDump::Entry> entries, bool keyed = true) {
    MapDump map;
    map.name = "@x";
    map.keyed = keyed;
    map.entries = std::move(entries);
    return map;
}

std::string said(const MapDump& map, const ScriptOptions& options = kNow) {
    return event_text(PrintedMap{map}, options).out;
}

TEST(ValueText, PlainValues) {
    EXPECT_EQ(text(number(-1)), "-1");
    EXPECT_EQ(text(Value::integer(-1, false)), "18446744073709551615");
    EXPECT_EQ(text({Value::Boolean{false}}), "false");
    EXPECT_EQ(text({Value::Boolean{true}}, k017), "1");
    EXPECT_EQ(text({Value::Pointer{16}}), "0x10");
    EXPECT_EQ(text({Value::Pointer{16}}, k017), "16");
    EXPECT_EQ(text({Value::Text{"abc", true}}), "abc..");
    EXPECT_EQ(text({Value::Text{"abc", true}}, k017), "abc");
    EXPECT_EQ(text({Value::Enumerated{{3, false, 4}, "READY"}}), "READY");
    EXPECT_EQ(text({Value::Enumerated{{3, false, 4}, ""}}), "3");
    EXPECT_EQ(text({Value::Enumerated{{3, false, 4}, "READY"}}, k017), "3");
    EXPECT_EQ(text({}), "");
    EXPECT_EQ(text({*MacAddress::parse("18:c0:4d:08:2e:bb")}), "18:C0:4D:08:2E:BB");
    EXPECT_EQ(text({*IpAddress::parse("2001:db8::1")}), "2001:db8::1");
}

TEST(ValueText, ThingsOfSeveralParts) {
    const Value array{Value::Array{{number(1), number(2)}}};
    EXPECT_EQ(text(array), "[1,2]");
    EXPECT_EQ(text({Value::Struct{{{"a", number(1)}, {"b", array}}}}), "{ .a = 1, .b = [1,2] }");
    EXPECT_EQ(text({Value::Struct{}}), "{}");
    const Value pair{Value::Tuple{{number(1), Value::text("x")}, {}}};
    EXPECT_EQ(text({Value::Tuple{{pair, number(2)}, {}}}), "((1, x), 2)");
    EXPECT_EQ(text({Value::Tuple{{number(1), Value::text("x")}, {"n", "s"}}}), "(n = 1, s = x)");
}

TEST(ValueText, Stacks) {
    EXPECT_EQ(text({stack(Value::Stack::Mode::Bpftrace)}), "\n        ip_rcv+4\n        0x10\n");
    EXPECT_EQ(text({stack(Value::Stack::Mode::Perf)}),
              "\n\tffffffff81000004 ip_rcv+4\n\t10 0x10\n");
    EXPECT_EQ(text({stack(Value::Stack::Mode::Raw)}), "\nffffffff81000004\n10\n");
    Value::Stack user = stack(Value::Stack::Mode::Perf);
    user.user_space = true;
    user.frames = {{0x7f00, "main", 1, "/bin/sh", ""}, {0x10, "", 0, "", ""}};
    EXPECT_EQ(text({user}), "\n\t7f00 main+1 (/bin/sh)\n\t10 0x10 ([unknown])\n");
    user.mode = Value::Stack::Mode::BuildId;
    user.frames = {{0x7f00, "", 0x5, "", "abcd"}, {0x10, "", 0, "", ""}};
    EXPECT_EQ(text({user}), "\nabcd 0x05\n10\n");
    user.error = 14;
    EXPECT_EQ(text({user}), "");
}

TEST(ValueText, Statistics) {
    EXPECT_EQ(text({Value::Average{2, {-5}, false}}), "-2");
    EXPECT_EQ(text({Value::Average{2, {-5}, true}}), "count 2, average -2, total -5");
    EXPECT_EQ(text({Value::Average{0, {0}, true}}), "count 0, average 0, total 0");
    EXPECT_EQ(text({Value::Statistic{2, 3, -1, 4, {}}}), "@count=2 @min=-1 @max=4 @sum=3 @avg=1");
    EXPECT_EQ(text({Value::Statistic{}}), "@count=0x0");
}

TEST(HistogramText, LabelsBySizeOfBucket) {
    Value::Histogram histogram;
    histogram.buckets = {{INT64_MIN, -1, 1},
                         {0, 0, 2},
                         {1, 1, 0},
                         {2, 3, 4},
                         {512, 1023, 0},
                         {1024, 2047, 1},
                         {int64_t{1} << 62, INT64_MAX, 4}};
    EXPECT_EQ(text({histogram}),
              "(..., 0)               1 |@@@@@@@@@@@@@                                       |\n"
              "[0]                    2 |@@@@@@@@@@@@@@@@@@@@@@@@@@                          |\n"
              "[1]                    0 |                                                    |\n"
              "[2, 4)                 4 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|\n"
              "[512, 1K)              0 |                                                    |\n"
              "[1K, 2K)               1 |@@@@@@@@@@@@@                                       |\n"
              "[4E, 8E)               4 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|\n");
    Value::Histogram parts;
    parts.bits = 2;
    parts.buckets = {{7, 7, 1}, {8, 9, 0}, {1024, 1279, 0}, {8192, 10239, 1}};
    const std::string said = text({parts});
    EXPECT_NE(said.find("[7]  "), std::string::npos);
    EXPECT_NE(said.find("[8, 10)  "), std::string::npos);
    EXPECT_NE(said.find("[1024, 1280)  "), std::string::npos);
    EXPECT_NE(said.find("[8K, 10K)  "), std::string::npos);
}

TEST(HistogramText, LinearLabels) {
    const auto first_label = [](Value::Bucket bucket, int64_t max, int64_t step,
                                const ScriptOptions& options) {
        Value::Histogram histogram;
        histogram.linear = true;
        histogram.max = max;
        histogram.step = step;
        histogram.buckets = {bucket};
        const std::string line = text({histogram}, options);
        return line.substr(0, line.find("  "));
    };
    EXPECT_EQ(first_label({0, 1023, 1}, 4096, 1024, kNow), "[0, 1K)");
    EXPECT_EQ(first_label({1 << 20, (2 << 20) - 1, 1}, 4 << 20, 1 << 20, kNow), "[1M, 2M)");
    EXPECT_EQ(first_label({1024, 1123, 1}, 4096, 100, kNow), "[1024, 1124)");
    EXPECT_EQ(first_label({1024, 1123, 1}, 4096, 100, k017), "[1K, 1124)");
    EXPECT_EQ(first_label({3, 3, 1}, 10, 1, kNow), "[3]");
    EXPECT_EQ(first_label({3, 3, 1}, 10, 1, k017), "[3, 4)");
    EXPECT_EQ(first_label({INT64_MIN, 2, 1}, 10, 3, kNow), "(..., 3)");
    // lhist(n, 3, 10, 3): the last step that fits ends at 9.
    EXPECT_EQ(first_label({9, INT64_MAX, 1}, 10, 3, kNow), "[9, ...)");
    EXPECT_EQ(first_label({9, INT64_MAX, 1}, 10, 3, k017), "[10, ...)");
}

TEST(MapText, SortsByValueAndTakesTheTop) {
    MapDump counts = map({{number(1), number(3)}, {number(2), number(1)}, {number(3), number(8)}});
    EXPECT_EQ(said(counts), "@x[2]: 1\n@x[1]: 3\n@x[3]: 8\n");
    counts.top = 2;
    counts.divisor = 3;
    EXPECT_EQ(said(counts), "@x[1]: 1\n@x[3]: 2\n");
    counts.top = 9;
    EXPECT_EQ(said(counts), "@x[2]: 0\n@x[1]: 1\n@x[3]: 2\n");
}

TEST(MapText, SortsByKeyWhereValuesAreNoNumbers) {
    const auto entry = [](Value key) { return MapDump::Entry{std::move(key), Value::text("v")}; };
    const MapDump numbers = map({entry(number(300)), entry(number(-1)), entry(number(2))});
    EXPECT_EQ(said(numbers), "@x[-1]: v\n@x[2]: v\n@x[300]: v\n");
    EXPECT_EQ(said(numbers, k017), "@x[2]: v\n@x[300]: v\n@x[-1]: v\n");
    const auto pair = [&](const char* text, int64_t value) {
        return entry({Value::Tuple{{Value::text(text), number(value)}, {}}});
    };
    EXPECT_EQ(said(map({pair("b", 2), pair("a", 3), pair("a", -2)})),
              "@x[a, -2]: v\n@x[a, 3]: v\n@x[b, 2]: v\n");
}

TEST(MapText, ScalarsAndHistograms) {
    EXPECT_EQ(said(map({{{}, number(5)}}, false)), "@x: 5\n");
    EXPECT_EQ(said(map({}, false)), "");
    EXPECT_EQ(said(map({}), k017), "\n");
    Value::Histogram histogram;
    histogram.buckets = {{1, 1, 1}};
    const std::string row =
        "[1]                    1 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|\n";
    EXPECT_EQ(said(map({{{}, {histogram}}}, false)), "@x:\n" + row + "\n");
    EXPECT_EQ(said(map({{{}, {histogram}}}, false), k017), "@x: \n" + row + "\n");
    EXPECT_EQ(said(map({{number(1), {histogram}}})), "@x[1]:\n" + row + "\n");
}

TEST(MapText, StacksAsKeysAndValues) {
    const Value frames{stack(Value::Stack::Mode::Bpftrace)};
    EXPECT_EQ(said(map({{frames, number(1)}})), "@x[\n    ip_rcv+4\n    0x10\n]: 1\n");
    const MapDump both = map({{number(1), frames}, {number(2), frames}});
    const std::string lines = "\n        ip_rcv+4\n        0x10\n";
    EXPECT_EQ(said(both), "@x[1]: " + lines + "\n@x[2]: " + lines + "\n");
    EXPECT_EQ(said(both, k017), "@x[1]: " + lines + "@x[2]: " + lines + "\n");
}

TEST(MapText, StatisticsEndWithABlankLineIn017) {
    MapDump average = map({{{}, {Value::Average{1, {3}, false}}}}, false);
    average.statistics = true;
    EXPECT_EQ(said(average), "@x: 3\n");
    EXPECT_EQ(said(average, k017), "@x: 3\n\n");
}

TEST(EventText, GoesToTheRightOutput) {
    EXPECT_EQ(event_text(AttachedProbes{1, {}}, kNow), (SaidText{"", "Attached 1 probe\n"}));
    EXPECT_EQ(event_text(AttachedProbes{2, {}}, k017), (SaidText{"Attaching 2 probes...\n", ""}));
    EXPECT_EQ(event_text(LostEvents{7}, kNow), (SaidText{"", "Lost 7 events\n"}));
    EXPECT_EQ(event_text(PrintedText{PrintedText::Kind::Join, "a b"}, kNow).out, "a b\n");
    EXPECT_EQ(event_text(PrintedText{PrintedText::Kind::Cat, "a b"}, kNow).out, "a b");
    EXPECT_EQ(event_text(PrintedValue{number(5)}, kNow).out, "5\n");
    EXPECT_EQ(event_text(PrintedElement{"@x", {number(1), number(2)}}, kNow).out, "@x[1]: 2\n");
    PrintedFormat warning{
        {"%d left", {number(1)}}, PrintedFormat::To::Warning, {"a.bt", 3, 5, 0, ""}};
    EXPECT_EQ(event_text(warning, kNow), (SaidText{"", "a.bt:3:5: WARNING: 1 left\n"}));
}

TEST(EventText, ShowsWhereAHelperFailed) {
    const HelperError error{"probe_read_kernel", 14, {"a.bt", 1, 9, 13, "BEGIN { *$p }"}};
    EXPECT_EQ(event_text(error, kNow).error,
              "a.bt:1:9-13: WARNING: Bad address\n"
              "Additional Info - helper: probe_read_kernel, retcode: -14\n"
              "BEGIN { *$p }\n"
              "        ~~~~\n");
    EXPECT_EQ(event_text(error, k017).out,
              "a.bt:1:9-13: WARNING: Failed to probe_read_kernel: Bad address (-14)\n"
              "BEGIN { *$p }\n"
              "        ~~~~\n");
}

}  // namespace
}  // namespace knowhy::render
