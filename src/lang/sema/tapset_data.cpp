// The tapset's functions about the task, the clock, errors and numbers.
#include <algorithm>
#include <cstring>
#include <ctime>

#include "lang/sema/builtins.h"
#include "lang/sema/tapset.h"
#include "lang/sema/text_building.h"
#include "lang/source/codes.h"

namespace knowhy::lang {
namespace {

using ir::Compare;
using ir::Constant;
using ir::Helper;
using ir::MapId;
using ir::Op;
using ir::Operand;
using ir::Place;
using Kind = Type::Kind;

Value number(Operand value) {
    return Value::integer(value, true);
}

// ---- The task

template <Fixed Name>
Value builtin(Lowering& lowering, const Call& /*call*/, Span span) {
    return find_builtin(Name.text)->lower(lowering, span);
}

// A member of a task, "signal->pids[2]" written "signal.pids[2]".
Value member(Lowering& lowering, Value at, std::string_view path, Span span) {
    const auto task = lowering.script().kernel.type("struct task_struct");
    at.type = Type::pointer(task.value_or(symbols::kVoid));
    while (!path.empty()) {
        const size_t end = std::min(path.find('.'), path.size());
        const size_t bracket = std::min(path.find('['), end);
        Field field;
        field.name = path.substr(0, bracket);
        field.name_span = span;
        at = lowering.field(at, field, span);
        if (bracket != end) {
            const auto index = static_cast<uint64_t>(path[bracket + 1] - '0');
            at = lowering.element(at, Constant{index}, index, span);
        }
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return at;
}

template <Fixed Path>
Value of_current(Lowering& lowering, const Call& /*call*/, Span span) {
    return member(lowering, find_builtin("curtask")->lower(lowering, span), Path.text, span);
}

template <Fixed Path>
Value of_task(Lowering& lowering, const Call& call, Span span) {
    const Expr& task = *call.arguments.front();
    return member(lowering, Value::integer(lowering.number(task)), Path.text, span);
}

Value target(Lowering& lowering, const Call& /*call*/, Span /*span*/) {
    return number(Constant{lowering.script().options.child.value_or(0)});
}

// ---- Clocks

// How far CLOCK_TAI is ahead: the kernel's programs can read that one and not CLOCK_REALTIME, and
// both are set together.
uint64_t tai_ahead_ns() {
    constexpr uint64_t kSecond = 1'000'000'000;
    timespec tai{};
    timespec real{};
    ::clock_gettime(CLOCK_TAI, &tai);
    ::clock_gettime(CLOCK_REALTIME, &real);
    const double ahead = static_cast<double>(tai.tv_sec - real.tv_sec) +
                         static_cast<double>(tai.tv_nsec - real.tv_nsec) / 1e9;
    return static_cast<uint64_t>(ahead + 0.5) * kSecond;
}

}  // namespace

Operand time_of_day(Lowering& lowering, uint64_t unit_ns) {
    Emitter& emit = lowering.emitter();
    const Operand now =
        emit.compute(Op::Sub, emit.call(Helper::KtimeTaiNs, {}), Constant{tai_ahead_ns()});
    return unit_ns == 1 ? now : emit.compute(Op::Div, now, Constant{unit_ns});
}

namespace {

template <uint64_t UnitNs>
Value clock(Lowering& lowering, const Call& /*call*/, Span /*span*/) {
    return number(time_of_day(lowering, UnitNs));
}

Value jiffies(Lowering& lowering, const Call& /*call*/, Span span) {
    if (lowering.site().in_user_space()) {
        lowering.error(codes::kNotHere, span, "jiffies are known only in the kernel",
                       "ktime_get_ns() is known everywhere");
        return Value::unknown();
    }
    return number(lowering.emitter().call(Helper::Jiffies64, {}));
}

Value no_cycles(Lowering& lowering, const Call& /*call*/, Span span) {
    lowering.error(codes::kCannot, span, "a program in the kernel cannot read the cycle counter",
                   "ktime_get_ns() is the finest clock there is");
    return Value::unknown();
}

// One of several texts of equal length.
Value chosen(Lowering& lowering, std::string_view all, uint32_t each, Operand which) {
    Emitter& emit = lowering.emitter();
    const Place table = emit.new_buffer("names", static_cast<uint32_t>(all.size()));
    emit.store_text(table, all, static_cast<uint32_t>(all.size()));
    const Place name = emit.new_buffer("name", each + 1);
    emit.fill(name, each + 1);
    const Operand first = emit.compute(Op::Mul, which, Constant{each});
    for (uint32_t i = 0; i < each; ++i) {
        const Operand from = emit.compute(Op::Add, first, Constant{i});
        emit.store(further(name, i), 1, emit.load({table.base, from}, 1));
    }
    return Value::of(Type::string(each + 1), name);
}

// "Thu Jan  1 00:00:00 1970", of UTC. Days are counted in years that begin in March, so that a leap
// day is the last of its year.
Value ctime(Lowering& lowering, const Call& call, Span span) {
    Emitter& emit = lowering.emitter();
    const Operand seconds = call.arguments.empty() ? time_of_day(lowering, 1'000'000'000)
                                                   : lowering.number(*call.arguments.front());
    const auto plus = [&](Operand a, uint64_t b) { return emit.compute(Op::Add, a, Constant{b}); };
    const auto minus = [&](Operand a, Operand b) { return emit.compute(Op::Sub, a, b); };
    const auto over = [&](Operand a, uint64_t b) { return emit.compute(Op::Div, a, Constant{b}); };
    const auto rest = [&](Operand a, uint64_t b) { return emit.compute(Op::Mod, a, Constant{b}); };
    const auto times = [&](Operand a, uint64_t b) { return emit.compute(Op::Mul, a, Constant{b}); };
    constexpr uint64_t kDay = 86400;
    constexpr uint64_t kDaysOf400Years = 146097;
    constexpr uint64_t kFromMarchOfYear0 = 719468;  // to 1970
    const Operand days = over(seconds, kDay);
    const Operand second = rest(seconds, kDay);
    const Operand since = plus(days, kFromMarchOfYear0);
    const Operand era = over(since, kDaysOf400Years);
    const Operand day_of_era = rest(since, kDaysOf400Years);
    const Operand leaps = minus(
        emit.compute(Op::Add, minus(day_of_era, over(day_of_era, 1460)), over(day_of_era, 36524)),
        over(day_of_era, 146096));
    const Operand year_of_era = over(leaps, 365);
    const Operand before =
        minus(emit.compute(Op::Add, times(year_of_era, 365), over(year_of_era, 4)),
              over(year_of_era, 100));
    const Operand day_of_year = minus(day_of_era, before);
    const Operand month = over(plus(times(day_of_year, 5), 2), 153);  // 0: March
    const Operand day = plus(minus(day_of_year, over(plus(times(month, 153), 2), 5)), 1);
    const Operand is_next_year = emit.truth(Compare::GreaterEqual, month, Constant{10});
    const Operand year =
        emit.compute(Op::Add, emit.compute(Op::Add, times(era, 400), year_of_era), is_next_year);
    const Value weekday = chosen(lowering, "ThuFriSatSunMonTueWed", 3, rest(days, 7));
    const Value month_name = chosen(lowering, "MarAprMayJunJulAugSepOctNovDecJanFeb", 3, month);
    return formatted_text(
        lowering, "%s %s %2d %02d:%02d:%02d %d",
        {weekday, month_name, number(day), number(over(second, 3600)),
         number(rest(over(second, 60), 60)), number(rest(second, 60)), number(year)},
        span);
}

// ---- Errors

constexpr int kMostErrno = 133;

// A text of its own for each: so many comparisons as the number has bits lead to it.
void store_errno_name(Emitter& emit, const Place& to, Operand number, int first, int last) {
    if (first == last) {
        const char* name = ::strerrorname_np(first);
        if (name != nullptr && first != 0) emit.store_text(to, name, 16);
        return;
    }
    const int middle = (first + last) / 2;
    const ir::BlockId low = emit.new_block();
    const ir::BlockId high = emit.new_block();
    const ir::BlockId after = emit.new_block();
    emit.branch(Compare::LessEqual, number, Constant{static_cast<uint64_t>(middle)}, low, high);
    emit.go_on_in(low);
    store_errno_name(emit, to, number, first, middle);
    emit.jump(after);
    emit.go_on_in(high);
    store_errno_name(emit, to, number, middle + 1, last);
    emit.jump_into(after);
}

// Of a positive number or, as kernel functions return it, a negative one; "" is none.
Value errno_name(Lowering& lowering, Operand given) {
    constexpr uint32_t kRoom = 24;  // the longest are 15 letters
    Emitter& emit = lowering.emitter();
    const Place name = emit.new_buffer("errno", kRoom);
    emit.fill(name, kRoom);
    const ir::Reg error = emit.new_register();
    const ir::BlockId negative = emit.new_block();
    const ir::BlockId positive = emit.new_block();
    const ir::BlockId known = emit.new_block();
    const ir::BlockId after = emit.new_block();
    emit.assign(error, given);
    emit.branch(Compare::SignedLess, error, Constant{0}, negative, positive);
    emit.go_on_in(negative);
    emit.assign(error, emit.compute(Op::Sub, Constant{0}, error));
    emit.jump_into(positive);
    emit.branch(Compare::LessEqual, error, Constant{kMostErrno}, known, after);
    emit.go_on_in(known);
    store_errno_name(emit, name, error, 0, kMostErrno);
    emit.jump_into(after);
    return Value::of(Type::string(kRoom), name);
}

Value errno_str(Lowering& lowering, const Call& call, Span /*span*/) {
    return errno_name(lowering, lowering.number(*call.arguments.front()));
}

Value errno_p(Lowering& lowering, const Call& call, Span /*span*/) {
    const Value name = errno_name(lowering, lowering.number(*call.arguments.front()));
    Emitter& emit = lowering.emitter();
    return number(
        emit.truth(Compare::NotEqual, emit.load(std::get<Place>(name.where), 1), Constant{0}));
}

// "-2 (ENOENT)"; what is no error by the format: 1 decimal, 2 hexadecimal, 3 octal.
Value result_text(Lowering& lowering, const Expr& format, Operand given, Span span) {
    const auto how = lowering.constant(format);
    Emitter& emit = lowering.emitter();
    const ir::Reg result = emit.in_register(given);
    const Value name = errno_name(lowering, result);
    const Place all = emit.new_buffer("returned", kStapStringBytes);
    const ir::BlockId may_be = emit.new_block();
    const ir::BlockId error = emit.new_block();
    const ir::BlockId plain = emit.new_block();
    const ir::BlockId after = emit.new_block();
    emit.branch(Compare::SignedLess, result, Constant{0}, may_be, plain);
    emit.go_on_in(may_be);
    emit.branch(Compare::NotEqual, emit.load(std::get<Place>(name.where), 1), Constant{0}, error,
                plain);
    emit.go_on_in(error);
    lowering.put(all, stap_string(),
                 formatted_text(lowering, "%d (%s)", {number(result), name}, span));
    emit.jump(after);
    emit.go_on_in(plain);
    const std::string_view form = how == 2 ? "0x%x" : how == 3 ? "%#o" : "%d";
    lowering.put(all, stap_string(), formatted_text(lowering, form, {number(result)}, span));
    emit.jump_into(after);
    return Value::of(stap_string(), all);
}

Value returnstr(Lowering& lowering, const Call& call, Span span) {
    if (lowering.site().view != ProbeSite::View::ReturnRegisters) {
        lowering.error(codes::kNotHere, span, "nothing is returned here",
                       "returnstr() is for .return probes");
        return Value::unknown();
    }
    return result_text(lowering, *call.arguments.front(), lowering.return_value(span).scalar(),
                       span);
}

Value return_str(Lowering& lowering, const Call& call, Span span) {
    return result_text(lowering, *call.arguments[0], lowering.number(*call.arguments[1]), span);
}

// ---- Numbers

Value randint(Lowering& lowering, const Call& call, Span /*span*/) {
    Emitter& emit = lowering.emitter();
    const Operand below = lowering.number(*call.arguments.front());
    return number(emit.compute(Op::Mod, emit.call(Helper::Random, {}), below));
}

}  // namespace

std::vector<FunctionInfo> data_tapset() {
    constexpr uint64_t kMicro = 1'000;
    constexpr uint64_t kMilli = 1'000'000;
    constexpr uint64_t kSecond = 1'000'000'000;
    return {
        {"execname", "execname()", "the current task's name", 0, 0, false, builtin<"comm">},
        {"pid", "pid()", "the current process", 0, 0, false, builtin<"pid">},
        {"tid", "tid()", "the current thread", 0, 0, false, builtin<"tid">},
        {"ppid", "ppid()", "its parent", 0, 0, false, builtin<"ppid">},
        {"pexecname", "pexecname()", "its parent's name", 0, 0, false,
         of_current<"real_parent.comm">},
        {"pgrp", "pgrp()", "its process group", 0, 0, false,
         of_current<"signal.pids[2].numbers[0].nr">},
        {"sid", "sid()", "its session", 0, 0, false, of_current<"signal.pids[3].numbers[0].nr">},
        {"uid", "uid()", "the current task's user", 0, 0, false, builtin<"uid">},
        {"gid", "gid()", "its group", 0, 0, false, builtin<"gid">},
        {"euid", "euid()", "its effective user", 0, 0, false, of_current<"cred.euid.val">},
        {"egid", "egid()", "its effective group", 0, 0, false, of_current<"cred.egid.val">},
        {"task_current", "task_current()", "the current task's address", 0, 0, false,
         builtin<"curtask">},
        {"task_execname", "task_execname(task)", "its name", 1, 1, false, of_task<"comm">},
        {"task_pid", "task_pid(task)", "its process", 1, 1, false, of_task<"tgid">},
        {"task_tid", "task_tid(task)", "its thread", 1, 1, false, of_task<"pid">},
        {"task_parent", "task_parent(task)", "its parent's address", 1, 1, false,
         of_task<"real_parent">},
        {"task_uid", "task_uid(task)", "its user", 1, 1, false, of_task<"cred.uid.val">},
        {"task_euid", "task_euid(task)", "its effective user", 1, 1, false,
         of_task<"cred.euid.val">},
        {"task_gid", "task_gid(task)", "its group", 1, 1, false, of_task<"cred.gid.val">},
        {"task_egid", "task_egid(task)", "its effective group", 1, 1, false,
         of_task<"cred.egid.val">},
        {"task_state", "task_state(task)", "its state's number", 1, 1, false, of_task<"__state">},
        {"task_prio", "task_prio(task)", "its priority", 1, 1, false, of_task<"prio">},
        {"task_cpu", "task_cpu(task)", "the CPU that it is on", 1, 1, false,
         of_task<"thread_info.cpu">},
        {"target", "target()", "the process that -c started, or 0", 0, 0, false, target},
        {"cpuid", "cpuid()", "the CPU that runs this", 0, 0, false, builtin<"cpu">},
        {"cpu", "cpu()", "the CPU that runs this", 0, 0, false, builtin<"cpu">},
        {"ktime_get_ns", "ktime_get_ns()", "nanoseconds since boot", 0, 0, false, builtin<"nsecs">},
        {"gettimeofday_ns", "gettimeofday_ns()", "nanoseconds since 1970", 0, 0, false, clock<1>},
        {"gettimeofday_us", "gettimeofday_us()", "microseconds since 1970", 0, 0, false,
         clock<kMicro>},
        {"gettimeofday_ms", "gettimeofday_ms()", "milliseconds since 1970", 0, 0, false,
         clock<kMilli>},
        {"gettimeofday_s", "gettimeofday_s()", "seconds since 1970", 0, 0, false, clock<kSecond>},
        {"ctime", "ctime([seconds])", "a time since 1970 as text, of UTC", 0, 1, false, ctime},
        {"jiffies", "jiffies()", "the kernel's ticks; not in user space", 0, 0, false, jiffies},
        {"get_cycles", "get_cycles()", "not supported: ktime_get_ns() is the finest clock", 0, 0,
         false, no_cycles},
        {"errno_str", "errno_str(number)", "an error's name, as ENOENT", 1, 1, false, errno_str},
        {"errno_p", "errno_p(number)", "1 where the number is an error's", 1, 1, false, errno_p},
        {"returnstr", "returnstr(format)", "what a .return probe's function returned, as text", 1,
         1, false, returnstr},
        {"return_str", "return_str(format, number)", "the same of any number", 2, 2, false,
         return_str},
        {"randint", "randint(n)", "a random number from 0 to n - 1", 1, 1, false, randint},
        {"thread_timestamp", "thread_timestamp()", "microseconds since 1970", 0, 0, false,
         clock<kMicro>},
    };
}

}  // namespace knowhy::lang
