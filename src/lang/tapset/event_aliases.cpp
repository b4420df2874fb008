// Interrupts and the scheduler, by tracepoints.
#include "lang/tapset/aliases.h"

namespace knowhy::lang::tapset_points {
namespace {

const std::vector<AliasVariable> kInterrupt = {
    {"irq", "the interrupt's number"},         {"action", "its struct irqaction"},
    {"handler", "the address of its handler"}, {"flags", "its flags"},
    {"dev_name", "the device's name"},         {"dev_id", "what the handler is called with"},
};
const std::vector<AliasVariable> kInterruptDone = [] {
    std::vector<AliasVariable> all = kInterrupt;
    all.push_back({"ret", "what the handler said"});
    return all;
}();
const std::vector<AliasVariable> kVector = {{"vec_nr", "the number of the softirq"}};
const std::vector<AliasVariable> kWakeup = {
    {"name", "the alias's own name"},      {"task", "the struct task_struct"},
    {"task_pid", "its process"},           {"task_tid", "its thread"},
    {"task_priority", "its priority"},     {"task_state", "its state"},
    {"task_cpu", "the CPU that it is on"},
};

}  // namespace

std::vector<Alias> event_aliases() {
    return {
        {"irq_handler.entry", "an interrupt's handler begins",
         R"(kernel.trace("irq_handler_entry") {
             irq = $irq; action = $action; handler = $action->handler; flags = $action->flags
             dev_name = kernel_string($action->name); dev_id = $action->dev_id })",
         kInterrupt},
        {"irq_handler.exit", "it has ended", R"(kernel.trace("irq_handler_exit") {
             irq = $irq; action = $action; handler = $action->handler; flags = $action->flags
             dev_name = kernel_string($action->name); dev_id = $action->dev_id; ret = $ret })",
         kInterruptDone},
        {"softirq.entry", "a softirq begins",
         R"(kernel.trace("softirq_entry") { vec_nr = $vec_nr })", kVector},
        {"softirq.exit", "it has ended", R"(kernel.trace("softirq_exit") { vec_nr = $vec_nr })",
         kVector},
        {"scheduler.cpu_off",
         "a task leaves a CPU",
         R"(kernel.trace("sched_switch") {
             name = "cpu_off"; task_prev = $prev; task_next = $next; idle = $prev->pid == 0 })",
         {{"name", "the alias's own name"},
          {"task_prev", "who leaves"},
          {"task_next", "who comes"},
          {"idle", "whether it is the idle task that leaves"}}},
        {"scheduler.ctxswitch",
         "a CPU goes from one task to another",
         R"(kernel.trace("sched_switch") {
             name = "ctxswitch"
             prev_pid = $prev->tgid; prev_tid = $prev->pid; prev_task = $prev
             prev_task_name = kernel_string($prev->comm); prev_priority = $prev->prio
             prevtsk_state = @choose_defined($prev->__state, $prev->state)
             next_pid = $next->tgid; next_tid = $next->pid; next_task = $next
             next_task_name = kernel_string($next->comm); next_priority = $next->prio
             nexttsk_state = @choose_defined($next->__state, $next->state) })",
         {{"name", "the alias's own name"},
          {"prev_pid", "the process that leaves"},
          {"prev_tid", "its thread"},
          {"prev_task", "its struct task_struct"},
          {"prev_task_name", "its name"},
          {"prev_priority", "its priority"},
          {"prevtsk_state", "its state"},
          {"next_pid", "the process that comes"},
          {"next_tid", "its thread"},
          {"next_task", "its struct task_struct"},
          {"next_task_name", "its name"},
          {"next_priority", "its priority"},
          {"nexttsk_state", "its state"}}},
        {"scheduler.wakeup", "a task is woken", R"(kernel.trace("sched_wakeup") {
             name = "wakeup"; task = $p; task_pid = $p->tgid; task_tid = $p->pid
             task_priority = $p->prio; task_state = @choose_defined($p->__state, $p->state)
             task_cpu = @choose_defined($p->thread_info->cpu, $p->cpu) })",
         kWakeup},
        {"scheduler.wakeup_new", "a new task is woken for the first time",
         R"(kernel.trace("sched_wakeup_new") {
             name = "wakeup_new"; task = $p; task_pid = $p->tgid; task_tid = $p->pid
             task_priority = $p->prio; task_state = @choose_defined($p->__state, $p->state)
             task_cpu = @choose_defined($p->thread_info->cpu, $p->cpu) })",
         kWakeup},
        {"scheduler.migrate",
         "a task goes to another CPU",
         R"(kernel.trace("sched_migrate_task") {
             name = "migrate"; task = $p; pid = $p->tgid; priority = $p->prio
             cpu_from = @choose_defined($p->thread_info->cpu, $p->cpu); cpu_to = $dest_cpu })",
         {{"name", "the alias's own name"},
          {"task", "the struct task_struct"},
          {"pid", "its process"},
          {"priority", "its priority"},
          {"cpu_from", "where it was"},
          {"cpu_to", "where it goes"}}},
    };
}

}  // namespace knowhy::lang::tapset_points
