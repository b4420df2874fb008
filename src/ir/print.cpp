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

std::string define(const Program& program, Reg reg) {
    return fmt::format("%{}:{}", reg.index, to_text(program.type_of(reg)));
}

std::string name(BlockId id) {
    return fmt::format("b{}", id.index);
}

std::string line(const Program& program, const Instruction& instruction) {
    return std::visit(
        Overloaded{[&](const Move& move) {
                       return fmt::format("{} = {}", define(program, move.to), use(move.from));
                   },
                   [&](const Compute& compute) {
                       return fmt::format("{} = {} {} {}", define(program, compute.to),
                                          use(compute.left), to_text(compute.op),
                                          use(compute.right));
                   },
                   [&](const PacketLength& length) {
                       return fmt::format("{} = packet length", define(program, length.to));
                   }},
        instruction);
}

std::string address(const LoadPacket& load) {
    if (load.base == Operand(Constant{0})) return fmt::format("{}", load.displacement);
    return fmt::format("{} + {}", use(load.base), load.displacement);
}

std::string line(const Program& program, const Terminator& terminator) {
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
                           define(program, load.to), load.width * 8, address(load),
                           name(load.loaded), name(load.past_end), name(load.past_copy));
                   },
                   [](const Return& leave) { return fmt::format("return {}", use(leave.value)); }},
        terminator);
}

}  // namespace

std::string_view to_text(Type type) {
    return type == Type::U32 ? "u32" : "u64";
}

std::string_view to_text(Op op) {
    static constexpr std::array<std::string_view, 10> kNames = {"+", "-", "*", "/",  "%",
                                                                "&", "|", "^", "<<", ">>"};
    return kNames.at(static_cast<size_t>(op));
}

std::string_view to_text(Compare compare) {
    static constexpr std::array<std::string_view, 7> kNames = {
        "==", "!=", "<", "<=", ">", ">=", "&"};
    return kNames.at(static_cast<size_t>(compare));
}

std::string to_text(const Program& program) {
    std::string text = fmt::format("returns {}\n", to_text(program.result));
    for (size_t i = 0; i < program.blocks.size(); ++i) {
        text += fmt::format("b{}:\n", i);
        for (const Instruction& instruction : program.blocks[i].body)
            text += fmt::format("    {}\n", line(program, instruction));
        text += fmt::format("    {}\n", line(program, program.blocks[i].end));
    }
    return text;
}

}  // namespace knowhy::ir
