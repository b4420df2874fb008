#include "oops/pointer/origins.h"

#include <fmt/format.h>

#include <algorithm>

namespace knowhy::oops {
namespace {

using Origin = Value::Origin;

// Which argument of the function it was; "" where none is passed there.
std::string argument_text(symbols::Register reg, symbols::Arch arch) {
    const auto* convention = symbols::kernel_convention(arch);
    if (convention == nullptr) return "";
    const auto found = std::ranges::find(convention->arguments, reg);
    if (found == convention->arguments.end()) return "";
    return fmt::format("argument {}", found - convention->arguments.begin() + 1);
}

std::string callee_text(const Values& values, const Value& value, Names* names) {
    const auto& call = *values.way().steps[*value.step];
    const std::string name = names != nullptr && call.target ? names->symbol_at(*call.target) : "";
    return name.empty() ? "the call" : name + "()";
}

std::string source_text(const Values& values, const Value& value, symbols::Arch arch,
                        Names* names) {
    switch (value.origin) {
        case Origin::Load:
            return fmt::format("[{}]",
                               operand_text(values.way().steps[*value.step]->memory.front(), arch));
        case Origin::CallResult:
            return "what " + callee_text(values, value, names) + " returned";
        case Origin::Entry: {
            const std::string argument = argument_text(value.reg, arch);
            return argument.empty() ? "its value at the function's entry" : argument;
        }
        case Origin::Constant:
            return "a constant";
        case Origin::Equation:  // only widened
            return value.inputs.size() == 1 && value.equation.parts[0].factor == 1 &&
                           value.equation.constant == 0
                       ? source_text(values, values.all()[value.inputs[0]], arch, names)
                       : "";
        default:
            return "";
    }
}

}  // namespace

std::string operand_text(const symbols::MemoryOperand& operand, symbols::Arch arch) {
    std::string text;
    if (!operand.segment.empty()) text = fmt::format("{}:", operand.segment);
    if (operand.base) text += symbols::register_name(arch, *operand.base);
    if (operand.index) {
        const std::string index = symbols::register_name(arch, *operand.index);
        text += operand.base ? "+" + index : index;
        if (operand.scale != 1) text += fmt::format("*{}", operand.scale);
    }
    if (!operand.base && !operand.index) {
        return text + fmt::format("{:#x}", static_cast<uint64_t>(operand.displacement));
    }
    return operand.displacement == 0 ? text : text + fmt::format("{:+d}", operand.displacement);
}

std::string origin_text(const Values& values, size_t index, symbols::Arch arch) {
    const Value& value = values.all()[index];
    std::string source = source_text(values, value, arch, nullptr);
    return source.empty() ? symbols::register_name(arch, value.reg) : source;
}

std::string origin_step(const Values& values, size_t index, symbols::Arch arch,
                        std::string_view role, std::optional<uint64_t> number, Names* names) {
    const Value& value = values.all()[index];
    const std::string source = source_text(values, value, arch, names);
    if (value.reg == kLoaded) {
        return fmt::format("{}: {}{}", role, source, number ? fmt::format(": {:#x}", *number) : "");
    }
    const std::string reg = symbols::register_name(arch, value.reg);
    const std::string is = number ? fmt::format(": {:#x}", *number) : "";
    const std::string how = number && !value.printed ? ", worked out from the others" : "";
    if (source.empty()) {
        const bool before = value.origin == Origin::Unknown;
        return fmt::format("{}: {}{}{}{}", role, reg, is, how,
                           before ? "; where it came from is not in view" : "");
    }
    return fmt::format("{}: {} = {}{}{}", role, reg, source, is, how);
}

}  // namespace knowhy::oops
