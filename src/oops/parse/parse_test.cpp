#include "oops/parse/parse.h"

#include <gmock/gmock.h>

#include "base/file.h"
#include "model/oops_identity.h"
#include "oops/parse/arch_texts.h"
#include "oops/parse/kind_texts.h"

namespace knowhy::oops {
namespace {

using Access = model::OopsAccess;
using Context = model::OopsFrame::Context;
using Kind = model::OopsKind;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

model::OopsReport only(std::string_view text) {
    const auto reports = parse(text);
    EXPECT_THAT(reports, SizeIs(1)) << text;
    return reports.empty() ? model::OopsReport() : reports.front();
}

std::vector<std::string> names(const std::vector<model::OopsFrame>& frames) {
    std::vector<std::string> found;
    for (const auto& frame : frames) found.push_back(frame.symbol.name);
    return found;
}

std::string text_of(const std::string& name) {
    return read_file(KNOWHY_SOURCE_DIR "/tests/oops/texts/" + name, 1 << 20).value_or("");
}

TEST(Incident, TheArrayThatRebootsForEver) {
    const auto reports = parse(text_of("rlb_arp_recv.mips64.txt"));
    ASSERT_THAT(reports, SizeIs(2));
    const auto& report = reports[0];
    EXPECT_EQ(model::oops_title(report),
              "BUG: unable to handle kernel NULL pointer dereference in rlb_arp_recv");
    EXPECT_EQ(report.kind, Kind::NullDereference);
    EXPECT_EQ(report.arch, "mips64");
    EXPECT_EQ(report.bits, 64U);
    EXPECT_TRUE(report.big_endian);
    EXPECT_EQ(report.fault_address, 0x318U);
    EXPECT_EQ(report.access, Access::Read);
    EXPECT_EQ(report.registers.at("v0"), 0x300U);
    EXPECT_EQ(report.registers.at("v1"), 0x30U);
    EXPECT_EQ(report.registers.at("s1"), 0x300U);
    EXPECT_EQ(report.registers.at("s2"), 0xa8000000012d1600U);
    EXPECT_EQ(report.registers.at("t9"), 0x555d5887b0U);
    EXPECT_EQ(report.registers.at("ra"), 0xffffffffc04459dcU);
    EXPECT_FALSE(report.registers.contains("k0"));
    EXPECT_EQ(report.pc.name, "rlb_arp_recv");
    EXPECT_EQ(report.pc.offset, 0x128U);
    EXPECT_EQ(report.pc.size, 0x228U);
    EXPECT_EQ(report.pc.module, "bonding");
    EXPECT_EQ(report.caller.offset, 0xf4U);
    EXPECT_FALSE(report.in_delay_slot);
    EXPECT_THAT(report.hardware, HasSubstr("Octeon II"));
    EXPECT_EQ(report.taint, "P");
    EXPECT_EQ(report.comm, "swapper");
    EXPECT_EQ(report.pid, 0);
    EXPECT_EQ(report.cpu, 0U);
    EXPECT_THAT(report.modules, SizeIs(16));
    EXPECT_EQ(report.modules[1].flags, "P");
    ASSERT_THAT(report.trace, SizeIs(15));
    EXPECT_FALSE(report.trace[0].return_address);
    EXPECT_TRUE(report.trace[1].return_address);
    EXPECT_EQ(report.trace[1].symbol.name, "netif_receive_skb");
    EXPECT_EQ(report.trace[2].symbol.module, "octeon_ethernet");
    EXPECT_EQ(report.trace[2].context, Context::Softirq);
    EXPECT_EQ(report.code.unit, 4);
    EXPECT_EQ(report.code.marker, 12U);
    ASSERT_THAT(report.code.bytes, SizeIs(36));
    EXPECT_EQ(report.code.bytes[12], 0x92);  // big-endian: the first byte is the highest
    EXPECT_TRUE(report.panicked);

    EXPECT_EQ(reports[1].kind, Kind::Watchdog);
    EXPECT_EQ(reports[1].cpu, 1U);
    EXPECT_EQ(reports[1].pc.address, 0xffffffff802d24e0U);
    EXPECT_EQ(reports[1].registers.at("ra"), 0xffffffff802dbc18U);
}

// Of a real guest: Debian's 6.1 by echo c and echo l to /proc/sysrq-trigger, and its boot.
TEST(Real, ACrashByHand) {
    const auto report = only(text_of("sysrq_crash.x86_64.txt"));
    EXPECT_EQ(model::oops_title(report), "kernel panic: sysrq triggered crash");
    EXPECT_EQ(report.arch, "x86_64");
    EXPECT_EQ(report.details.at("kernel_offset"), "0x17000000");
    EXPECT_THAT(report.registers, IsEmpty());  // all of them are the user's side
    EXPECT_THAT(names(report.trace), Contains("sysrq_handle_crash"));
}

TEST(Real, BacktracesByHandAreNoCrash) {
    for (const auto& report : parse(text_of("sysrq_backtrace.x86_64.txt"))) {
        EXPECT_EQ(report.kind, Kind::NotACrash) << report.headline;
    }
}

TEST(Real, ABootIsNoCrash) {
    const std::string boot = text_of("boot.x86_64.txt");
    EXPECT_GT(boot.size(), 10000U);
    EXPECT_THAT(parse(boot), IsEmpty());
}

TEST(X86, ANullPointerOfToday) {
    const auto report = only(kX86Null);
    EXPECT_EQ(model::oops_title(report),
              "BUG: unable to handle kernel NULL pointer dereference in crash_store");
    EXPECT_EQ(report.arch, "x86_64");
    EXPECT_EQ(report.fault_address, 0x18U);
    EXPECT_EQ(report.access, Access::Write);
    EXPECT_EQ(report.registers.at("rdi"), 0xffff888004a3c000U);
    EXPECT_EQ(report.registers.at("r8"), 0x8U);
    EXPECT_EQ(report.registers.at("rsp"), 0xffffc90000123e10U);
    EXPECT_EQ(report.registers.at("rflags"), 0x10246U);
    EXPECT_EQ(report.registers.at("cs"), 0x10U);
    EXPECT_EQ(report.registers.at("gs_base"), 0xffff88807dc00000U);
    EXPECT_EQ(report.status.at("cr2"), 0x18U);
    EXPECT_EQ(report.status.at("error_code"), 2U);
    EXPECT_EQ(report.pc.module, "crasher");
    EXPECT_EQ(report.pc.offset, 0x28U);
    EXPECT_FALSE(report.pc.address);
    EXPECT_EQ(report.code.marker, 42U);
    EXPECT_EQ(report.code.bytes[42], 0x89);
    EXPECT_EQ(report.taint, "GOE");
    EXPECT_EQ(report.release, "6.1.0-56-amd64");
    EXPECT_EQ(report.comm, "sh");
    EXPECT_EQ(report.pid, 123);
    EXPECT_EQ(report.cpu, 1U);
    EXPECT_DOUBLE_EQ(report.at.value_or(0), 12.345678);
    EXPECT_EQ(report.modules.front().name, "crasher");
    EXPECT_EQ(report.modules.front().flags, "OE");
    EXPECT_THAT(names(report.trace),
                ElementsAre("kernfs_fop_write_iter", "vfs_write", "ksys_write", "do_syscall_64",
                            "entry_SYSCALL_64_after_hwframe"));
    EXPECT_FALSE(report.trace[1].reliable);
    EXPECT_THAT(report.damage, IsEmpty());
    EXPECT_FALSE(report.panicked);
}

TEST(X86, AGeneralProtectionFaultUnderKasan) {
    const auto report = only(kX86Gpf);
    EXPECT_EQ(model::oops_title(report), "general protection fault in inet_release");
    EXPECT_EQ(report.fault_address, 0xdffffc0000000003U);
    EXPECT_TRUE(report.fault_address_guessed);
    EXPECT_EQ(report.details.at("kasan_range"), "0x0000000000000018-0x000000000000001f");
    EXPECT_EQ(report.registers.at("rax"), 0xdffffc0000000000U);
    EXPECT_TRUE(report.panicked);
}

TEST(X86, AnOldKernelsFault) {
    const auto report = only(kX86Old);
    EXPECT_EQ(report.kind, Kind::NullDereference);
    EXPECT_EQ(report.pc.address, 0xffffffffa0123456U);
    EXPECT_EQ(report.pc.name, "old_fault");
    EXPECT_EQ(report.release, "2.6.32-5-amd64");
    EXPECT_EQ(report.comm, "bash");
    EXPECT_EQ(report.registers.at("r15"), 0U);
    EXPECT_EQ(report.registers.at("rip"), 0xffffffffa0123456U);
    EXPECT_THAT(names(report.trace), ElementsAre("sys_write", "system_call_fastpath"));
    EXPECT_EQ(report.trace[0].symbol.address, 0xffffffff810f1a2bU);
}

TEST(X86, I386) {
    const auto report = only(kI386);
    EXPECT_EQ(report.arch, "i386");
    EXPECT_EQ(report.bits, 32U);
    EXPECT_EQ(report.pc.name, "crash_store");
    EXPECT_EQ(report.registers.at("eax"), 0U);
    EXPECT_EQ(report.registers.at("esp"), 0xc1d3fe80U);
    EXPECT_EQ(report.registers.at("eflags"), 0x10246U);
    EXPECT_EQ(report.fault_address, 8U);
}

TEST(Arm64, ANullPointer) {
    const auto report = only(kArm64);
    EXPECT_EQ(report.kind, Kind::NullDereference);
    EXPECT_EQ(report.arch, "arm64");
    EXPECT_EQ(report.fault_address, 0x10U);
    EXPECT_EQ(report.access, Access::Write);
    EXPECT_EQ(report.registers.at("x29"), 0xffff80000a2cbbe0U);
    EXPECT_EQ(report.registers.at("x9"), 0xffff800008001234U);
    EXPECT_EQ(report.registers.at("x0"), 0U);
    EXPECT_EQ(report.registers.at("sp"), 0xffff80000a2cbbe0U);
    EXPECT_EQ(report.pc.name, "crash_store");
    EXPECT_EQ(report.caller.name, "kernfs_fop_write_iter");
    EXPECT_EQ(report.status.at("esr"), 0x96000045U);
    EXPECT_EQ(report.status.at("pstate"), 0x60000005U);
    EXPECT_EQ(report.code.unit, 4);
    EXPECT_EQ(report.code.marker, 16U);
    EXPECT_EQ(report.code.bytes[16], 0x01);  // b9001001, lowest byte first
    EXPECT_EQ(names(report.trace).front(), "crash_store");
    EXPECT_FALSE(report.trace[0].return_address);
}

TEST(Arm, ANullPointerInBothWordings) {
    for (const char* text : {kArmOld, kArmNew}) {
        const auto report = only(text);
        EXPECT_EQ(report.arch, "arm");
        EXPECT_EQ(report.fault_address, 0x14U);
        EXPECT_EQ(report.access, Access::Write);
        EXPECT_EQ(report.registers.at("r3"), 0U);
        EXPECT_EQ(report.registers.at("fp"), 0xc7a3de5cU);
        EXPECT_EQ(report.pc.name, "crash_store");
        EXPECT_EQ(report.pc.address, 0xbf000028U);
        EXPECT_THAT(names(report.trace),
                    ElementsAre("crash_store", "vfs_write", "ksys_write", "ret_fast_syscall"));
        EXPECT_FALSE(report.trace[0].return_address);
        EXPECT_EQ(report.code.marker, 16U);
    }
}

TEST(Mips, TheFaultIsInADelaySlot) {
    const auto report = only(kMips32);
    EXPECT_EQ(report.arch, "mips");
    EXPECT_TRUE(report.in_delay_slot);
    EXPECT_EQ(report.access, Access::Write);
    EXPECT_EQ(report.registers.at("t0"), 0x80010000U);
    EXPECT_EQ(report.registers.at("sp"), 0x8fd3fe50U);
    EXPECT_EQ(report.pc.name, "crash_store");
    EXPECT_FALSE(report.big_endian);
}

TEST(Riscv, ANullPointer) {
    const auto report = only(kRiscv);
    EXPECT_EQ(report.arch, "riscv64");
    EXPECT_EQ(report.fault_address, 0x20U);
    EXPECT_EQ(report.access, Access::Read);
    EXPECT_EQ(report.registers.at("a5"), 0U);
    EXPECT_EQ(report.registers.at("s11"), 0xbU);
    EXPECT_EQ(report.registers.at("ra"), 0xffffffff801a2b3cU);
    EXPECT_EQ(report.registers.at("sp"), 0xff20000000123d60U);
    EXPECT_EQ(report.pc.name, "crash_store");
    EXPECT_EQ(report.pc.address, 0xffffffff01f7d028U);
    EXPECT_EQ(report.caller.name, "kernfs_fop_write_iter");
}

TEST(Powerpc, ANullPointer) {
    const auto report = only(kPpc64);
    EXPECT_EQ(report.arch, "ppc64");
    EXPECT_FALSE(report.big_endian);
    EXPECT_EQ(report.fault_address, 0x8U);
    EXPECT_EQ(report.access, Access::Read);
    EXPECT_EQ(report.registers.at("r1"), 0xc00000000a3ffb20U);
    EXPECT_EQ(report.registers.at("r31"), 0x1fU);
    EXPECT_EQ(report.registers.at("lr"), 0xc0000000005a1b2cU);
    EXPECT_EQ(report.pc.name, "crash_store");
    EXPECT_EQ(report.pc.address, 0xc008000000a40028U);
    EXPECT_EQ(report.code.unit, 4);
    EXPECT_EQ(report.code.marker, 12U);
    EXPECT_FALSE(report.trace[0].reliable);
}

TEST(S390, ANullPointer) {
    const auto report = only(kS390);
    EXPECT_EQ(report.arch, "s390x");
    EXPECT_TRUE(report.big_endian);
    EXPECT_EQ(report.kind, Kind::NullDereference);
    EXPECT_EQ(report.details.at("fault_address_granularity"), "4096");
    EXPECT_EQ(report.registers.at("r15"), 0x38000a3fc00U);
    EXPECT_EQ(report.registers.at("pswa"), 0x3ff7fe0a028U);
    EXPECT_EQ(report.pc.name, "crash_store");
    EXPECT_EQ(report.trace.front().symbol.name, "crash_store");
}

TEST(Kinds, Kasan) {
    const auto report = only(kKasan);
    EXPECT_EQ(model::oops_title(report), "KASAN: slab-use-after-free Read in reader");
    EXPECT_EQ(report.fault_address, 0xffff888004a3c010U);
    EXPECT_EQ(report.details.at("access_size"), "8");
    EXPECT_EQ(report.details.at("object_cache"), "kmalloc-64");
    EXPECT_EQ(report.details.at("object_size"), "64");
    EXPECT_THAT(names(report.allocated), Contains("maker"));
    EXPECT_THAT(names(report.freed), Contains("freer"));
    EXPECT_THAT(names(report.trace), Contains("reader"));
    EXPECT_THAT(report.registers, IsEmpty());  // those of the user's side are none of the kernel's
    EXPECT_EQ(report.comm, "test");
}

struct Told {
    const char* text;
    Kind kind;
    const char* title;
};

TEST(Kinds, EachHasItsTitle) {
    for (const Told& told : {
             Told{kWarn, Kind::Warning, "WARNING in dev_watchdog"},
             Told{kWarnOld, Kind::Warning, "WARNING in dev_watchdog"},
             Told{kWarnNew, Kind::Warning, "WARNING in drm_do_thing"},
             Told{kRefcount, Kind::Refcount, "WARNING: refcount bug in sock_put"},
             Told{kBug, Kind::Bug, "kernel BUG in make_bug"},
             Told{kListBug, Kind::ListCorruption, "BUG: corrupted list in take_off"},
             Told{kDivide, Kind::DivideError, "divide error in div_store"},
             Told{kStackGuard, Kind::StackOverflow, "kernel stack overflow in recurse"},
             Told{kArm64Stack, Kind::StackOverflow, "kernel stack overflow in recurse"},
             Told{kStackProtector, Kind::StackOverflow,
                  "kernel panic: stack is corrupted in smash"},
             Told{kKfence, Kind::Kfence, "KFENCE: use-after-free read in test_read"},
             Told{kKmsan, Kind::Kmsan, "KMSAN: uninit-value in use_it"},
             Told{kKcsan, Kind::Kcsan, "KCSAN: data-race in writer / reader"},
             Told{kUbsan, Kind::Ubsan, "UBSAN: array-index-out-of-bounds in pick"},
             Told{kLockdep, Kind::Lockdep, "possible deadlock in take_b"},
             Told{kRcuStall, Kind::RcuStall, "INFO: rcu detected stall in spin_for_ever"},
             Told{kSoftLockup, Kind::SoftLockup, "BUG: soft lockup in spin_for_ever"},
             Told{kHung, Kind::HungTask, "INFO: task hung in wait_for_godot"},
             Told{kAtomic, Kind::SchedulingWhileAtomic, "BUG: scheduling while atomic in nap"},
             Told{kSleeping, Kind::SleepingInvalid,
                  "BUG: sleeping function called from invalid context in nap"},
             Told{kPanic, Kind::Panic,
                  "kernel panic: VFS: Unable to mount root fs on "
                  "unknown-block(N,N)"},
             Told{kOom, Kind::NotACrash, "cat invoked oom-killer"},
             Told{"sh: page allocation failure: order:4, mode:0x40dc0(GFP_KERNEL)\n"
                  "CPU: 0 PID: 91 Comm: sh Not tainted 6.1.0 #1\n"
                  "Call Trace:\n dump_stack_lvl+0x44/0x5c\n warn_alloc+0x138/0x160\n",
                  Kind::NotACrash, "page allocation failure"},
         }) {
        const auto report = only(told.text);
        EXPECT_EQ(report.kind, told.kind) << told.text;
        const std::string title = model::oops_title(report);
        EXPECT_EQ(title.substr(0, std::string_view(told.title).size()), told.title);
    }
}

TEST(Kinds, WhatTheyHaveBesides) {
    EXPECT_EQ(only(kWarn).details.at("message"),
              "NETDEV WATCHDOG: eth0 (e1000): transmit queue 0 timed out");
    EXPECT_EQ(only(kWarnOld).details.at("message"), only(kWarn).details.at("message"));
    EXPECT_EQ(only(kWarn).details.at("bug_file"), "net/sched/sch_generic.c");
    EXPECT_EQ(only(kWarn).details.at("bug_line"), "525");
    EXPECT_EQ(only(kBug).details.at("bug_line"), "17");
    EXPECT_EQ(only(kHung).details.at("stuck_seconds"), "120");
    EXPECT_EQ(only(kHung).pid, 42);
    EXPECT_THAT(only(kHung).registers, IsEmpty());
    EXPECT_EQ(only(kSoftLockup).details.at("stuck_seconds"), "22");
    EXPECT_EQ(only(kSoftLockup).cpu, 1U);
    EXPECT_THAT(only(kRefcount).details.at("message"), HasSubstr("underflow"));
    EXPECT_THAT(names(only(kLockdep).trace), Contains("take_b"));
}

}  // namespace
}  // namespace knowhy::oops
