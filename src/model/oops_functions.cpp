// Which functions of a report tell crashes apart.
#include <algorithm>
#include <string_view>

#include "model/oops_identity.h"

namespace knowhy::model {
namespace {

// Functions that report, warn or stop; by exact name.
constexpr std::string_view kReporting[] = {"dump_stack",
                                           "dump_stack_lvl",
                                           "show_stack",
                                           "dump_backtrace",
                                           "unwind_backtrace",
                                           "panic",
                                           "nmi_panic",
                                           "vpanic",
                                           "__warn",
                                           "warn_slowpath_common",
                                           "warn_slowpath_fmt",
                                           "warn_slowpath_null",
                                           "__warn_printk",
                                           "report_bug",
                                           "handle_bug",
                                           "print_report",
                                           "kasan_report",
                                           "kasan_report_invalid_free",
                                           "kasan_check_range",
                                           "check_memory_region",
                                           "print_address_description",
                                           "die",
                                           "oops_end",
                                           "__die",
                                           "die_kernel_fault",
                                           "no_context",
                                           "__do_kernel_fault",
                                           "do_page_fault",
                                           "exc_page_fault",
                                           "asm_exc_page_fault",
                                           "asm_exc_general_protection",
                                           "asm_exc_invalid_op",
                                           "exc_invalid_op",
                                           "do_trap",
                                           "do_error_trap",
                                           "do_invalid_op",
                                           "page_fault",
                                           "general_protection",
                                           "invalid_op",
                                           "error_entry",
                                           "do_mem_abort",
                                           "do_translation_fault",
                                           "el1h_64_sync",
                                           "el1h_64_sync_handler",
                                           "el1_abort",
                                           "el1_da",
                                           "handle_page_fault",
                                           "ret_from_exception",
                                           "handle_exception",
                                           "bad_page_fault",
                                           "refcount_warn_saturate",
                                           "__list_add_valid",
                                           "__list_del_entry_valid",
                                           "__list_add_valid_or_report",
                                           "__list_del_entry_valid_or_report",
                                           "ubsan_epilogue",
                                           "__ubsan_handle_out_of_bounds",
                                           "__ubsan_handle_shift_out_of_bounds",
                                           "__ubsan_handle_load_invalid_value",
                                           "__stack_chk_fail",
                                           "__schedule_bug",
                                           "__might_resched",
                                           "___might_sleep",
                                           "__might_sleep",
                                           "sysrq_handle_crash",
                                           "lockdep_rcu_suspicious",
                                           "print_circular_bug",
                                           "check_noncircular",
                                           "validate_chain",
                                           "__lock_acquire",
                                           "lock_acquire",
                                           "rcu_dump_cpu_stacks",
                                           "print_cpu_stall",
                                           "check_cpu_stall",
                                           "rcu_check_callbacks",
                                           "rcu_sched_clock_irq",
                                           "rcu_pending",
                                           "print_other_cpu_stall",
                                           "nmi_cpu_backtrace",
                                           "nmi_trigger_cpumask_backtrace",
                                           "trigger_single_cpu_backtrace",
                                           "rcu_stall_kick_kthreads",
                                           "kmsan_report",
                                           "__msan_warning",
                                           "kfence_report_error",
                                           "kcsan_report",
                                           "print_unlock_imbalance_bug"};

// What waits or runs for others: a stall or a hung task is never its fault.
constexpr std::string_view kWaiting[] = {"__schedule",
                                         "schedule",
                                         "schedule_timeout",
                                         "schedule_preempt_disabled",
                                         "io_schedule",
                                         "__switch_to",
                                         "context_switch",
                                         "preempt_schedule",
                                         "preempt_schedule_common",
                                         "preempt_schedule_irq",
                                         "wait_for_completion",
                                         "wait_for_common",
                                         "__wait_for_common",
                                         "mutex_lock",
                                         "__mutex_lock",
                                         "__mutex_lock_slowpath",
                                         "mutex_lock_nested",
                                         "rwsem_down_read_slowpath",
                                         "rwsem_down_write_slowpath",
                                         "down_read",
                                         "down_write",
                                         "__down_read",
                                         "__down_write",
                                         "_raw_spin_lock",
                                         "_raw_spin_lock_irqsave",
                                         "_raw_spin_lock_bh",
                                         "_raw_spin_lock_irq",
                                         "native_queued_spin_lock_slowpath",
                                         "queued_spin_lock_slowpath",
                                         "__raw_spin_lock",
                                         "_raw_spin_unlock_irqrestore",
                                         "_raw_spin_unlock_irq",
                                         "bit_wait_io",
                                         "__wait_on_bit",
                                         "out_of_line_wait_on_bit",
                                         "bit_wait",
                                         "io_schedule_timeout",
                                         "delay_tsc",
                                         "__const_udelay",
                                         "__delay",
                                         "smp_call_function_many",
                                         "smp_call_function_many_cond",
                                         "smp_call_function_single",
                                         "on_each_cpu",
                                         "csd_lock_wait",
                                         "msleep",
                                         "msleep_interruptible",
                                         "usleep_range",
                                         "usleep_range_state"};

// Entries: every path has them.
constexpr std::string_view kEntry[] = {"do_syscall_64",
                                       "entry_SYSCALL_64_after_hwframe",
                                       "entry_SYSCALL_64_fastpath",
                                       "ret_from_fork",
                                       "ret_from_fork_asm",
                                       "kthread",
                                       "el0_svc",
                                       "el0t_64_sync",
                                       "el0t_64_sync_handler",
                                       "do_el0_svc",
                                       "invoke_syscall",
                                       "el0_svc_common",
                                       "ret_fast_syscall",
                                       "system_call_exception",
                                       "system_call_common",
                                       "irq_exit",
                                       "irq_exit_rcu",
                                       "__irq_exit_rcu",
                                       "do_softirq",
                                       "__do_softirq",
                                       "handle_softirqs",
                                       "do_IRQ",
                                       "ret_from_irq",
                                       "cpu_idle",
                                       "start_kernel",
                                       "rest_init",
                                       "do_idle",
                                       "cpu_startup_entry",
                                       "secondary_startup_64"};

template <size_t Count>
bool one_of(const std::string_view (&names)[Count], const std::string& name) {
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

bool waits_for_others(OopsKind kind) {
    return kind == OopsKind::HungTask || kind == OopsKind::RcuStall ||
           kind == OopsKind::SoftLockup || kind == OopsKind::HardLockup ||
           kind == OopsKind::SchedulingWhileAtomic || kind == OopsKind::SleepingInvalid ||
           kind == OopsKind::Lockdep || kind == OopsKind::Watchdog;
}

bool tells(const OopsReport& report, const std::string& function) {
    if (function.empty() || one_of(kReporting, function) || one_of(kEntry, function)) return false;
    const bool entry = function.starts_with("asm_") || function.starts_with("sysvec_") ||
                       function.starts_with("__sysvec_");
    return !entry && !(waits_for_others(report.kind) && one_of(kWaiting, function));
}

}  // namespace

std::vector<std::string> telling_functions(const OopsReport& report, size_t most) {
    std::vector<std::string> functions;
    const auto add = [&](const std::string& symbol) {
        const std::string function = without_clone_suffix(symbol);
        if (functions.size() >= most || !tells(report, function)) return;
        if (functions.empty() || functions.back() != function) functions.push_back(function);
    };
    add(report.pc.name);
    for (const OopsFrame& frame : report.trace) {
        if (frame.reliable) add(frame.symbol.name);
    }
    return functions;
}

std::string oops_function(const OopsReport& report) {
    const auto functions = telling_functions(report, 1);
    if (!functions.empty()) return functions.front();
    return without_clone_suffix(report.pc.name);
}

}  // namespace knowhy::model
