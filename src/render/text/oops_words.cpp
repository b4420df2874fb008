#include "render/text/oops_words.h"

#include <fmt/format.h>

#include "base/text.h"
#include "model/oops_identity.h"

namespace knowhy::render {
namespace {

using Kind = model::OopsKind;

std::string detail(const model::OopsReport& report, const std::string& name) {
    const auto found = report.details.find(name);
    return found == report.details.end() ? "" : escaped(found->second);
}

std::string in_function(const model::OopsReport& report) {
    const std::string function = model::oops_function(report);
    return function.empty() ? "" : " in " + escaped(function);
}

// The same behind a clause that has no place for it.
std::string comma_in_function(const model::OopsReport& report) {
    const std::string words = in_function(report);
    return words.empty() ? "" : "," + words;
}

std::string task_words(const model::OopsReport& report) {
    if (report.comm.empty()) return "A task";
    return report.pid ? fmt::format("Task {} (pid {})", escaped(report.comm), *report.pid)
                      : "Task " + escaped(report.comm);
}

std::string access_words(const model::OopsReport& report) {
    switch (report.access) {
        case model::OopsAccess::Read:
            return "read from";
        case model::OopsAccess::Write:
            return "wrote to";
        case model::OopsAccess::Execute:
            return "jumped to";
        case model::OopsAccess::Unknown:
            break;
    }
    return "accessed";
}

std::string fault_summary(const model::OopsReport& report) {
    const std::string function = model::oops_function(report);
    const std::string who = function.empty() ? "The kernel" : escaped(function);
    if (!report.fault_address) {
        return fmt::format("{} {} an address that the text does not tell.", who,
                           access_words(report));
    }
    std::string words =
        fmt::format("{} {} {:#x}", who, access_words(report), *report.fault_address);
    if (report.fault_address_guessed) words += ", as the kernel guesses from the instruction";
    words += report.kind == Kind::NullDereference ? ": a NULL pointer, or a field of one." : ".";
    return words;
}

std::string sanitizer_summary(const model::OopsReport& report) {
    std::string words = fmt::format("{}{}", escaped(report.headline.substr(0, 200)), ".");
    const std::string size = detail(report, "object_size");
    const std::string cache = detail(report, "object_cache");
    if (!size.empty() && !cache.empty()) {
        const std::string offset = detail(report, "object_offset");
        words += fmt::format(" The object is of {} bytes, from the cache {}{}.", size, cache,
                             offset.empty() ? "" : "; the access is at offset " + offset);
    }
    const auto first = [](const std::vector<model::OopsFrame>& stack) -> std::string {
        for (const model::OopsFrame& frame : stack) {
            const std::string& name = frame.symbol.name;
            const bool ours = !name.starts_with("kasan") && !name.starts_with("__kasan") &&
                              !name.starts_with("kmem_cache") && !name.starts_with("__kmalloc") &&
                              !name.starts_with("kfree") && !name.starts_with("slab_") &&
                              !name.starts_with("____kasan") && !name.starts_with("__slab") &&
                              !name.starts_with("__kmem_cache") && !name.starts_with("kmalloc");
            if (ours) return escaped(name);
        }
        return "";
    };
    if (const std::string maker = first(report.allocated); !maker.empty()) {
        words += fmt::format(" It was allocated in {}", maker);
        const std::string freer = first(report.freed);
        words += freer.empty() ? "." : fmt::format(" and freed in {}.", freer);
    }
    return words;
}

std::string at_line(const model::OopsReport& report) {
    const std::string file = detail(report, "bug_file");
    return file.empty() ? "" : fmt::format(" at {}:{}", file, detail(report, "bug_line"));
}

std::string stuck_words(const model::OopsReport& report) {
    const std::string seconds = detail(report, "stuck_seconds");
    return seconds.empty() ? "" : fmt::format(" for {} s", seconds);
}

std::string cpu_words(const model::OopsReport& report) {
    return report.cpu ? fmt::format("CPU {}", *report.cpu) : "A CPU";
}

}  // namespace

std::string oops_symbol_words(const model::OopsSymbol& symbol) {
    if (symbol.name.empty()) return symbol.address ? fmt::format("{:#x}", *symbol.address) : "?";
    std::string words = fmt::format("{}+{:#x}", escaped(symbol.name), symbol.offset);
    if (symbol.size != 0) words += fmt::format("/{:#x}", symbol.size);
    if (!symbol.module.empty()) words += fmt::format(" [{}]", escaped(symbol.module));
    return words;
}

std::string oops_summary(const model::OopsReport& report) {
    switch (report.kind) {
        case Kind::NullDereference:
        case Kind::PagingRequest:
        case Kind::AlignmentFault:
        case Kind::BusError:
            return fault_summary(report);
        case Kind::GeneralProtection:
            return report.fault_address
                       ? fault_summary(report)
                       : fmt::format(
                             "The CPU refused an instruction{}: most often an address that "
                             "is not canonical, which this report does not tell.",
                             in_function(report));
        case Kind::Kasan:
        case Kind::Kfence:
        case Kind::Kmsan:
        case Kind::Kcsan:
        case Kind::Ubsan:
            return sanitizer_summary(report);
        case Kind::Bug:
            return fmt::format(
                "A BUG(){}{}: the kernel found a state that it holds to be "
                "impossible, and stopped the task.",
                in_function(report), at_line(report));
        case Kind::Warning:
        case Kind::Refcount: {
            const std::string message = detail(report, "message");
            return fmt::format("A warning{}{}{}. The kernel went on.", in_function(report),
                               at_line(report), message.empty() ? "" : ": " + message);
        }
        case Kind::ListCorruption:
            return fmt::format("A list's links contradict each other{}: {}", in_function(report),
                               detail(report, "message"));
        case Kind::DivideError:
            return fmt::format("A division by zero, or one whose result does not fit{}.",
                               comma_in_function(report));
        case Kind::StackOverflow:
            return detail(report, "panic").starts_with("stack-protector")
                       ? fmt::format(
                             "A function wrote past its own stack variables{}: its guard "
                             "value was gone at its end.",
                             in_function(report))
                       : fmt::format(
                             "The kernel stack was used up{}: deep recursion, or very "
                             "large variables on it.",
                             comma_in_function(report));
        case Kind::Lockdep:
            return fmt::format("Lockdep: {}{}. Nothing hung yet: the order of locks allows it.",
                               escaped(report.headline.substr(0, 160)), in_function(report));
        case Kind::HungTask:
            return fmt::format("{} was blocked{}, waiting{}.", task_words(report),
                               stuck_words(report), in_function(report));
        case Kind::SoftLockup:
            return fmt::format("{} ran kernel code{} without letting others run{}.",
                               cpu_words(report), stuck_words(report), comma_in_function(report));
        case Kind::HardLockup:
            return fmt::format("{} took no interrupts any more{}.", cpu_words(report),
                               comma_in_function(report));
        case Kind::RcuStall:
            return fmt::format("RCU waits for a CPU or task that does not come to rest{}.",
                               comma_in_function(report));
        case Kind::SchedulingWhileAtomic:
        case Kind::SleepingInvalid:
            return fmt::format(
                "{} slept where sleeping is not allowed (a spinlock held, or "
                "preemption off){}{}.",
                task_words(report), in_function(report), at_line(report));
        default:
            return escaped(report.headline.substr(0, 300));
    }
}

std::vector<std::string> oops_next(const model::OopsReport& report) {
    const std::string function = escaped(model::oops_function(report));
    if (function.empty()) return {};
    switch (report.kind) {
        case Kind::HungTask:
            return {
                fmt::format("who holds what {} waits for: the other blocked tasks of this log, "
                            "or echo w > /proc/sysrq-trigger",
                            function)};
        case Kind::SoftLockup:
        case Kind::HardLockup:
        case Kind::RcuStall:
            return {
                fmt::format("the loop in {} and what ends it; a cond_resched() in it, if it is "
                            "only long",
                            function)};
        case Kind::Kasan:
        case Kind::Kfence:
            return {
                "what lies between the stack that freed the object and this access: who still "
                "held the pointer"};
        case Kind::SchedulingWhileAtomic:
        case Kind::SleepingInvalid:
            return {"which caller holds a spinlock or has preemption off, and calls " + function};
        case Kind::Refcount:
            return {"the get and put of this object: one put too many, or a get without one"};
        case Kind::ListCorruption:
            return {"who removed this entry before, or freed it while it was on the list"};
        default:
            return {};
    }
}

}  // namespace knowhy::render
