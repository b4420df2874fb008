// Whole scripts, from their text to what they say. What needs the kernel is skipped for who may
// not.
#include "collect/script/session.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "lang/bpftrace/parser.h"
#include "lang/sema/compile.h"

namespace knowhy::collect {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// One run of a script, and what it said.
class Script {
  public:
    explicit Script(const std::string& text) : source_("script", text) {
        lang::Diagnostics diagnostics;
        auto parsed = lang::bpftrace::parse(source_, diagnostics);
        if (parsed) plan_ = lang::compile(*parsed, source_, kernel_, {}, diagnostics);
        for (const auto& one : diagnostics.all()) problems_ += lang::to_text(source_, one);
    }

    // What came between its arming and its end is `meanwhile`'s doing. "" or why it did not run.
    template <class Meanwhile>
    std::string run(const Meanwhile& meanwhile) {
        if (!plan_) return problems_;
        ScriptOptions options;
        options.said = [this](const model::ScriptEvent& event) { hear(event); };
        auto loaded = ScriptSession::load(*plan_, source_, kernel_, std::move(options));
        if (!loaded) return loaded.error().message;
        ScriptSession& session = **loaded;
        if (auto armed = session.arm(); !armed) return armed.error().message;
        meanwhile();
        for (int i = 0; i < 3; ++i) {
            const auto goes_on = session.poll(20);
            if (!goes_on) return goes_on.error().message;
            if (!*goes_on) break;
        }
        if (auto done = session.finish(); !done) return done.error().message;
        session.print_maps();
        status = session.exit_status();
        books = session.books();
        return "";
    }

    std::vector<std::string> printed;        // formats of printf(), as they came
    std::map<std::string, int64_t> numbers;  // of maps without keys, at the end
    int status = 0;
    ScriptBooks books;

  private:
    void hear(const model::ScriptEvent& event) {
        if (const auto* said = std::get_if<model::PrintedFormat>(&event))
            printed.push_back(said->what.format);
        const auto* map = std::get_if<model::PrintedMap>(&event);
        if (!map || map->map.entries.size() != 1) return;
        if (const auto* number = map->map.entries[0].value.get<model::Value::Integer>())
            numbers[map->map.name] = number->bits;
    }

    lang::Source source_;
    RunningKernel kernel_;
    std::optional<lang::Plan> plan_;
    std::string problems_;
};

void nothing() {}

void call_getppid() {
    for (int i = 0; i < 100; ++i) ::getppid();
}

std::string only_own(const std::string& probe) {
    return probe + " /pid == " + std::to_string(::getpid()) + "/ { @calls = count(); }";
}

TEST(ScriptSession, BeginAndEndInOrder) {
    Script script(R"(END { printf("c"); } BEGIN { printf("a"); @x = 3; } BEGIN { printf("b"); })");
    ASSERT_EQ(script.run(nothing), "");
    EXPECT_THAT(script.printed, ElementsAre("a", "b", "c"));
    EXPECT_EQ(script.numbers.at("@x"), 3);
    EXPECT_EQ(script.status, 0);
}

TEST(ScriptSession, ExitEndsItAtOnce) {
    Script script(R"(BEGIN { exit(4); printf("never"); } interval:s:1 { } END { printf("end"); })");
    ASSERT_EQ(script.run(nothing), "");
    EXPECT_THAT(script.printed, ElementsAre("end"));
    EXPECT_EQ(script.status, 4);
}

TEST(ScriptSession, CountsInTheKernelAndInUserSpaceAreAddedUp) {
    Script script("BEGIN { @calls = count(); } " +
                  only_own("tracepoint:syscalls:sys_enter_getppid"));
    if (const std::string why = script.run(call_getppid); !why.empty()) GTEST_SKIP() << why;
    EXPECT_EQ(script.numbers.at("@calls"), 101);
    EXPECT_EQ(script.books.lost_records, 0U);
    EXPECT_EQ(script.books.attached, 1U);
    EXPECT_THAT(script.books.refused, IsEmpty());
}

TEST(ScriptSession, NothingIsCountedOnceTheEndBegan) {
    Script script("rawtracepoint:sys_enter { @calls = count(); } END { clear(@calls); }");
    if (const std::string why = script.run(call_getppid); !why.empty()) GTEST_SKIP() << why;
    EXPECT_FALSE(script.numbers.contains("@calls"));
    EXPECT_EQ(script.books.missed, 0U);
}

TEST(ScriptSession, RecordsComeFromTheKernel) {
    Script script("tracepoint:syscalls:sys_enter_getppid /pid == " + std::to_string(::getpid()) +
                  R"(/ { printf("called %d", pid); })");
    if (const std::string why = script.run(call_getppid); !why.empty()) GTEST_SKIP() << why;
    EXPECT_EQ(script.printed.size(), 100U);
}

TEST(ScriptSession, AKprobe) {
    Script script(only_own("kprobe:__x64_sys_getppid"));
    if (const std::string why = script.run(call_getppid); !why.empty()) GTEST_SKIP() << why;
    EXPECT_EQ(script.numbers.at("@calls"), 100);
    EXPECT_EQ(script.books.missed, std::nullopt);
}

TEST(ScriptSession, AnEventThatIsNotThereIsTheEnd) {
    Script script("rawtracepoint:no_such_tracepoint { @ = count(); }");
    EXPECT_NE(script.run(nothing), "");
}

// A limit that shows only when the program is made is told at its probe.
TEST(ScriptSession, FunctionsTooDeepInEachOther) {
    std::string text = "fn f0($n: int64): int64 { return $n; }\n";
    for (int i = 1; i < 12; ++i)
        text += fmt::format("fn f{}($n: int64): int64 {{ return f{}($n); }}\n", i, i - 1);
    Script script(text + "rawtracepoint:sys_enter { @x = f11(arg0); }");
    const std::string why = script.run(nothing);
    if (why.find("EPERM") != std::string::npos) GTEST_SKIP() << why;
    EXPECT_EQ(why, "script:13:1: too deep: 13 functions in each other, 8 is the most");
}

}  // namespace
}  // namespace knowhy::collect
