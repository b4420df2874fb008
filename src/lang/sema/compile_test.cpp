// Scripts through the parser and sema; those without kernel context are run by the interpreter.
#include "lang/sema/compile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "ir/interp.h"
#include "lang/bpftrace/parser.h"
#include "lang/sema/test_kernel.h"
#include "lang/stap/parser.h"

namespace knowhy::lang {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Records and maps in memory.
class Host final : public ir::Environment {
  public:
    using Bytes = std::vector<uint8_t>;

    explicit Host(const Plan& plan) : plan_(plan) {}

    std::optional<std::span<uint8_t>> lookup(ir::MapId map, std::span<const uint8_t> key) override {
        const ir::Map& shape = plan_.ir_maps[map.index];
        Bytes wanted(key.begin(), key.end());
        auto& values = maps_[map.index];
        if (shape.kind == ir::Map::Kind::PerCpuArray)
            values.try_emplace(wanted, Bytes(shape.value_bytes, 0));
        const auto found = values.find(wanted);
        if (found == values.end()) return std::nullopt;
        return std::span(found->second);
    }
    std::vector<Bytes> keys(ir::MapId map) override {
        std::vector<Bytes> all;
        for (const auto& [key, value] : maps_[map.index]) all.push_back(key);
        return all;
    }
    uint64_t call(ir::Helper helper, std::span<const ir::CallArgument> arguments) override {
        const auto bytes = [&](size_t index) {
            const auto span = std::get<std::span<uint8_t>>(arguments[index]);
            return Bytes(span.begin(), span.end());
        };
        switch (helper) {
            case ir::Helper::RingOutput:
                records.push_back(bytes(1));
                return 0;
            case ir::Helper::MapUpdate: {
                auto& values = maps_[std::get<ir::MapId>(arguments[0]).index];
                const bool only_new = std::get<uint64_t>(arguments[3]) == 1;
                if (only_new && values.contains(bytes(1))) return static_cast<uint64_t>(-17);
                values[bytes(1)] = bytes(2);
                return 0;
            }
            case ir::Helper::MapDelete:
                return maps_[std::get<ir::MapId>(arguments[0]).index].erase(bytes(1)) == 1
                           ? 0
                           : static_cast<uint64_t>(-2);
            case ir::Helper::PidTgid:
                return (uint64_t{77} << 32U) | 78;
            default:
                return 0;
        }
    }

    std::vector<Bytes> records;

    // The only value of a map, as a number.
    uint64_t value_of(const std::string& name, size_t offset = 0) {
        for (size_t i = 0; i < plan_.maps.size(); ++i) {
            if (plan_.maps[i].name != name || maps_[i].size() != 1) continue;
            uint64_t number = 0;
            std::memcpy(&number, maps_[i].begin()->second.data() + offset, 8);
            return number;
        }
        ADD_FAILURE() << name << " has not one value";
        return 0;
    }

  private:
    const Plan& plan_;
    std::map<uint32_t, std::map<Bytes, Bytes>> maps_;
};

struct Compiled {
    std::optional<Plan> plan;
    std::string messages;
};

Compiled compiled(const std::string& text, CompileOptions options = {},
                  Dialect dialect = Dialect::Bpftrace) {
    static TestKernel kernel;
    const Source source("test.bt", text);
    Diagnostics diagnostics;
    Compiled result;
    auto script = dialect == Dialect::Stap ? stap::parse(source, {}, diagnostics)
                                           : bpftrace::parse(source, diagnostics);
    if (script) result.plan = compile(*script, source, kernel, options, diagnostics);
    for (const Diagnostic& each : diagnostics.all()) result.messages += to_text(source, each);
    return result;
}

// The 64-bit numbers that the script's only printf sent, from the first probe alone.
std::vector<uint64_t> printed(const std::string& text, CompileOptions options = {},
                              Dialect dialect = Dialect::Bpftrace) {
    const Compiled script = compiled(text, std::move(options), dialect);
    if (!script.plan) {
        ADD_FAILURE() << script.messages;
        return {};
    }
    Host host(*script.plan);
    const auto status = ir::run(script.plan->probes.front().program, host);
    EXPECT_TRUE(status) << status.error().message;
    std::vector<uint64_t> numbers;
    for (const Host::Bytes& record : host.records)
        for (const OutputField& field : script.plan->outputs[record[0]].fields) {
            uint64_t number = 0;
            std::memcpy(&number, record.data() + field.offset, std::min(field.type.bytes, 8U));
            numbers.push_back(number);
        }
    return numbers;
}

TEST(Compile, ArithmeticIsCs) {
    EXPECT_THAT(printed("begin { $a = 7; printf(\"%d %d %d\", $a * 3 - 1, $a / 2, $a % 4); }"),
                ElementsAre(20, 3, 3));
    EXPECT_THAT(printed("begin { $a = -7; printf(\"%d %d\", $a / 2, $a >> 1); }"),
                ElementsAre(static_cast<uint64_t>(-3), static_cast<uint64_t>(-4)));
    EXPECT_THAT(printed("begin { $a = 1; printf(\"%d %d %d\", $a < 2, !$a, $a == 1 && $a > 3); }"),
                ElementsAre(1, 0, 0));
}

TEST(Compile, ConditionsAndLoops) {
    EXPECT_THAT(
        printed("begin { $i = 0; $s = 0; while ($i < 10) { $i++; if ($i == 3) { continue; } "
                "if ($i == 6) { break; } $s += $i; } printf(\"%d %d\", $i, $s); }"),
        ElementsAre(6, 1 + 2 + 4 + 5));
    EXPECT_THAT(printed("begin { $s = 0; for ($i : 2..5) { $s += $i; } printf(\"%d\", $s); }"),
                ElementsAre(2 + 3 + 4));
    EXPECT_THAT(
        printed("begin { $s = 1; unroll(3) { $s *= 2; } printf(\"%d\", $s > 4 ? $s : 0); }"),
        ElementsAre(8));
    EXPECT_THAT(printed("begin { for ($i : 0..9) { if ($i == 2) { return; } printf(\"%d\", $i); } "
                        "printf(\"%d\", 99); }"),
                ElementsAre(0, 1));
}

TEST(Compile, MapsKeepWhatIsAssigned) {
    EXPECT_THAT(
        printed("begin { @a[1, \"x\"] = 5; @a[2, \"y\"] = 6; delete(@a[1, \"x\"]); "
                "printf(\"%d %d %d\", @a[1, \"x\"], @a[2, \"y\"], has_key(@a, (2, \"y\"))); }"),
        ElementsAre(0, 6, 1));
    EXPECT_THAT(printed("begin { @n++; @n++; @n--; printf(\"%d\", @n); }"), ElementsAre(1));
    EXPECT_THAT(
        printed("begin { @a[1] = 10; @a[2] = 20; $s = 0; for ($kv : @a) { $s += $kv.0 * 100 "
                "+ $kv.1; } printf(\"%d\", $s); }"),
        ElementsAre(330));
}

TEST(Compile, AMapMayDependOnItself) {
    EXPECT_THAT(printed("begin { @n = @n + 1; @n += 2; @m[1] = @m[1] + @n; printf(\"%d %d\", @n, "
                        "@m[1]); }"),
                ElementsAre(3, 3));
}

TEST(Compile, AggregationsAddUp) {
    const Compiled script = compiled(
        "begin { @c = count(); @c = count(); @s = sum(5); @s = sum(-2); @least = min(4); "
        "@least = min(9); @most = max(4); @most = max(9); @mean = avg(4); @mean = avg(8); }");
    ASSERT_TRUE(script.plan) << script.messages;
    Host host(*script.plan);
    ASSERT_TRUE(ir::run(script.plan->probes.front().program, host));
    EXPECT_EQ(host.value_of("@c"), 2U);
    EXPECT_EQ(host.value_of("@s"), 3U);
    EXPECT_EQ(host.value_of("@least"), 4U);
    EXPECT_EQ(host.value_of("@most"), 9U);
    EXPECT_EQ(host.value_of("@mean"), 2U);
    EXPECT_EQ(host.value_of("@mean", 8), 12U);
}

TEST(Compile, HistogramsHaveTheBucketsOfTheirTypes) {
    for (const int64_t value : {-5L, 0L, 1L, 2L, 3L, 4L, 100L, 1L << 40}) {
        for (const uint32_t bits : {0U, 2U, 5U}) {
            const Compiled script =
                compiled(fmt::format("begin {{ $n = {}; @h = hist($n, {}); }}", value, bits));
            ASSERT_TRUE(script.plan) << script.messages;
            Host host(*script.plan);
            ASSERT_TRUE(ir::run(script.plan->probes.front().program, host));
            const auto keys = host.keys({2});
            ASSERT_EQ(keys.size(), 1U);
            uint64_t bucket = 0;
            std::memcpy(&bucket, keys.front().data() + 8, 8);
            EXPECT_EQ(bucket, histogram_bucket(value, bits)) << value << ' ' << bits;
        }
    }
}

TEST(Compile, StringsAreCompared) {
    EXPECT_THAT(printed("begin { $a = \"abc\"; printf(\"%d %d %d\", $a == \"abc\", $a == \"abcd\", "
                        "$a != \"ab\"); }"),
                ElementsAre(1, 0, 1));
    EXPECT_THAT(printed("begin { $a = \"a long string that is longer than the other\"; $b = \"a\"; "
                        "printf(\"%d %d\", $a == $b, strncmp($a, \"a short\", 2)); }"),
                ElementsAre(0, 0));
}

TEST(Compile, StringsAreSearched) {
    EXPECT_THAT(
        printed("begin { $a = \"veth17\"; printf(\"%d %d %d %d\", strcontains($a, \"th1\"), "
                "strcontains($a, \"th2\"), strcontains($a, \"veth17\"), strcontains($a, \"7x\"));"
                " }"),
        ElementsAre(1, 0, 1, 0));
}

TEST(Compile, MapsAreCounted) {
    EXPECT_THAT(printed("begin { @a[1] = 1; @a[2] = 1; @b[1] = 2; delete(@b[1]); printf(\"%d %d\", "
                        "len(@a), len(@b)); }"),
                ElementsAre(2, 0));
}

TEST(Compile, BuiltinsComeFromTheKernel) {
    EXPECT_THAT(printed("begin { printf(\"%d %d %d\", pid, tid, ncpus); }"),
                ElementsAre(77, 78, 2));
    CompileOptions options;
    options.arguments = {"42", "word"};
    EXPECT_THAT(printed("begin { printf(\"%d %d %d\", $1, $#, $3); }", options),
                ElementsAre(42, 2, 0));
}

TEST(Compile, ProbesNameTheirTargets) {
    const auto names = [](const std::string& text) {
        const Compiled script = compiled(text);
        if (!script.plan) return std::vector<std::string>{script.messages};
        return script.plan->names;
    };
    EXPECT_THAT(
        names("kprobe:ip_* { @ = count(); }"),
        ElementsAre("kprobe:ip_rcv", "kprobe:ip_forward", "kprobe:ip_rcv_finish_core.constprop.0"));
    EXPECT_THAT(names("kprobe:ip_rcv_finish_core { @ = count(); }"),
                ElementsAre("kprobe:ip_rcv_finish_core.constprop.0"));
    EXPECT_THAT(names("tracepoint:skb:* { @ = count(); } interval:s:1, end { clear(@); }"),
                ElementsAre("tracepoint:skb:kfree_skb", "tracepoint:skb:consume_skb",
                            "interval:s:1", "END"));
    EXPECT_THAT(names("k:bonding:bond_start_xmit+16 { @ = count(); }"),
                ElementsAre("kprobe:bond_start_xmit+16"));
}

TEST(Compile, ResultsOfOneWidthShareAProgram) {
    const auto probes = [](const std::string& body) {
        const Compiled script = compiled(
            "kretprobe:ip_rcv, kretprobe:ip_forward, "
            "kretprobe:bond_start_xmit { " +
            body + " }");
        EXPECT_TRUE(script.plan) << script.messages;
        return script.plan ? script.plan->probes.size() : 0;
    };
    EXPECT_EQ(probes("@ = count();"), 1);
    EXPECT_EQ(probes("@ = sum(retval);"), 2);  // of bond_start_xmit nothing is known
}

TEST(Compile, FieldsHaveTheirTypes) {
    const Compiled script = compiled(
        "kprobe:ip_rcv { $skb = (struct sk_buff *)arg0; printf(\"%d %s %d %x\", $skb->len, "
        "$skb->dev->name, $skb->pkt_type, $skb->protocol); } "
        "fentry:ip_rcv { printf(\"%d %d\", args.skb->len, args->flags); } "
        "tracepoint:skb:kfree_skb { @[args->reason, str(args.name)] = count(); }");
    ASSERT_TRUE(script.plan) << script.messages;
    const auto& types = *script.plan->types;
    EXPECT_EQ(to_text(script.plan->outputs[0].fields[1].type, types), "string[16]");
    EXPECT_EQ(script.plan->outputs[0].fields[0].type, Type::integer(4, false));
    EXPECT_EQ(script.plan->outputs[1].fields[1].type, Type::integer(1, false));
    EXPECT_THAT(to_text(script.plan->maps.back().key, types), HasSubstr("string[64]"));
}

// What a variable is, is known a round later than what is summed up.
TEST(Compile, AggregationsOfVariables) {
    const Compiled script = compiled(
        "kprobe:ip_rcv { $skb = (struct sk_buff *)arg0; @a = sum($skb->len); @a = sum(-1); "
        "@b[comm] = stats($skb->len); @c = max($skb->len); }");
    ASSERT_TRUE(script.plan) << script.messages;
    EXPECT_TRUE(script.plan->maps[2].value.is_signed);
    EXPECT_FALSE(script.plan->maps[3].value.is_signed);
}

TEST(CompileStap, VariablesHaveNoDollar) {
    EXPECT_THAT(
        printed("global n, hits[100] probe begin { n = 3; n += 4; x = n * 2; hits[x, \"a\"]++ "
                "if (x > 10) printf(\"%d %d %d\", x, hits[14, \"a\"], pid()) }",
                {}, Dialect::Stap),
        ElementsAre(14, 1, 77));
}

TEST(CompileStap, PointsNameTheirTargets) {
    const Compiled script = compiled(
        "probe begin, end, timer.s(2) { println(\"x\") } probe kernel.function(\"ip_rcv\").call "
        "{ printf(\"%d %s\", $skb->len, kernel_string($skb->dev->name)) } "
        "probe kernel.function(\"ip_rcv\").return { printf(\"%d\", $return) } "
        "probe kernel.trace(\"kfree_skb\") { print($skb->protocol) } "
        "probe kernel.function(\"not_there\") ? { println(\"never\") }",
        {}, Dialect::Stap);
    ASSERT_TRUE(script.plan) << script.messages;
    EXPECT_THAT(script.plan->names,
                ElementsAre("begin", "end", "timer.s(2)", "kernel.function(\"ip_rcv\").call",
                            "kernel.function(\"ip_rcv\").return", "kernel.trace(\"kfree_skb\")"));
    // BTF's `int`, though the register is wider.
    EXPECT_EQ(script.plan->outputs[4].fields[0].type, Type::integer(4, true));
}

TEST(CompileStap, MistakesAreShown) {
    const struct {
        std::string script;
        std::string says;
    } cases[] = {
        {"probe kernel.function(\"not_there\") { println(1) }", "no debug information"},
        {"probe process(\"/bin/sh\").function(\"main\") { println(1) }", "knowhy asks the kernel"},
        {"probe begin { x = y }", "y is read and never set"},
        {"probe begin { strange() }", "no function strange()"},
        {"probe timer.parsecs(1) { println(1) }", "is no timer"},
        {"probe kernel.function(\"ip_rcv\").return { println($nope) }", "no argument 'nope'"},
    };
    for (const auto& [script, says] : cases) {
        const Compiled result = compiled(script, {}, Dialect::Stap);
        EXPECT_FALSE(result.plan) << script;
        EXPECT_THAT(result.messages, HasSubstr(says)) << script;
    }
}

TEST(Compile, MistakesAreShown) {
    const struct {
        std::string script;
        std::string says;
    } cases[] = {
        {"kprobe:ip_rcv { $x = ((struct sk_buff *)arg0)->lenn; }", "did you mean 'len'"},
        {"kprobe:ip_rcvv { @ = count(); }", "no function ip_rcvv"},
        {"kprobe:ip_rcv { printf(\"%d\", pidd); }", "did you mean pid"},
        {"kprobe:ip_rcv { print(@nothing); }", "nothing is ever assigned to @nothing"},
        {"kprobe:ip_rcv { @x = 1; @x[1] = 2; }", "with a key and without one"},
        {"kprobe:ip_rcv { @x = 1; @x = \"a\"; }", "elsewhere"},
        {"kretprobe:ip_rcv { $x = arg0; }", "kretprobe has no arguments by number"},
        {"kprobe:ip_rcv { $x = retval; }", "kprobe has no return value"},
        {"begin { system(\"ls\"); }", "--unsafe"},
        {"uprobe:/bin/sh:main { @ = count(); }", "knowhy asks the kernel"},
        {"begin { printf(\"%d\"); }", "KW2015"},
        {"begin { strange(); }", "no function strange()"},
        {"begin { $x = count(); }", "makes a map's value"},
        {"tracepoint:skb:nothing { @ = count(); }", "no tracepoint skb:nothing"},
        {"tracepoint:skb:kfree_skb { $x = args.protocl; }", "did you mean 'protocol'"},
        {"kprobe:ip_rcv { ((struct sk_buff *)arg0)->len = 1; }", "kernel memory is never written"},
    };
    for (const auto& [script, says] : cases) {
        const Compiled result = compiled(script);
        EXPECT_FALSE(result.plan) << script;
        EXPECT_THAT(result.messages, HasSubstr(says)) << script;
    }
}

}  // namespace
}  // namespace knowhy::lang
