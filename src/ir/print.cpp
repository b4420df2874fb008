#include "ir/print.h"

#include <fmt/format.h>

#include <array>

#include "ir/overloaded.h"

namespace knowhy::ir {
namespace {

std::string use(const Operand& operand) {
    return std::visit(
        Overloaded{[](Reg reg) { return fmt::format("%{}", reg.index); },
                   [](Constant constant) { return fmt::format("{:#x}", constant.value); }},
        operand);
}

std::string define(const Function& function, Reg reg) {
    return fmt::format("%{}:{}", reg.index, to_text(function.type_of(reg)));
}

std::string name(BlockId id) {
    return fmt::format("b{}", id.index);
}

std::string name(FunctionId id) {
    return fmt::format("f{}", id.index);
}

std::string name(MapId id) {
    return fmt::format("@{}", id.index);
}

std::string use(const Place& place) {
    if (const auto* buffer = std::get_if<BufferId>(&place.base))
        return fmt::format("${}[{}]", buffer->index, use(place.offset));
    return fmt::format("[%{} + {}]", std::get<Reg>(place.base).index, use(place.offset));
}

std::string use(const Argument& argument) {
    return std::visit(
        Overloaded{[](const Operand& operand) { return use(operand); },
                   [](const Place& place) { return use(place); },
                   [](MapId map) { return name(map); },
                   [](ContextArgument) { return std::string("context"); },
                   [](ContextField field) { return fmt::format("context[{:#x}]", field.offset); }},
        argument);
}

template <typename Any>
std::string list(const std::vector<Any>& all) {
    std::string text;
    for (const Any& any : all) text += (text.empty() ? "" : ", ") + use(any);
    return text;
}

std::string define(const Function& function, const std::optional<Reg>& reg) {
    return reg ? define(function, *reg) + " = " : "";
}

std::string line(const Function& function, const Instruction& instruction) {
    return std::visit(
        Overloaded{
            [&](const Move& move) {
                return fmt::format("{} = {}", define(function, move.to), use(move.from));
            },
            [&](const Compute& compute) {
                return fmt::format("{} = {} {} {}", define(function, compute.to), use(compute.left),
                                   to_text(compute.op), use(compute.right));
            },
            [&](const PacketLength& length) {
                return fmt::format("{} = packet length", define(function, length.to));
            },
            [&](const SignExtend& it) {
                return fmt::format("{} = s{} {}", define(function, it.to), it.bits, use(it.from));
            },
            [&](const SwapBytes& it) {
                return fmt::format("{} = swap{} {}", define(function, it.to), it.bits,
                                   use(it.from));
            },
            [&](const LoadContext& load) {
                return fmt::format("{} = context u{} at {:#x}", define(function, load.to),
                                   load.width * 8, load.offset);
            },
            [&](const ContextAddress& it) {
                return fmt::format("{} = address of context", define(function, it.to));
            },
            [&](const Load& load) {
                return fmt::format("{} = u{} {}", define(function, load.to), load.width * 8,
                                   use(load.from));
            },
            [](const Store& store) {
                return fmt::format("u{} {} = {}", store.width * 8, use(store.to), use(store.value));
            },
            [](const Copy& copy) {
                return fmt::format("{} = {} bytes of {}", use(copy.to), copy.bytes, use(copy.from));
            },
            [](const Fill& fill) {
                return fmt::format("{} = {} bytes {:#x}", use(fill.to), fill.bytes, fill.with);
            },
            [](const AtomicAdd& add) {
                return fmt::format("atomic u{} {} += {}", add.width * 8, use(add.to),
                                   use(add.amount));
            },
            [&](const CallHelper& call) {
                return fmt::format("{}{}({})", define(function, call.to), info_of(call.helper).name,
                                   list(call.arguments));
            },
            [&](const CallFunction& call) {
                return fmt::format("{}{}({})", define(function, call.to), name(call.function),
                                   list(call.arguments));
            },
            [&](const Loop& loop) {
                return fmt::format("{}loop {} of {}", define(function, loop.done), use(loop.times),
                                   name(loop.body));
            },
            [](const ForEach& each) {
                return fmt::format("each of {}{}: {}", name(each.map),
                                   each.order ? fmt::format(" in order {}", *each.order) : "",
                                   name(each.body));
            },
            [](const At& at) { return fmt::format("at {}", at.source); }},
        instruction);
}

std::string address(const LoadPacket& load) {
    if (load.base == Operand(Constant{0})) return fmt::format("{}", load.displacement);
    return fmt::format("{} + {}", use(load.base), load.displacement);
}

std::string line(const Function& function, const Terminator& terminator) {
    return std::visit(
        Overloaded{[](const Jump& jump) { return fmt::format("goto {}", name(jump.to)); },
                   [](const Branch& branch) {
                       return fmt::format("if %{} {} {} then {} else {}", branch.left.index,
                                          to_text(branch.compare), use(branch.right),
                                          name(branch.yes), name(branch.no));
                   },
                   [&](const LoadPacket& load) {
                       return fmt::format(
                           "{} = packet u{} at {}; then {}, past end {}, past copy {}",
                           define(function, load.to), load.width * 8, address(load),
                           name(load.loaded), name(load.past_end), name(load.past_copy));
                   },
                   [&](const Lookup& lookup) {
                       return fmt::format(
                           "{} = {}[{}]{}; then {}, missing {}", define(function, lookup.value),
                           name(lookup.map), use(lookup.key),
                           lookup.cpu ? fmt::format(" of cpu {}", use(*lookup.cpu)) : "",
                           name(lookup.found), name(lookup.missing));
                   },
                   [](const Return& leave) { return fmt::format("return {}", use(leave.value)); }},
        terminator);
}

}  // namespace

std::string_view to_text(Type type) {
    static constexpr std::array<std::string_view, 3> kNames = {"u32", "u64", "address"};
    return kNames.at(static_cast<size_t>(type));
}

std::string_view to_text(Op op) {
    static constexpr std::array<std::string_view, 13> kNames = {
        "+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>", "s>>", "s/", "s%"};
    return kNames.at(static_cast<size_t>(op));
}

std::string_view to_text(Compare compare) {
    static constexpr std::array<std::string_view, 11> kNames = {
        "==", "!=", "<", "<=", ">", ">=", "&", "s<", "s<=", "s>", "s>="};
    return kNames.at(static_cast<size_t>(compare));
}

std::string_view to_text(Map::Kind kind) {
    static constexpr std::array<std::string_view, 9> kNames = {
        "hash",          "lru hash",    "per-cpu hash", "per-cpu lru hash", "array",
        "per-cpu array", "ring buffer", "stack trace",  "perf event array"};
    return kNames.at(static_cast<size_t>(kind));
}

std::string to_text(const Function& function) {
    std::string parameters;
    for (const Reg reg : function.parameters)
        parameters += (parameters.empty() ? "takes " : ", ") + define(function, reg);
    std::string text = fmt::format("{}{}returns {}\n", parameters, parameters.empty() ? "" : " ",
                                   to_text(function.result));
    for (size_t i = 0; i < function.blocks.size(); ++i) {
        text += fmt::format("b{}:\n", i);
        for (const Instruction& instruction : function.blocks[i].body)
            text += fmt::format("    {}\n", line(function, instruction));
        text += fmt::format("    {}\n", line(function, function.blocks[i].end));
    }
    return text;
}

std::string to_text(const Program& program) {
    std::string text;
    for (size_t i = 0; i < program.maps.size(); ++i) {
        const Map& map = program.maps[i];
        text += fmt::format("@{} {}: {}, key {}, value {}, entries {}\n", i, map.name,
                            to_text(map.kind), map.key_bytes, map.value_bytes, map.max_entries);
    }
    for (size_t i = 0; i < program.buffers.size(); ++i)
        text +=
            fmt::format("${} {}: {} bytes\n", i, program.buffers[i].name, program.buffers[i].bytes);
    for (size_t i = 0; i < program.functions.size(); ++i)
        text +=
            fmt::format("f{} {} {}", i, program.functions[i].name, to_text(program.functions[i]));
    return text;
}

}  // namespace knowhy::ir
