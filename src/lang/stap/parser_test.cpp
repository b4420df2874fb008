#include "lang/stap/parser.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "lang/source/cases_testing.h"
#include "lang/source/codes.h"

namespace knowhy::lang::stap {
namespace {

std::optional<std::string> known(std::string_view name) {
    if (name == "kernel_v") return "6.1.0";
    if (name == "kernel_vr") return "6.1.0-55-amd64";
    if (name == "arch") return "x86_64";
    if (name == "systemtap_v") return "4.8";
    if (name == "runtime") return "kernel";
    if (name == "guru_mode" || name == "$#") return "0";
    if (name == "systemtap_privilege") return "stapdev";
    if (name == "CONFIG_NO_SUCH") return "undefined";
    if (name.starts_with("CONFIG_")) return "y";
    return std::nullopt;
}

// The tree's text, or the messages.
std::string outcome(const std::string& script, const Options& options = {&known, {}, {}}) {
    const Source source("test.stp", script);
    Diagnostics diagnostics;
    const std::optional<Script> tree = parse(source, options, diagnostics);
    std::string text;
    for (const Diagnostic& each : diagnostics.all()) text += to_text(source, each);
    return tree ? text + to_text(*tree) : text;
}

class Cases : public testing::TestWithParam<std::pair<std::string, size_t>> {};

TEST_P(Cases, ComeOut) {
    const auto& [file, least] = GetParam();
    expect_cases("src/lang/stap/cases/" + file, least,
                 [](const auto& script) { return outcome(script); });
}

INSTANTIATE_TEST_SUITE_P(Files, Cases,
                         testing::Values(std::pair("refused.txt", 50U),
                                         std::pair("trees.txt", 16U)));

TEST(Arguments, ArePutInAsTokensAndAsStrings) {
    const Options options{&known, std::vector<std::string>{"kernel.function(\"f\")", "eth0"}, {}};
    EXPECT_EQ(
        outcome("probe $1.call { println(@2 \"!\", $#) } %( $# == 2 %? global two %)", options),
        "global two\n"
        "probe\n"
        "    at kernel.function(\"f\").call\n"
        "    block\n"
        "        do\n"
        "            call println\n"
        "                string \"eth0!\"\n"
        "                integer 2\n");
}

TEST(Arguments, ThatAreMissingAreTold) {
    const Options options{&known, std::vector<std::string>{"5"}, {}};
    EXPECT_EQ(outcome("probe timer.s($2) { }", options),
              "test.stp:1:15: error: KW1023: there is no argument 2: 1 was given\n"
              "    probe timer.s($2) { }\n"
              "                  ~~\n"
              "hint: arguments follow the script's name\n");
}

TEST(Libraries, DefineMacros) {
    const Options options{&known, {}, {"@define low(x) %( @x & 0xff %)", "@define five %( 5 %)"}};
    EXPECT_THAT(outcome("probe begin { println(@low(@five)) }", options),
                testing::HasSubstr("binary &\n                    integer 5\n"));
}

std::string repeated(std::string_view text, size_t times) {
    std::string all;
    for (size_t i = 0; i < times; ++i) all += text;
    return all;
}

TEST(Depth, IsBounded) {
    constexpr size_t kMany = 100'000;
    const std::vector<std::string> scripts = {"probe begin { x = " + repeated("(", kMany),
                                              "probe begin { x = " + repeated("-", kMany),
                                              "probe begin { x = 1" + repeated(" . 1", kMany),
                                              "probe begin { x = $y" + repeated("->a", kMany),
                                              "probe begin { x = " + repeated("1 ? ", kMany),
                                              "probe begin { x = " + repeated("a[", kMany),
                                              "probe begin { " + repeated("x = ", kMany),
                                              "probe begin { x = x" + repeated(" in t", kMany),
                                              "probe begin { " + repeated("if (1) ", kMany),
                                              "probe begin { " + repeated("{", kMany),
                                              "probe " + repeated("{a.", kMany)};
    for (const std::string& script : scripts)
        EXPECT_THAT(outcome(script), testing::HasSubstr("KW1007")) << script.substr(0, 40);
}

// What Debian's systemtap-common and systemtap-doc bring: its tapset and examples.
std::vector<std::filesystem::path> installed(std::string_view extension) {
    std::vector<std::filesystem::path> files;
    std::error_code none;
    for (std::filesystem::recursive_directory_iterator it("/usr/share/systemtap", none), end;
         it != end; it.increment(none))
        if (it->path().extension() == extension) files.push_back(it->path());
    return files;
}

// Embedded C is refused as it should be; and files that the kernel's version leaves empty, or that
// only make sense with arguments, say so.
bool is_expected(const std::filesystem::path& file, const Diagnostics& diagnostics) {
    static const std::set<std::string> kWantArguments = {"measureinterval.stp", "sizeof.stp",
                                                         "whythefail.stp", "linetimes.stp"};
    static const std::set<std::string> kNoScripts = {"security-bandaid-template.stp"};
    if (kWantArguments.contains(file.filename()) || kNoScripts.contains(file.filename()))
        return true;
    return std::ranges::all_of(diagnostics.all(), [](const Diagnostic& each) {
        return each.code == codes::kEmbeddedC.id || each.code == codes::kNoProbe.id;
    });
}

TEST(Parse, ReadsTheTapsetAndTheExamplesThatAreInstalled) {
    Options options{&known, {}, {}};
    for (const auto& file : installed(".stpm")) options.libraries.push_back(read_whole(file));
    size_t read = 0;
    size_t refused = 0;
    for (const auto& file : installed(".stp")) {
        if (file.string().find("/s390/") != std::string::npos) continue;  // macros of its own
        const Source source(file, read_whole(file));
        Diagnostics diagnostics;
        ++(parse(source, options, diagnostics) ? read : refused);
        if (is_expected(file, diagnostics)) continue;
        for (const Diagnostic& each : diagnostics.all()) ADD_FAILURE() << to_text(source, each);
    }
    if (read + refused == 0) GTEST_SKIP() << "no systemtap here";
    RecordProperty("read", static_cast<int>(read));
    RecordProperty("refused", static_cast<int>(refused));
    EXPECT_GT(read, 200U);
}

}  // namespace
}  // namespace knowhy::lang::stap
