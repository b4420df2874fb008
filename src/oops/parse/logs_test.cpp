// The same report in every dress that logs give it, and what is no report.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <functional>

#include "base/text.h"
#include "model/oops_identity.h"
#include "oops/parse/arch_texts.h"
#include "oops/parse/kind_texts.h"
#include "oops/parse/lines.h"
#include "oops/parse/parse.h"

namespace knowhy::oops {
namespace {

using Kind = model::OopsKind;
using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* kAll[] = {
    kX86Null, kX86Gpf,   kX86Old,   kI386,    kArm64,   kArmOld,        kArmNew,
    kMips32,  kRiscv,    kPpc64,    kS390,    kKasan,   kWarn,          kWarnOld,
    kWarnNew, kRefcount, kBug,      kListBug, kDivide,  kStackGuard,    kArm64Stack,
    kKfence,  kKmsan,    kKcsan,    kUbsan,   kLockdep, kRcuStall,      kSoftLockup,
    kHung,    kAtomic,   kSleeping, kPanic,   kOom,     kStackProtector};

// Messages as the kernel gave them, without what the log put before.
std::vector<std::string> messages(std::string_view text) {
    std::vector<std::string> found;
    for (const std::string_view line : split(text, '\n')) {
        found.emplace_back(take_prefix(line).text);
    }
    return found;
}

using Dress = std::function<std::string(const std::string& message, size_t number)>;

std::string dressed(std::string_view text, const Dress& dress) {
    std::string log;
    size_t number = 0;
    for (const std::string& message : messages(text)) log += dress(message, number++) + "\n";
    return log;
}

void expect_same(const model::OopsReport& found, const model::OopsReport& wanted) {
    EXPECT_EQ(found.kind, wanted.kind);
    EXPECT_EQ(found.headline, wanted.headline);
    EXPECT_EQ(found.registers, wanted.registers);
    EXPECT_EQ(found.fault_address, wanted.fault_address);
    EXPECT_EQ(found.pc, wanted.pc);
    EXPECT_EQ(found.code.bytes, wanted.code.bytes);
    EXPECT_EQ(found.code.marker, wanted.code.marker);
    EXPECT_EQ(found.trace.size(), wanted.trace.size());
    EXPECT_EQ(found.modules.size(), wanted.modules.size());
    EXPECT_EQ(found.release, wanted.release);
    EXPECT_EQ(model::oops_signature(found), model::oops_signature(wanted));
}

struct Named {
    const char* name;
    Dress dress;
};

class Dresses : public testing::TestWithParam<Named> {};

TEST_P(Dresses, SayTheSame) {
    for (const char* text : {kX86Null, kArm64, kMips32, kRiscv, kX86Old, kS390, kArmNew, kBug}) {
        const auto wanted = parse(dressed(text, [](const auto& m, size_t) { return m; }));
        ASSERT_THAT(wanted, SizeIs(1)) << text;
        const std::string log = dressed(text, GetParam().dress);
        const auto found = parse(log);
        ASSERT_THAT(found, SizeIs(1)) << log;
        expect_same(found[0], wanted[0]);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Logs, Dresses,
    testing::Values(
        Named{"time",
              [](const auto& m, size_t n) { return fmt::format("[{:5}.{:06}] {}", 9, n, m); }},
        Named{"level",
              [](const auto& m, size_t n) { return fmt::format("<4>[{:5}.{:06}] {}", 9, n, m); }},
        Named{"caller", [](const auto& m,
                           size_t n) { return fmt::format("[{:5}.{:06}][  T123] {}", 9, n, m); }},
        Named{"cpu", [](const auto& m,
                        size_t n) { return fmt::format("[{:5}.{:06}][    C1] {}", 9, n, m); }},
        Named{"syslog",
              [](const auto& m, size_t n) {
                  return fmt::format("Nov 21 22:18:23 host kernel: [{:5}.{:06}] {}", 9, n, m);
              }},
        Named{"journal", [](const auto& m, size_t) { return "Nov 21 22:18:23 host kernel: " + m; }},
        Named{"iso", [](const auto& m,
                        size_t) { return "2026-11-21T22:18:23.123456+00:00 host kernel: " + m; }},
        Named{"monotonic",
              [](const auto& m, size_t n) {
                  return fmt::format("[{:5}.{:06}] host kernel: {}", 9, n, m);
              }},
        Named{"dmesg_t", [](const auto& m, size_t) { return "[Sat Nov 21 22:18:23 2026] " + m; }},
        Named{"dmesg_x",
              [](const auto& m, size_t n) {
                  return fmt::format("kern  :alert : [{:5}.{:06}] {}", 9, n, m);
              }},
        Named{"kmsg",
              [](const auto& m, size_t n) {
                  return fmt::format("1,{},{},-;{}", 700 + n, 9000000 + n, m);
              }},
        Named{"crlf", [](const auto& m, size_t) { return m + "\r"; }},
        Named{"crcrlf",
              [](const auto& m, size_t n) { return fmt::format("[{:5}.{:06}] {}\r\r", 9, n, m); }},
        Named{"colours",
              [](const auto& m, size_t n) {
                  return fmt::format("\x1b[32m[{:5}.{:06}] \x1b[0m\x1b[1;31m{}\x1b[0m", 9, n, m);
              }},
        Named{"mail", [](const auto& m, size_t) { return "> " + m; }},
        Named{"serial",
              [](const auto& m, size_t n) {
                  return fmt::format("{}[{:5}.{:06}] {}", n == 3 ? "debian login: " : "", 9, n, m);
              }},
        Named{"logger",
              [](const auto& m, size_t n) {
                  return fmt::format("[2026-11-21 22:18:23] [{:5}.{:06}] {}", 9, n, m);
              }},
        Named{"wrapped",
              [](const auto& m, size_t n) {
                  std::string line = fmt::format("[{:5}.{:06}] {}", 9, n, m);
                  for (size_t at = 80; at < line.size(); at += 81) line.insert(at, "\n");
                  return line;
              }}),
    [](const auto& named) { return std::string(named.param.name); });

TEST(Logs, ChunksOfAnySizeGiveTheSame) {
    for (const size_t size : {1U, 7U, 80U, 4096U}) {
        std::vector<model::OopsReport> found;
        Parser parser([&](model::OopsReport report) { found.push_back(std::move(report)); });
        const std::string_view text = kX86Null;
        for (size_t at = 0; at < text.size(); at += size) parser.feed(text.substr(at, size));
        parser.finish();
        ASSERT_THAT(found, SizeIs(1));
        expect_same(found[0], parse(kX86Null)[0]);
    }
}

TEST(Logs, EveryReportOfAFileIsFound) {
    std::string all;
    for (const char* text : kAll) all += std::string(text) + "systemd[1]: Started a service.\n";
    auto found = parse(all);
    EXPECT_THAT(found, SizeIs(std::size(kAll)));
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
        return a.first_line < b.first_line;  // one whose end is known later is given later
    });
    for (size_t i = 0; i < std::min(found.size(), std::size(kAll)); ++i) {
        EXPECT_EQ(found[i].kind, parse(kAll[i])[0].kind) << kAll[i];
        EXPECT_EQ(found[i].registers, parse(kAll[i])[0].registers) << kAll[i];
    }
}

// Two CPUs at once: the printing task or CPU before each line tells them apart.
TEST(Logs, CallersTellInterleavedReportsApart) {
    const auto one = messages(kX86Null);
    const auto two = messages(kDivide);
    std::string log;
    for (size_t i = 0; i < std::max(one.size(), two.size()); ++i) {
        if (i < one.size()) log += fmt::format("[    9.{:06}][  T123] {}\n", i, one[i]);
        if (i < two.size()) log += fmt::format("[    9.{:06}][    C0] {}\n", i, two[i]);
    }
    const auto found = parse(log);
    ASSERT_THAT(found, SizeIs(2));
    const bool null_first = found[0].kind == Kind::NullDereference;
    expect_same(found[null_first ? 0 : 1], parse(kX86Null)[0]);
    expect_same(found[null_first ? 1 : 0], parse(kDivide)[0]);
}

// Without callers nobody can tell: no register may be the other CPU's.
TEST(Logs, MixedReportsWithoutCallersLoseTheirRegisters) {
    const auto one = messages(kX86Null);
    const auto two = messages(kDivide);
    std::string log;
    for (size_t i = 0; i < std::max(one.size(), two.size()); ++i) {
        if (i < one.size()) log += fmt::format("[    9.{:06}] {}\n", i, one[i]);
        if (i < two.size()) log += fmt::format("[    9.{:06}] {}\n", i, two[i]);
    }
    for (const auto& report : parse(log)) {
        EXPECT_THAT(report.registers, IsEmpty());
        EXPECT_THAT(report.damage, testing::Not(IsEmpty()));
    }
}

TEST(Logs, LostMessagesAreTold) {
    std::string log(kX86Null);
    const size_t at = log.find("[   12.345786] RAX");
    log.insert(at, "** 12 printk messages dropped **\n");
    const auto found = parse(log);
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_THAT(found[0].damage, Contains(HasSubstr("12 messages")));
}

// "cut here", its headline lost, and parts: a report without a headline. The next one begins in it.
TEST(Logs, AReportWhoseHeadlineIsLostEndsWhereTheNextBegins) {
    const auto found = parse("8<--- cut here ---\nCPU: 0 PID: 88 Comm: sh Not tainted 6.1.0 #1\n" +
                             std::string(kX86Null));
    ASSERT_THAT(found, SizeIs(2));
    EXPECT_EQ(found[0].kind, Kind::OtherCrash);
    EXPECT_THAT(found[0].damage, testing::Not(IsEmpty()));
    expect_same(found[1], parse(kX86Null)[0]);
}

TEST(Logs, AReportOfWhichOnlyTheTraceIsLeft) {
    const auto found = parse(
        "------------[ cut here ]------------\nCall Trace:\n <TASK>\n drm_next+0x1/0x2 [drm]\n"
        " </TASK>\n---[ end trace 0000000000000000 ]---\n");
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].kind, Kind::OtherCrash);
    EXPECT_EQ(model::oops_title(found[0]), "a report whose headline is lost in drm_next");
    EXPECT_THAT(parse("==================================================================\n"
                      "---[ end trace 0000000000000000 ]---\n"),
                IsEmpty());
}

TEST(Logs, OtherDriversLinesInBetweenDoNoHarm) {
    std::string log;
    for (const auto line : split(kX86Null, '\n')) {
        log += std::string(line) + "\n[   12.345999] usb 1-1: new high-speed USB device number 5\n";
    }
    const auto found = parse(log);
    ASSERT_THAT(found, SizeIs(1));
    expect_same(found[0], parse(kX86Null)[0]);
}

// Whatever is cut off: no crash of ours, and no register that the whole text does not have.
TEST(Logs, CutAtEveryByteNothingIsInvented) {
    for (const char* text : kAll) {
        const std::string_view whole = text;
        const auto wanted = parse(whole);
        ASSERT_THAT(wanted, SizeIs(1)) << text;
        for (size_t length = 0; length < whole.size(); length += 3) {
            for (const auto& report : parse(whole.substr(0, length))) {
                for (const auto& [name, value] : report.registers) {
                    const auto known = wanted[0].registers.find(name);
                    ASSERT_NE(known, wanted[0].registers.end()) << name << " at " << length;
                    ASSERT_EQ(known->second, value) << name << " at " << length << "\n" << text;
                }
            }
        }
    }
}

TEST(Logs, CutTextSaysWhatIsMissing) {
    const std::string_view whole = kX86Null;
    const auto found = parse(whole.substr(0, whole.find("RAX")));
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_THAT(found[0].damage, testing::Not(IsEmpty()));
}

// Each line left out in turn: the rest still stands, and nothing is made up for it.
TEST(Logs, AnyLineMayBeLost) {
    for (const char* text : kAll) {
        const auto wanted = parse(text)[0];
        const auto lines = split(text, '\n');
        for (size_t left_out = 0; left_out < lines.size(); ++left_out) {
            std::string log;
            for (size_t i = 0; i < lines.size(); ++i) {
                if (i != left_out) log += std::string(lines[i]) + "\n";
            }
            for (const auto& report : parse(log)) {
                for (const auto& [name, value] : report.registers) {
                    const auto known = wanted.registers.find(name);
                    ASSERT_NE(known, wanted.registers.end()) << name << "\n" << log;
                    ASSERT_EQ(known->second, value) << name << "\n" << log;
                }
            }
        }
    }
}

TEST(Nothing, IsFoundWhereThereIsNoCrash) {
    for (const char* text : {
             "",
             "\n\n\n",
             "[    0.000000] Linux version 6.1.0-56-amd64 (debian-kernel@lists.debian.org)\n"
             "[    0.000000] BIOS-provided physical RAM map:\n"
             "[    0.100000] Spectre V2 : WARNING: Unprivileged eBPF is enabled\n"
             "[    0.200000] rcu: Preemptible hierarchical RCU implementation.\n"
             "[    0.300000] NMI watchdog: Enabled. Permanently consumes one hw-PMU counter.\n",
             "[   10.1] foo[123]: segfault at 8 ip 00007f1 sp 00007ffd error 4 in libc.so.6\n"
             "[   10.2] Code: 00 00 00 <48> 8b 00\n",
             "traps: foo[12] general protection fault ip:7f0 sp:7ff error:0 in libc.so.6\n",
             "We saw a BUG: in the documentation, which is prose.\n"
             "BUG: the tracker is down\nNothing more.\n",
             "------------[ cut here ]------------\nand then nothing\n",
             "==================================================================\nA title\n",
             "Call Trace:\n f+0x1/0x2\n g+0x3/0x4\n",
             "RAX: 0000000000000000 RBX: 0000000000000001 RCX: 0000000000000002\n",
             "WARNING: this file is generated at build time\n",
         }) {
        EXPECT_THAT(parse(text), IsEmpty()) << text;
    }
}

TEST(Nothing, BinaryIsNoCrash) {
    std::string noise;
    uint32_t state = 1;
    for (int i = 0; i < 200000; ++i) {
        state = state * 1664525U + 1013904223U;
        noise += static_cast<char>(state >> 24U);
    }
    EXPECT_THAT(parse(noise), IsEmpty());
}

TEST(Registers, OneThatIsNotReadableIsLeftOut) {
    std::string log(kX86Null);
    const size_t at = log.find("RDI: ffff888004a3c000");
    log.replace(at + 9, 3, "??x");
    const auto found = parse(log);
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_FALSE(found[0].registers.contains("rdi"));
    EXPECT_TRUE(found[0].registers.contains("rsi"));
    EXPECT_THAT(found[0].damage, Contains(HasSubstr("rdi")));
}

TEST(Signature, IsTheSameForTheSameCrashElsewhere) {
    const auto one = parse(kX86Null)[0];
    auto text = std::string(kX86Null);
    for (size_t at = text.find("ffff888004a3c000"); at != std::string::npos;
         at = text.find("ffff888004a3c000", at)) {
        text.replace(at, 16, "ffff999913579bdf");
    }
    const auto other = parse(text)[0];
    EXPECT_EQ(model::oops_signature(one), model::oops_signature(other));
    EXPECT_TRUE(model::compare(one, other).same);
    const auto third = parse(kDivide)[0];
    EXPECT_FALSE(model::compare(one, third).same);
    EXPECT_THAT(model::compare(one, third).parts, Contains(HasSubstr("kind")));
}

TEST(Signature, AClonesSuffixIsNoDifference) {
    auto text = std::string(kX86Null);
    for (size_t at = text.find("crash_store+"); at != std::string::npos;
         at = text.find("crash_store+", at + 30)) {
        text.replace(at, 12, "crash_store.constprop.0+");
    }
    EXPECT_EQ(model::oops_signature(parse(kX86Null)[0]), model::oops_signature(parse(text)[0]));
}

}  // namespace
}  // namespace knowhy::oops
