#include "oops/parse/headlines.h"

#include <array>
#include <cstring>
#include <vector>

#include "base/text.h"
#include "oops/parse/scan.h"

namespace knowhy::oops {
namespace {

using Kind = model::OopsKind;
using Role = Headline::Role;

// The first that fits decides. Where a wording differs between architectures or ages, each is here.
constexpr Headline kHeadlines[] = {
    {"------------[ cut here ]------------", "", Kind::Unknown, Role::Announce, false},
    {"8<--- cut here ---", "", Kind::Unknown, Role::Announce, false},
    {"=============================", "", Kind::Unknown, Role::Announce, false},

    {"BUG: KASAN: ", "", Kind::Kasan},
    {"KASAN: ", "in range [", Kind::Kasan, Role::Message, false},
    {"BUG: KFENCE: ", "", Kind::Kfence},
    {"BUG: KMSAN: ", "", Kind::Kmsan},
    {"BUG: KCSAN: ", "", Kind::Kcsan},
    {"UBSAN: ", " in ", Kind::Ubsan},

    // x86
    {"BUG: kernel NULL pointer dereference", "", Kind::NullDereference},
    {"BUG: unable to handle kernel NULL pointer dereference", "", Kind::NullDereference},
    {"BUG: unable to handle page fault for address", "", Kind::PagingRequest},
    {"BUG: unable to handle kernel paging request", "", Kind::PagingRequest},
    {"Unable to handle kernel NULL pointer dereference at ", "", Kind::NullDereference},
    {"general protection fault", "[#", Kind::GeneralProtection, Role::Die},
    {"general protection fault, ", "address", Kind::GeneralProtection, Role::Die},
    {"Oops: general protection fault", "[#", Kind::GeneralProtection, Role::Die},
    {"stack segment: ", "[#", Kind::GeneralProtection, Role::Die},
    {"Oops: stack segment: ", "[#", Kind::GeneralProtection, Role::Die},
    {"invalid opcode: ", "[#", Kind::InvalidOpcode, Role::Die},
    {"Oops: invalid opcode: ", "[#", Kind::InvalidOpcode, Role::Die},
    {"divide error: ", "[#", Kind::DivideError, Role::Die},
    {"Oops: divide error: ", "[#", Kind::DivideError, Role::Die},
    {"double fault: ", "[#", Kind::DoubleFault, Role::Die},
    {"Oops: double fault: ", "[#", Kind::DoubleFault, Role::Die},
    {"alignment check: ", "[#", Kind::AlignmentFault, Role::Die},
    {"int3: ", "[#", Kind::OtherCrash, Role::Die},
    {"Oops: int3: ", "[#", Kind::OtherCrash, Role::Die},
    {"PANIC: double fault", "", Kind::DoubleFault},
    {"traps: PANIC: double fault", "", Kind::DoubleFault},
    {"traps: Missing ENDBR: ", "", Kind::OtherCrash},
    {"kernel stack overflow", "", Kind::StackOverflow, Role::Die},
    {"stack guard page: ", "[#", Kind::StackOverflow, Role::Die},
    {"Oops: stack guard page: ", "[#", Kind::StackOverflow, Role::Die},
    {"BUG: stack guard page was hit at", "", Kind::StackOverflow},
    {"BUG: ", " stack guard page was hit at", Kind::StackOverflow},

    // arm, arm64, riscv, s390, powerpc, MIPS
    {"Insufficient stack space to handle exception!", "", Kind::StackOverflow},
    {"Kernel stack overflow in process", "", Kind::StackOverflow},
    {"Unable to handle kernel paging request", "", Kind::PagingRequest},
    {"Unable to handle kernel pointer dereference", "", Kind::PagingRequest},
    {"Unable to handle kernel access to user memory", "", Kind::PagingRequest},
    {"Unable to handle kernel execut", "", Kind::PagingRequest},
    {"Unable to handle kernel read from unreadable memory", "", Kind::PagingRequest},
    {"Unable to handle kernel write to read-only memory", "", Kind::PagingRequest},
    {"Unable to handle kernel ", " at virtual address", Kind::PagingRequest},
    {"CPU ", "Unable to handle kernel paging request", Kind::PagingRequest},
    {"BUG: Kernel NULL pointer dereference", "", Kind::NullDereference},
    {"BUG: Unable to handle kernel instruction fetch", "", Kind::PagingRequest},
    {"BUG: Unable to handle kernel unaligned access", "", Kind::AlignmentFault},
    {"BUG: Unable to handle kernel data access", "", Kind::PagingRequest},
    {"BUG: Unable to handle ", "", Kind::PagingRequest},
    {"Unhandled kernel unaligned access[#", "", Kind::AlignmentFault, Role::Die},
    {"Kernel unaligned instruction access[#", "", Kind::AlignmentFault, Role::Die},
    {"Unhandled fault: alignment", "", Kind::AlignmentFault, Role::Begins, false},
    {"Alignment trap: not handling instruction", "", Kind::AlignmentFault, Role::Begins, false},
    {"Data bus error, epc ==", "", Kind::BusError, Role::Begins, false},
    {"Instruction bus error, epc ==", "", Kind::BusError, Role::Begins, false},
    {"Unhandled fault: ", "external abort", Kind::BusError, Role::Begins, false},
    {"Unhandled fault: ", "", Kind::OtherCrash, Role::Begins, false},
    {"Unhandled prefetch abort: ", "", Kind::OtherCrash, Role::Begins, false},
    {"SError Interrupt on CPU", "", Kind::BusError},
    {"Bad mode in ", " handler detected", Kind::OtherCrash},
    {"Internal error: synchronous external abort", "", Kind::BusError, Role::Die},
    {"Internal error: Oops - BUG", "", Kind::Bug, Role::Die},
    {"Internal error: ", "alignment", Kind::AlignmentFault, Role::Die},
    {"Internal error: ", "[#", Kind::OtherCrash, Role::Die},
    {"Kernel bug detected[#", "", Kind::Bug, Role::Die},
    {"Kernel BUG [#", "", Kind::Bug, Role::Die},
    {"Break instruction in kernel code[#", "", Kind::OtherCrash, Role::Die},
    {"Reserved instruction in kernel code[#", "", Kind::InvalidOpcode, Role::Die},
    {"Trap instruction in kernel code[#", "", Kind::OtherCrash, Role::Die},
    {"do_cpu invoked from kernel context![#", "", Kind::OtherCrash, Role::Die},
    {"Oops - load address misaligned [#", "", Kind::AlignmentFault, Role::Die},
    {"Oops - store (or AMO) address misaligned [#", "", Kind::AlignmentFault, Role::Die},
    {"Oops - illegal instruction [#", "", Kind::InvalidOpcode, Role::Die},
    {"Oops - ", "[#", Kind::OtherCrash, Role::Die},
    {"illegal operation: ", "ilc:", Kind::InvalidOpcode, Role::Die},
    {"operation exception: ", "ilc:", Kind::InvalidOpcode, Role::Die},
    {"specification exception: ", "ilc:", Kind::OtherCrash, Role::Die},
    {"addressing exception: ", "ilc:", Kind::OtherCrash, Role::Die},
    {"fixpoint divide exception: ", "ilc:", Kind::DivideError, Role::Die},
    {"monitor event: ", "ilc:", Kind::Bug, Role::Die},
    {"Oops: Exception in kernel mode, sig: 5", "", Kind::Bug, Role::Die},
    {"Oops[#", "", Kind::OtherCrash, Role::Die},
    {"Oops [#", "", Kind::OtherCrash, Role::Die},
    {"Oops: ", "[#", Kind::OtherCrash, Role::Die},

    // What the kernel finds out itself.
    {"kernel BUG at ", "", Kind::Bug},
    {"Kernel BUG at ", "", Kind::Bug},
    {"WARNING: CPU: ", " at ", Kind::Warning},
    {"WARNING: at ", ":", Kind::Warning},
    {"Badness at ", ":", Kind::Warning, Role::Begins, false},
    {"refcount_t: ", "", Kind::Refcount, Role::Message, false},
    {"list_add corruption", "", Kind::ListCorruption, Role::Message, false},
    {"list_add double add", "", Kind::ListCorruption, Role::Message, false},
    {"list_del corruption", "", Kind::ListCorruption, Role::Message, false},
    {"slab list_", " corruption", Kind::ListCorruption, Role::Message, false},

    {"WARNING: possible circular locking dependency", "", Kind::Lockdep, Role::Begins, false},
    {"WARNING: possible recursive locking", "", Kind::Lockdep, Role::Begins, false},
    {"WARNING: possible irq lock inversion", "", Kind::Lockdep, Role::Begins, false},
    {"WARNING: inconsistent lock state", "", Kind::Lockdep, Role::Begins, false},
    {"WARNING: suspicious RCU usage", "", Kind::Lockdep, Role::Begins, false},
    {"WARNING: bad unlock balance", "", Kind::Lockdep, Role::Begins, false},
    {"WARNING: bad contention", "", Kind::Lockdep, Role::Begins, false},
    {"WARNING: held lock freed", "", Kind::Lockdep, Role::Begins, false},
    {"WARNING: lock held when returning", "", Kind::Lockdep, Role::Begins, false},
    {"WARNING: Nested lock was not taken", "", Kind::Lockdep, Role::Begins, false},
    {"WARNING: ", " still has locks held", Kind::Lockdep, Role::Begins, false},
    {"WARNING: ", "lock order detected", Kind::Lockdep, Role::Begins, false},
    {"[ INFO: ", " ]", Kind::Lockdep, Role::Begins, false},
    {"[ BUG: ", " ]", Kind::Lockdep, Role::Begins, false},
    {"INFO: possible ", " detected", Kind::Lockdep, Role::Begins, false},
    {"INFO: inconsistent lock state", "", Kind::Lockdep, Role::Begins, false},
    {"INFO: suspicious RCU usage", "", Kind::Lockdep, Role::Begins, false},
    {"INFO: trying to register non-static key", "", Kind::Lockdep, Role::Begins, false},
    {"WARNING: ", " at ", Kind::Warning, Role::Begins, false},

    {"rcu: INFO: ", "self-detected stall", Kind::RcuStall},
    {"rcu: INFO: ", "detected stalls", Kind::RcuStall},
    {"rcu: INFO: ", "detected expedited stalls", Kind::RcuStall},
    {"INFO: rcu", "stall", Kind::RcuStall},
    {"BUG: soft lockup", "", Kind::SoftLockup},
    {"watchdog: BUG: soft lockup", "", Kind::SoftLockup},
    {"NMI watchdog: BUG: soft lockup", "", Kind::SoftLockup},
    {"Watchdog detected hard LOCKUP", "", Kind::HardLockup},
    {"watchdog: Watchdog detected hard LOCKUP", "", Kind::HardLockup},
    {"NMI watchdog: Watchdog detected hard LOCKUP", "", Kind::HardLockup},
    {"watchdog: CPU ", "detected hard LOCKUP", Kind::HardLockup},
    {"BUG: workqueue lockup", "", Kind::SoftLockup, Role::Begins, false},
    {"INFO: task ", " blocked for more than ", Kind::HungTask},
    {"BUG: scheduling while atomic", "", Kind::SchedulingWhileAtomic},
    {"BUG: sleeping function called from invalid context", "", Kind::SleepingInvalid},
    {"NMI backtrace for cpu ", "", Kind::Watchdog, Role::Begins, false},
    {"*** NMI Watchdog interrupt on Core ", "", Kind::Watchdog, Role::Begins, false},
    {"BUG: stack guard", "", Kind::StackOverflow},
    {"BUG: ", "", Kind::Bug, Role::Begins, false},
    {"BUG ", "): ", Kind::Bug, Role::Begins, false},
    {"Kernel panic - not syncing", "", Kind::Panic, Role::Panic},
    {"Kernel panic: ", "", Kind::Panic, Role::Panic},
};

using Index = std::array<std::vector<const Headline*>, 128>;

const Index& by_letter() {
    static const Index index = [] {
        Index made;
        for (const Headline& headline : kHeadlines) {
            made[static_cast<unsigned char>(headline.start[0])].push_back(&headline);
        }
        return made;
    }();
    return index;
}

// These begin with the task's name.
constexpr Headline kOom = {"", "invoked oom-killer: ", Kind::NotACrash, Role::Begins, true};
constexpr Headline kAllocation = {"", ": page allocation failure", Kind::NotACrash, Role::Begins,
                                  false};

// A blank of indentation before some ("      Not tainted") is not a headline's.
bool has(std::string_view text, std::string_view part) {
    return memmem(text.data(), text.size(), part.data(), part.size()) != nullptr;
}

}  // namespace

const Headline* headline_of(std::string_view text) {
    if (text.size() < 6) return nullptr;
    const auto letter = static_cast<unsigned char>(text[0]);
    if (letter < 128) {
        for (const Headline* headline : by_letter()[letter]) {
            if (!text.starts_with(headline->start)) continue;
            if (headline->contains.empty() ||
                has(text.substr(headline->start.size()), headline->contains)) {
                return headline;
            }
        }
    }
    if (has(text, kOom.contains)) return &kOom;
    if (has(text, kAllocation.contains)) return &kAllocation;
    return nullptr;
}

}  // namespace knowhy::oops
