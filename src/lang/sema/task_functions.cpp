// Functions about tasks, CPUs and what belongs to them.
#include <cctype>
#include <csignal>
#include <cstring>

#include "lang/sema/functions.h"
#include "lang/source/codes.h"

namespace knowhy::lang {
namespace {

using ir::Constant;
using ir::Helper;
using ir::Op;
using ir::Operand;
using Kind = Type::Kind;

// "KILL", "SIGKILL"; 0 for none.
int signal_number(std::string_view name) {
    std::string plain(name);
    for (char& c : plain) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    if (plain.starts_with("SIG")) plain = plain.substr(3);
    for (int number = 1; number < SIGRTMIN; ++number) {
        const char* known = ::sigabbrev_np(number);
        if (known != nullptr && plain == known) return number;
    }
    return 0;
}

template <Helper Send>
Value signal(Lowering& lowering, const Call& call, Span span) {
    Operand number = Constant{0};
    if (const auto* name = std::get_if<String>(&call.arguments.front()->node)) {
        number = Constant{static_cast<uint64_t>(signal_number(name->value))};
        if (constant_of(number) == 0)
            lowering.error(codes::kWrongArguments, span, fmt::format("no signal '{}'", name->value),
                           "KILL, USR1..., or its number");
    } else {
        number = lowering.number(*call.arguments.front());
    }
    lowering.count_fault(lowering.emitter().call(Send, {number}));
    return Value::none();
}

// pid(init), tid(init): the same as without; a namespace's own are not to be had.
template <bool Thread>
Value task_number(Lowering& lowering, const Call& call, Span span) {
    const auto* which = std::get_if<Name>(&call.arguments.front()->node);
    if (which == nullptr || which->name != "init")
        lowering.error(codes::kWrongArguments, span,
                       fmt::format("{}() numbers tasks as the host does", call.function),
                       fmt::format("{0}, or {0}(init)", call.function));
    Emitter& emit = lowering.emitter();
    const Operand both = emit.call(Helper::PidTgid, {});
    const Operand number = Thread ? emit.compute(Op::And, both, Constant{UINT32_MAX})
                                  : emit.compute(Op::ShiftRight, both, Constant{32});
    return Value::of(Type::integer(4, false), number);
}

Value member(Lowering& lowering, const Value& object, const std::string& name, Span span) {
    Field field;
    field.name = name;
    field.name_span = span;
    return lowering.field(object, field, span);
}

// ppid(task): of its struct task_struct.
Value parent(Lowering& lowering, const Call& call, Span span) {
    const Value task = lowering.value(*call.arguments.front());
    return member(lowering, member(lowering, task, "real_parent", span), "tgid", span);
}

Value socket_cookie(Lowering& lowering, const Call& call, Span span) {
    const auto type = lowering.script().kernel.type("struct sock");
    Value sock = lowering.value(*call.arguments.front());
    if (!type || !is_scalar_argument(lowering, sock, call.arguments.front()->span))
        return Value::unknown();
    sock.type = Type::pointer(*type);
    const Value cookie =
        member(lowering, member(lowering, sock, "__sk_common", span), "skc_cookie", span);
    return member(lowering, cookie, "counter", span);
}

Value cgroup_path(Lowering& lowering, const Call& call, Span span) {
    if (call.arguments.size() > 1) {
        const auto filter = lowering.text(*call.arguments[1]);
        if (filter && *filter != "unified" && *filter != "*")
            lowering.error(codes::kWrongArguments, span,
                           "cgroups are known by the unified hierarchy only",
                           "cgroup_path(cgroup)");
    }
    return Value::of(Type::of(Kind::CgroupPath), lowering.number(*call.arguments.front()));
}

// percpu_kaddr("symbol"[, cpu]): the symbol of this CPU's, or another's.
Value percpu_kaddr(Lowering& lowering, const Call& call, Span span) {
    const auto name = lowering.text(*call.arguments.front());
    if (!name) return Value::unknown();
    Kernel& kernel = lowering.script().kernel;
    const auto address = kernel.address_of(*name);
    const auto offsets = kernel.address_of("__per_cpu_offset");
    if (!address || !offsets) {
        lowering.error(codes::kUnknownName, span,
                       fmt::format("no kernel symbol '{}'", address ? "__per_cpu_offset" : *name),
                       "/proc/kallsyms has them, for root");
        return Value::unknown();
    }
    Emitter& emit = lowering.emitter();
    const Operand cpu = call.arguments.size() > 1 ? lowering.number(*call.arguments[1])
                                                  : emit.call(Helper::CpuId, {});
    const Operand entry =
        emit.compute(Op::Add, emit.compute(Op::Mul, cpu, Constant{8}), Constant{*offsets});
    const Value offset = lowering.dereferenced(Value::integer(entry), span);
    return Value::integer(emit.compute(Op::Add, offset.scalar(), Constant{*address}));
}

Value has_cpid(Lowering& lowering, const Call& /*call*/, Span /*span*/) {
    const bool has = lowering.script().options.child.has_value();
    return Value::of(Type::boolean(), Operand{Constant{has ? 1U : 0U}});
}

}  // namespace

std::vector<FunctionInfo> task_functions() {
    return {
        {"signal", "signal(signal)", "sends the current process a signal, by number or name", 1, 1,
         true, signal<Helper::SendSignal>},
        {"signal_thread", "signal_thread(signal)", "the same, the current thread alone", 1, 1, true,
         signal<Helper::SendSignalThread>},
        {"pid", "pid(init)", "the current process", 1, 1, false, task_number<false>},
        {"tid", "tid(init)", "the current thread", 1, 1, false, task_number<true>},
        {"ppid", "ppid(task)", "a task's parent", 1, 1, false, parent},
        {"socket_cookie", "socket_cookie(sock)",
         "the number that tells sockets apart; 0 before anybody asked the kernel for it", 1, 1,
         false, socket_cookie},
        {"cgroup_path", "cgroup_path(id)", "a cgroup's path, to be printed", 1, 2, false,
         cgroup_path},
        {"percpu_kaddr", "percpu_kaddr(\"symbol\"[, cpu])",
         "the address of a kernel symbol that each CPU has its own of", 1, 2, false, percpu_kaddr},
        {"has_cpid", "has_cpid()", "whether -c started a process", 0, 0, false, has_cpid},
    };
}

}  // namespace knowhy::lang
