#include "lang/sema/builtins.h"

#include <algorithm>

#include "base/clock.h"
#include "lang/sema/functions.h"
#include "lang/source/codes.h"

namespace knowhy::lang {
namespace {

using ir::Constant;
using ir::ContextArgument;
using ir::Helper;
using ir::Op;
using ir::Operand;
using Kind = Type::Kind;
using View = ProbeSite::View;

constexpr uint64_t kLow = 0xffffffff;

Value number(Lowering& lowering, Helper helper, uint32_t bytes = 8) {
    return Value::of(Type::integer(bytes, false), lowering.emitter().call(helper, {}));
}

Value low_half(Lowering& lowering, Helper helper) {
    Emitter& emit = lowering.emitter();
    return Value::of(Type::integer(4, false),
                     emit.compute(Op::And, emit.call(helper, {}), Constant{kLow}));
}

Value high_half(Lowering& lowering, Helper helper) {
    Emitter& emit = lowering.emitter();
    return Value::of(Type::integer(4, false),
                     emit.compute(Op::ShiftRight, emit.call(helper, {}), Constant{32}));
}

Value comm(Lowering& lowering, Span /*span*/) {
    constexpr uint32_t kTaskCommLength = 16;
    Emitter& emit = lowering.emitter();
    const ir::Place to = emit.new_buffer("comm", kTaskCommLength);
    emit.fill(to, kTaskCommLength);
    emit.call(Helper::CurrentComm, {to, Operand{Constant{kTaskCommLength}}});
    return Value::of(Type::string(kTaskCommLength), to);
}

Value current_task(Lowering& lowering, Span /*span*/) {
    const auto task = lowering.script().kernel.type("struct task_struct");
    return Value::of(Type::pointer(task.value_or(symbols::kVoid)),
                     lowering.emitter().call(Helper::CurrentTask, {}));
}

// A field of the current task, where BTF has it.
Value of_task(Lowering& lowering, std::string_view path, Span span) {
    Value at = current_task(lowering, span);
    size_t from = 0;
    while (from <= path.size()) {
        const size_t dot = std::min(path.find('.', from), path.size());
        Field field;
        field.name = path.substr(from, dot - from);
        field.name_span = span;
        at = lowering.field(at, field, span);
        from = dot + 1;
    }
    return at;
}

Value elapsed(Lowering& lowering, Span /*span*/) {
    Emitter& emit = lowering.emitter();
    return Value::integer(
        emit.compute(Op::Sub, emit.call(Helper::KtimeNs, {}), Constant{monotonic_now_ns()}));
}

Value function(Lowering& lowering, Span span) {
    const ProbeSite& site = lowering.site();
    const bool of_function = site.provider == "kprobe" || site.provider == "kretprobe" ||
                             site.provider == "fentry" || site.provider == "fexit" ||
                             site.provider == "kfunc" || site.provider == "kretfunc";
    if (!of_function) {
        lowering.error(codes::kNotHere, span,
                       fmt::format("{} traces no function", lowering.probe_text()),
                       "probes of functions do; kstack shows who called");
        return Value::unknown();
    }
    Emitter& emit = lowering.emitter();
    if (site.view == View::Registers && !site.at_entry)
        return Value::of(Type::of(Kind::KernelSymbol),
                         lowering.register_named("ip", span).scalar());
    return Value::of(Type::of(Kind::KernelSymbol),
                     emit.call(Helper::FunctionIp, {ContextArgument{}}));
}

// The target's name, by the cookie that its link was made with.
Value probe(Lowering& lowering, Span /*span*/) {
    const Plan& plan = lowering.script().plan;
    const ProbeSite& site = lowering.site();
    const Type type = Type::of(Kind::Probe);
    if (site.targets.size() == 1) return Value::of(type, Operand{Constant{plan.names.size()}});
    return Value::of(type, lowering.emitter().call(Helper::AttachCookie, {ContextArgument{}}));
}

Value context(Lowering& lowering, Span /*span*/) {
    if (lowering.site().view == View::Iterator) {  // struct bpf_iter__task and its kin
        Type type;
        type.kind = Kind::Struct;
        return Value::of(type, Arguments{});
    }
    return Value::integer(lowering.context_address());
}

Value user_stack(Lowering& lowering, Span span) {
    lowering.error(codes::kCannot, span, "user stacks are not supported",
                   "kstack is the kernel's; bpftrace resolves user space");
    return Value::unknown();
}

// Whether the CPU ran user space when the probe hit.
Value user_mode(Lowering& lowering, Span span) {
    constexpr uint64_t kRing = 3;  // of cs
    if (lowering.script().kernel.arch() != symbols::Arch::X86_64) {
        lowering.error(codes::kNotHere, span, "usermode is of x86-64",
                       "reg(\"pstate\") tells on arm64: its low four bits are 0 in user space");
        return Value::unknown();
    }
    Emitter& emit = lowering.emitter();
    const Operand ring =
        emit.compute(Op::And, lowering.register_named("cs", span).scalar(), Constant{kRing});
    return Value::of(Type::boolean(), emit.truth(ir::Compare::Equal, ring, Constant{kRing}));
}

Value probe_type(Lowering& lowering, Span /*span*/) {
    const std::string& name = lowering.site().provider;
    return Value::of(Type::string(static_cast<uint32_t>(name.size()) + 1), Text{name});
}

const std::vector<Builtin> kBuiltins = {
    {"args", "struct", "the probe's arguments, by name",
     [](Lowering&, Span) {
         Type type;
         type.kind = Kind::Struct;
         return Value::of(type, Arguments{});
     }},
    {"cgroup", "uint64", "the current task's cgroup, in the default hierarchy",
     [](Lowering& l, Span) { return number(l, Helper::CgroupId); }},
    {"comm", "string[16]", "the current task's name", comm},
    {"cpid", "uint32", "the process that -c started",
     [](Lowering& l, Span span) {
         if (!l.script().options.child)
             l.error(codes::kNotHere, span, "there is no child process", "-c COMMAND starts one");
         return Value::of(Type::integer(4, false),
                          Operand{Constant{l.script().options.child.value_or(0)}});
     }},
    {"cpu", "uint32", "the CPU that runs this",
     [](Lowering& l, Span) { return number(l, Helper::CpuId, 4); }},
    {"ctx", "uint64", "the address of the program's context", context},
    {"curtask", "struct task_struct *", "the current task", current_task},
    {"elapsed", "uint64", "nanoseconds since the script began", elapsed},
    {"func", "ksym", "the traced function", function},
    {"gid", "uint32", "the current task's group",
     [](Lowering& l, Span) { return high_half(l, Helper::UidGid); }},
    {"jiffies", "uint64", "the kernel's tick counter",
     [](Lowering& l, Span) { return number(l, Helper::Jiffies64); }},
    {"kstack", "kstack", "the kernel's stack",
     [](Lowering& l, Span span) {
         return kernel_stack(l, {l.script().plan.config.stack_mode, Type::Stack{}.depth}, span);
     }},
    {"leader_comm", "string[16]", "the name of the current process's first thread",
     [](Lowering& l, Span span) { return of_task(l, "group_leader.comm", span); }},
    {"leader_tid", "int32", "the first thread of the current process",
     [](Lowering& l, Span span) { return of_task(l, "group_leader.pid", span); }},
    {"ncpus", "uint32", "how many CPUs there are",
     [](Lowering& l, Span) {
         return Value::of(Type::integer(4, false), Operand{Constant{l.script().kernel.cpus()}});
     }},
    {"nsecs", "uint64", "nanoseconds since the host booted, sleep left out",
     [](Lowering& l, Span) { return number(l, Helper::KtimeNs); }},
    {"numaid", "uint32", "the NUMA node that runs this",
     [](Lowering& l, Span) { return number(l, Helper::NumaNode, 4); }},
    {"pcomm", "string[16]", "the parent's name",
     [](Lowering& l, Span span) { return of_task(l, "real_parent.comm", span); }},
    {"pid", "uint32", "the current process",
     [](Lowering& l, Span) { return high_half(l, Helper::PidTgid); }},
    {"ppid", "int32", "the current process's parent",
     [](Lowering& l, Span span) { return of_task(l, "real_parent.tgid", span); }},
    {"probe", "string", "the full name of the probe", probe},
    {"probetype", "string", "the kind of the probe: kprobe, interval", probe_type},
    {"rand", "uint32", "a random number",
     [](Lowering& l, Span) { return number(l, Helper::Random, 4); }},
    {"retval", "int64", "what the function returned; typed in fexit",
     [](Lowering& l, Span span) { return l.return_value(span); }},
    {"tid", "uint32", "the current thread",
     [](Lowering& l, Span) { return low_half(l, Helper::PidTgid); }},
    {"uid", "uint32", "the current task's user",
     [](Lowering& l, Span) { return low_half(l, Helper::UidGid); }},
    {"usermode", "bool", "whether the CPU ran user space when the probe hit", user_mode},
    {"username", "string", "the current task's user, by name",
     [](Lowering& l, Span) {
         return Value::of(Type::of(Kind::UserName), low_half(l, Helper::UidGid).scalar());
     }},
    {"ustack", "", "not supported", user_stack},
};

}  // namespace

const Builtin* find_builtin(std::string_view name) {
    const auto found = std::ranges::find(kBuiltins, name, &Builtin::name);
    return found != kBuiltins.end() ? &*found : nullptr;
}

const std::vector<Builtin>& builtins() {
    return kBuiltins;
}

std::vector<std::string> builtin_names() {
    std::vector<std::string> names;
    names.reserve(kBuiltins.size());
    for (const Builtin& builtin : kBuiltins) names.emplace_back(builtin.name);
    return names;
}

}  // namespace knowhy::lang
