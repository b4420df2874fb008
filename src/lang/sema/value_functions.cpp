// Functions that give values: addresses and names, the network's forms, registers, clocks.
#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <bit>

#include "lang/sema/c_types.h"
#include "lang/sema/functions.h"
#include "lang/source/codes.h"

namespace knowhy::lang {
namespace {

using ir::Constant;
using ir::Helper;
using ir::Op;
using ir::Operand;
using ir::Place;
using Kind = Type::Kind;

Value ksym(Lowering& lowering, const Call& call, Span /*span*/) {
    const Value address = lowering.value(*call.arguments.front());
    if (!is_scalar_argument(lowering, address, call.arguments.front()->span))
        return Value::unknown();
    return Value::of(Type::of(Kind::KernelSymbol), address.scalar());
}

Value kaddr(Lowering& lowering, const Call& call, Span span) {
    const auto name = lowering.text(*call.arguments.front());
    if (!name) return Value::unknown();
    const auto address = lowering.script().kernel.address_of(*name);
    if (!address) {
        lowering.error(codes::kUnknownName, span, fmt::format("no kernel symbol '{}'", *name),
                       "/proc/kallsyms has their names");
        return Value::unknown();
    }
    return Value::integer(Constant{*address});
}

Value kstack(Lowering& lowering, const Call& call, Span span) {
    Type::Stack how{lowering.script().plan.config.stack_mode, Type::Stack{}.depth};
    for (const ExprPtr& argument : call.arguments) {
        const auto* mode = std::get_if<Name>(&argument->node);
        const struct {
            std::string_view name;
            Type::Stack::Mode mode;
        } modes[] = {{"bpftrace", Type::Stack::Mode::Bpftrace},
                     {"perf", Type::Stack::Mode::Perf},
                     {"raw", Type::Stack::Mode::Raw}};
        const auto* known =
            mode == nullptr ? std::end(modes)
                            : std::ranges::find(modes, mode->name,
                                                [](const auto& m) { return std::string(m.name); });
        if (known != std::end(modes)) {
            how.mode = known->mode;
        } else {
            const auto depth = lowering.constant(*argument);
            if (depth && (*depth < 1 || *depth > 127))
                lowering.error(codes::kWrongArguments, argument->span,
                               "a stack has 1 to 127 frames", "kstack alone gives all there are");
            how.depth = static_cast<uint32_t>(std::clamp<int64_t>(depth.value_or(127), 1, 127));
        }
    }
    return kernel_stack(lowering, how, span);
}

// ntop([family,] address): an IPv4 address as a number or 4 bytes, an IPv6 one as 16 bytes.
Value ntop(Lowering& lowering, const Call& call, Span span) {
    const Value address = lowering.value(*call.arguments.back());
    Emitter& emit = lowering.emitter();
    const Type type = Type::of(Kind::Inet);
    const Place to = emit.new_buffer("address", type.bytes);
    emit.fill(to, type.bytes);
    const bool number = is_scalar(address.type.kind);
    const uint32_t bytes = number ? 4 : address.type.bytes;
    if (!number && bytes != 4 && bytes != 16) {
        if (!address.unresolved)
            lowering.error(
                codes::kTypeMismatch, span, "an address has 4 or 16 bytes",
                "ntop(n) takes an IPv4 address as a number, ntop(array) either as bytes");
        return Value::unknown();
    }
    Operand family = Constant{static_cast<uint64_t>(bytes == 4 ? AF_INET : AF_INET6)};
    if (call.arguments.size() > 1) family = lowering.number(*call.arguments.front());
    emit.store(to, 4, family);
    if (number) {
        emit.store(further(to, 4), 4, address.scalar());
    } else {
        Type bytes_only = address.type;
        lowering.put(further(to, 4), bytes_only, address);
    }
    return Value::of(type, to);
}

Value macaddr(Lowering& lowering, const Call& call, Span span) {
    const Value address = lowering.value(*call.arguments.front());
    Emitter& emit = lowering.emitter();
    const Type type = Type::of(Kind::Mac);
    const Place to = emit.new_buffer("mac", 8);
    emit.fill(to, 8);
    if (const auto* memory = std::get_if<InMemory>(&address.where)) {
        lowering.read_bytes(to, 6, memory->address, address.type.user_space);
    } else if (std::holds_alternative<Place>(address.where)) {
        emit.copy(to, std::get<Place>(address.where), std::min(address.type.bytes, 6U));
    } else if (is_scalar_argument(lowering, address, span)) {
        lowering.read_bytes(to, 6, address.scalar(), false);
    }
    return Value::of(type, to);
}

// pton("10.0.0.1"): the address's bytes, in network order.
Value pton(Lowering& lowering, const Call& call, Span span) {
    const auto text = lowering.text(*call.arguments.front());
    if (!text) return Value::unknown();
    std::array<uint8_t, 16> bytes{};
    const bool v6 = text->find(':') != std::string::npos;
    if (inet_pton(v6 ? AF_INET6 : AF_INET, text->c_str(), bytes.data()) != 1) {
        lowering.error(codes::kWrongArguments, span, fmt::format("'{}' is no address", *text),
                       "as in pton(\"10.0.0.1\") and pton(\"fe80::1\")");
        return Value::unknown();
    }
    symbols::Types& types = lowering.script().types();
    const symbols::TypeId byte = number_type(types, "uint8", 1, false);
    const Type type = lowering.script_type(array_of(types, byte, v6 ? 16U : 4U));
    const Place to = lowering.emitter().new_buffer("address", type.bytes);
    lowering.emitter().store_text(to, {reinterpret_cast<const char*>(bytes.data()), type.bytes},
                                  type.bytes);
    return Value::of(type, to);
}

Value bswap(Lowering& lowering, const Call& call, Span span) {
    const Value number = lowering.value(*call.arguments.front());
    if (!is_scalar_argument(lowering, number, span)) return Value::unknown();
    if (number.type.bytes < 2) return number;
    const ir::Reg to = lowering.emitter().new_register();
    lowering.emitter().emit(
        ir::SwapBytes{to, number.scalar(), static_cast<uint8_t>(8 * number.type.bytes)});
    return Value::of(Type::integer(number.type.bytes, false), Operand{to});
}

// ntohs() and its kin by the width they are for.
template <uint32_t Bytes>
Value from_network(Lowering& lowering, const Call& call, Span span) {
    const Value number = lowering.value(*call.arguments.front());
    if (!is_scalar_argument(lowering, number, span)) return Value::unknown();
    const ir::Reg to = lowering.emitter().new_register();
    lowering.emitter().emit(ir::SwapBytes{to, number.scalar(), 8 * Bytes});
    return Value::of(Type::integer(Bytes, false), Operand{to});
}

Value reg(Lowering& lowering, const Call& call, Span span) {
    const auto name = lowering.text(*call.arguments.front());
    return name ? lowering.register_named(*name, span) : Value::unknown();
}

template <bool User>
Value address_space(Lowering& lowering, const Call& call, Span /*span*/) {
    Value value = lowering.value(*call.arguments.front());
    value.type.user_space = User;
    return value;
}

Value strftime_of(Lowering& lowering, const Call& call, Span /*span*/) {
    Type type = Type::of(Kind::Timestamp);
    type.format = lowering.text(*call.arguments.front()).value_or("");
    return Value::of(type, lowering.number(*call.arguments[1]));
}

Value nsecs(Lowering& lowering, const Call& call, Span span) {
    Helper helper = Helper::KtimeNs;
    if (!call.arguments.empty()) {
        const auto* mode = std::get_if<Name>(&call.arguments.front()->node);
        if (mode != nullptr && mode->name == "boot")
            helper = Helper::KtimeBootNs;
        else if (mode != nullptr && (mode->name == "tai" || mode->name == "sw_tai"))
            helper = Helper::KtimeTaiNs;
        else if (mode == nullptr || mode->name != "monotonic")
            lowering.error(codes::kWrongArguments, span, "no such clock", "monotonic, boot or tai");
    }
    return Value::integer(lowering.emitter().call(helper, {}));
}

// How many frames there are.
Value stack_length(Lowering& lowering, uint32_t depth, Span span) {
    if (lowering.site().in_user_space()) {
        lowering.error(codes::kNotHere, span, "there is no kernel stack here",
                       "len() of a stack is for probes in the kernel");
        return Value::unknown();
    }
    constexpr uint32_t kFrame = 8;
    Emitter& emit = lowering.emitter();
    const Place frames = emit.new_buffer("frames", kFrame * depth);
    const ir::Reg bytes = emit.in_register(emit.call(
        Helper::GetStack,
        {ir::ContextArgument{}, frames, Operand{Constant{kFrame * depth}}, Operand{Constant{0}}}));
    const ir::BlockId failed = emit.new_block();
    const ir::BlockId after = emit.new_block();
    emit.branch(ir::Compare::SignedLess, bytes, Constant{0}, failed, after);
    emit.go_on_in(failed);
    emit.assign(bytes, Constant{0});
    emit.jump_into(after);
    return Value::integer(emit.compute(Op::Div, bytes, Constant{kFrame}));
}

// Of kstack and kstack(3): how deep they go.
std::optional<uint32_t> stack_depth(Lowering& lowering, const Expr& expr) {
    if (const auto* name = std::get_if<Name>(&expr.node))
        return name->name == "kstack" ? std::optional(Type::Stack{}.depth) : std::nullopt;
    const auto* call = std::get_if<Call>(&expr.node);
    if (call == nullptr || call->function != "kstack") return std::nullopt;
    return kstack(lowering, *call, expr.span).type.stack.depth;
}

// How many elements a map has, or how many frames a stack.
Value len(Lowering& lowering, const Call& call, Span span) {
    if (const auto depth = stack_depth(lowering, *call.arguments.front()))
        return stack_length(lowering, *depth, span);
    const auto* access = std::get_if<MapAccess>(&call.arguments.front()->node);
    if (access == nullptr || access->has_keys) {
        lowering.error(codes::kTypeMismatch, span, "a whole map is wanted here",
                       "len(@x) counts a map's elements");
        return Value::unknown();
    }
    const MapFacts& facts = facts_of(lowering.script(), access->name, span);
    if (!facts.value) {
        never_assigned(lowering.script(), access->name, span);
        return Value::unknown();
    }
    if (facts.value->kind == Kind::Histogram || facts.value->kind == Kind::LinearHistogram) {
        lowering.error(codes::kCannot, span, "the elements of a histogram's map cannot be counted",
                       "count them in a map of their own: @n[key] = count()");
        return Value::unknown();
    }
    Emitter& emit = lowering.emitter();
    const Place count = emit.new_buffer("count", 8);
    emit.store(count, 8, Constant{0});
    const auto body = emit.begin_function("len", {ir::Type::Address, ir::Type::Address});
    emit.store(count, 8, emit.compute(Op::Add, emit.load(count, 8), Constant{1}));
    emit.give_back(Constant{0});
    emit.end_function();
    emit.emit(ir::ForEach{{map_id(lowering.script(), access->name)}, body.function});
    return Value::integer(emit.load(count, 8));
}

Value cgroup_id(Lowering& lowering, const Call& call, Span span) {
    const auto path = lowering.text(*call.arguments.front());
    if (!path) return Value::unknown();
    const auto id = lowering.script().kernel.cgroup_id(*path);
    if (!id) {
        lowering.error(codes::kUnknownName, span, fmt::format("no cgroup at {}", *path),
                       "name its directory, such as /sys/fs/cgroup/system.slice");
        return Value::unknown();
    }
    return Value::integer(Constant{*id});
}

}  // namespace

std::vector<FunctionInfo> value_functions() {
    return {
        {"ksym", "ksym(address)", "the kernel symbol there", 1, 1, false, ksym},
        {"kaddr", "kaddr(\"symbol\")", "the address of a kernel symbol", 1, 1, false, kaddr},
        {"kstack", "kstack([mode,] [depth])", "the kernel's stack", 0, 2, false, kstack},
        {"ntop", "ntop([family,] address)", "an IP address", 1, 2, false, ntop},
        {"pton", "pton(\"address\")", "the bytes of an IP address", 1, 1, false, pton},
        {"macaddr", "macaddr(bytes)", "a MAC address", 1, 1, false, macaddr},
        {"bswap", "bswap(n)", "n with its bytes in reverse order", 1, 1, false, bswap},
        {"ntohs", "ntohs(n)", "16 bits from network order", 1, 1, false, from_network<2>},
        {"ntohl", "ntohl(n)", "32 bits from network order", 1, 1, false, from_network<4>},
        {"htons", "htons(n)", "16 bits to network order", 1, 1, false, from_network<2>},
        {"htonl", "htonl(n)", "32 bits to network order", 1, 1, false, from_network<4>},
        {"reg", "reg(\"name\")", "a register", 1, 1, false, reg},
        {"kptr", "kptr(pointer)", "a pointer to kernel memory", 1, 1, false, address_space<false>},
        {"uptr", "uptr(pointer)", "a pointer to the task's memory", 1, 1, false,
         address_space<true>},
        {"strftime", "strftime(format, nsecs)", "a time, to be printed", 2, 2, false, strftime_of},
        {"nsecs", "nsecs([monotonic|boot|tai])", "a clock, in nanoseconds", 0, 1, false, nsecs},
        {"len", "len(@map)", "how many elements a map has", 1, 1, false, len},
        {"cgroupid", "cgroupid(\"path\")", "the id of a cgroup", 1, 1, false, cgroup_id},
    };
}

}  // namespace knowhy::lang
