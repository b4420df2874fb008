#include "oops/parse/sections.h"

#include <algorithm>

#include "base/text.h"
#include "oops/parse/registers.h"
#include "oops/parse/symbol.h"

namespace knowhy::oops {
namespace {

struct Start {
    std::string_view text;
    Section section = Section::Detail;
};

constexpr Start kStarts[] = {
    {"CPU: ", Section::Cpu},
    {"Cpu ", Section::Cpu},
    {"Cpu: ", Section::Cpu},
    {"CPU ", Section::Cpu},
    {"Pid: ", Section::Cpu},
    {"Process ", Section::Cpu},
    {"task: ", Section::Cpu},
    {"task:", Section::Cpu},
    {"Tainted: ", Section::Cpu},
    {"Not tainted", Section::Cpu},
    {"Hardware name: ", Section::Hardware},
    {"Workqueue: ", Section::Hardware},
    {"RIP: ", Section::Pc},
    {"RIP  [", Section::Pc},
    {"EIP: ", Section::Pc},
    {"EIP is at ", Section::Pc},
    {"IP: ", Section::Pc},
    {"pc : ", Section::Pc},
    {"lr : ", Section::Pc},
    {"PC is at ", Section::Pc},
    {"LR is at ", Section::Pc},
    {"epc ", Section::Pc},
    {"ra ", Section::Pc},
    {"NIP [", Section::Pc},
    {"LR [", Section::Pc},
    {"Krnl PSW : ", Section::Pc},
    {"User PSW : ", Section::Pc},
    {"R:", Section::Detail},
    {"RSP <", Section::Registers},
    {"pstate: ", Section::Registers},
    {"Code:", Section::Code},
    {"Instruction dump:", Section::Code},
    {"Krnl Code:", Section::Code},
    {"Modules linked in:", Section::Modules},
    {"Call Trace:", Section::TraceStart},
    {"Call trace:", Section::TraceStart},
    {"Backtrace:", Section::TraceStart},
    {"stack backtrace:", Section::TraceStart},
    {"Last Breaking-Event-Address:", Section::Detail},
    {"---[ end trace", Section::End},
    {"---[ end Kernel panic", Section::Gone},
    {"Rebooting in ", Section::Gone},
    {"*** Chip soft reset soon ***", Section::Gone},
    {"Stack:", Section::Stack},
    {"Stack :", Section::Stack},
    {"Stack: (", Section::Stack},
    {"Exception stack(", Section::Stack},
    {"Register r", Section::Detail},
    {"Mem abort info:"},
    {"ESR"},
    {"FAR: "},
    {"EC = "},
    {"SET = "},
    {"EA = "},
    {"FSC = "},
    {"Data abort info:"},
    {"ISV = "},
    {"CM = "},
    {"Access size = "},
    {"user pgtable: "},
    {"swapper pgtable: "},
    {"Current "},
    {"pgd = "},
    {"PGD "},
    {"P4D "},
    {"#PF: "},
    {"*pd"},
    {"Thread overran stack"},
    {"kernel tried to execute"},
    {"unable to execute userspace code"},
    {"Faulting instruction address: "},
    {"Failing address: "},
    {"Fault in "},
    {"AS:"},
    {"LE PAGE_SIZE"},
    {"BE PAGE_SIZE"},
    {"SMP NR_CPUS"},
    {"Task stack: "},
    {"IRQ stack: "},
    {"Overflow stack: "},
    {"Flags: "},
    {"Control: "},
    {"last sysfs file: "},
    {"Dumping ftrace buffer"},
    {"(ftrace buffer empty)"},
    {"Kernel Offset: "},
    {"note: "},
    {"KASAN: "},
    {"Read of size "},
    {"Write of size "},
    {"Free of addr "},
    {"Allocated by task"},
    {"Freed by task"},
    {"allocated by task"},
    {"freed by task"},
    {"Last potentially related work"},
    {"Second to last potentially"},
    {"The buggy address "},
    {"which belongs to the cache"},
    {"Memory state around the buggy"},
    {"Out-of-bounds "},
    {"Use-after-free "},
    {"Invalid "},
    {"Corrupted memory at "},
    {"kfence-#"},
    {"Uninit was "},
    {"Local variable "},
    {"Bytes "},
    {"Memory access of size"},
    {"value changed: "},
    {"Reported by Kernel Concurrency"},
    {"read to 0x"},
    {"write to 0x"},
    {"read (marked) to 0x"},
    {"write (marked) to 0x"},
    {"race at unknown origin"},
    {"index "},
    {"shift exponent "},
    {"in_atomic(): "},
    {"preempt_count: "},
    {"RCU nest depth: "},
    {"Preemption disabled at:"},
    {"irq event stamp: "},
    {"hardirqs last "},
    {"softirqs last "},
    {"no locks held by "},
    {"INFO: lockdep is turned off"},
    {"Showing all locks held"},
    {"other info that might help"},
    {"\"echo 0 > /proc/sys/kernel/hung"},
    {"rcu: "},
    {"Sending NMI from CPU "},
    {"(t="},
    {"(detected by "},
    {"Mem-Info:"},
    {"Disabling lock debugging"},
};

bool is_rule(std::string_view text) {
    return text.size() > 15 && text.find_first_not_of(text[0]) == std::string_view::npos &&
           (text[0] == '=' || text[0] == '-' || text[0] == '~');
}

// "[0000000000000008] pgd=...", "de80: c0b03d60 ...", ">ffff888: fa fb fc"
bool is_dump(std::string_view text) {
    Scan scan(text);
    if (scan.skip("[") && scan.hex(8, 16) && scan.skip("] ")) return true;
    scan.back_to(0);
    scan.skip(">");
    if (scan.hex(4, 16) && scan.skip(":")) return true;
    scan.back_to(0);
    int groups = 0;
    while (scan.hex(8, 16)) {
        ++groups;
        scan.blanks();
    }
    return groups >= 2 && (scan.done() || scan.rest() == "...");
}

}  // namespace

Section section_of(std::string_view raw) {
    const std::string_view text = trimmed(raw);
    if (text.empty()) return Section::Blank;
    if (is_rule(text)) return Section::Rule;
    if (text[0] == '<' && take_mark(text)) return Section::Mark;
    if (const auto row = register_row(text); !row.empty() && row != "?") return Section::Registers;
    for (const Start& start : kStarts) {
        if (text.starts_with(start.text)) return start.section;
    }
    if (take_frame(text)) return Section::Frame;
    if (is_dump(text) || text == "...") return Section::Stack;
    return Section::Other;
}

}  // namespace knowhy::oops
