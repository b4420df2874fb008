#include "oops/pointer/values.h"

#include <algorithm>
#include <bit>

namespace knowhy::oops {
namespace {

using symbols::Instruction;
using symbols::Register;
using Kind = Equation::Kind;

constexpr unsigned kDeepest = 40;
constexpr size_t kMostValues = 200;
constexpr size_t kMostExpanded = 500;

// x with factor * x = sum, of all that there are the one nearest to 0; nullopt: there is none.
std::optional<uint64_t> divided(uint64_t sum, uint64_t factor) {
    if (factor == 0) return std::nullopt;
    if (factor == 1) return sum;
    const auto dividend = static_cast<int64_t>(sum);
    const auto divisor = static_cast<int64_t>(factor);
    if (divisor == -1) return 0 - sum;
    if (dividend % divisor != 0) return std::nullopt;
    return static_cast<uint64_t>(dividend / divisor);
}

}  // namespace

Values::Values(const Way& way, const Registers& registers, symbols::Arch arch,
               const TextOf& text_of)
    : way_(way), registers_(registers), arch_(arch), text_of_(text_of) {}

size_t Values::at_fault(Register reg) {
    return value_at(reg, 0, 0);
}

size_t Values::value_at(Register reg, size_t at, unsigned depth) {
    const auto step = way_.definition(reg, at, arch_);
    const std::pair key{reg, step.value_or(way_.steps.size())};
    const auto known = known_.find(key);
    if (known != known_.end()) {
        Value& value = values_[known->second];
        value.until = std::min(value.until, at);
        return known->second;
    }
    const size_t index = values_.size();
    known_.emplace(key, index);
    Value value;
    value.reg = reg;
    value.until = at;
    value.step = step;
    // Nothing between there and the fault has changed it: what is printed is this value.
    const auto since = way_.definition(reg, 0, arch_);
    if (since == step) value.number = registers_[reg];
    value.printed = value.number.has_value();
    values_.push_back(std::move(value));
    look_behind(index, depth + 1);
    return index;
}

// A shift to the right behind one to the left takes bits of a register: the value that was shifted.
std::optional<size_t> Values::widened_from(const Value& shifted) const {
    const Value& input = values_[shifted.inputs[0]];
    const bool shifts = input.origin == Value::Origin::Equation &&
                        input.equation.kind == Kind::Sum && input.equation.parts.size() == 1 &&
                        input.equation.constant == 0 && input.equation.bits == 64;
    if (!shifts) return std::nullopt;
    const uint64_t factor = input.equation.parts[0].factor;
    const bool by_power =
        std::has_single_bit(factor) && std::countr_zero(factor) >= shifted.equation.amount;
    return by_power ? std::optional(input.inputs[0]) : std::nullopt;
}

size_t Values::loaded_by(size_t step, unsigned depth) {
    const auto [known, is_new] = known_.try_emplace({kLoaded, step}, values_.size());
    if (!is_new) return known->second;
    const size_t index = values_.size();
    Value value;
    value.reg = kLoaded;
    value.until = step;
    value.step = step;
    values_.push_back(std::move(value));
    look_at_load(index, depth);
    return index;
}

void Values::look_at_load(size_t index, unsigned depth) {
    const size_t step = *values_[index].step;
    values_[index].origin = Value::Origin::Load;
    const auto& memory = way_.steps[step]->memory;
    if (memory.empty() || !memory.front().segment.empty()) return;
    const bool wanted = wants_more_;
    const auto input = [&](const std::optional<Register>& from) {
        return from ? std::optional(value_at(*from, step, depth)) : std::nullopt;
    };
    const auto base = input(memory.front().base);
    const auto by = input(memory.front().index);
    values_[index].base = base;
    values_[index].index = by;
    wants_more_ = wanted;  // where the address came from is not worth another look
}

void Values::look_behind(size_t index, unsigned depth) {
    using Origin = Value::Origin;
    const auto set = [&](Origin origin) -> void { values_[index].origin = origin; };
    const auto step = values_[index].step;
    const Register reg = values_[index].reg;
    if (!step) {
        set(way_.from_entry ? Origin::Entry : Origin::Unknown);
        if (!way_.whole) wants_more_ = true;
        return;
    }
    const Instruction& instruction = *way_.steps[*step];
    if (instruction.kind == Instruction::Kind::Call) {
        const auto* convention = symbols::kernel_convention(arch_);
        const bool result = convention != nullptr && !convention->results.empty() &&
                            convention->results.front() == reg;
        set(result ? Origin::CallResult : Origin::Computed);
        return;
    }
    Equation equation = equation_of(instruction, reg, arch_, "");
    if (equation.kind == Kind::Opaque) {
        equation = equation_of(instruction, reg, arch_, text_of_(instruction));
    }
    if (equation.kind == Kind::Opaque || depth > kDeepest || values_.size() > kMostValues) {
        set(Origin::Computed);
        return;
    }
    if (equation.kind == Kind::Load) {
        values_[index].equation = equation;
        return look_at_load(index, depth);
    }
    const bool moved = may_be_moved(instruction, equation, text_of_(instruction));
    if (moved && !equation.is_constant()) return set(Origin::Computed);
    set(equation.is_constant() ? Origin::Constant : Origin::Equation);
    if (equation.is_constant() && !values_[index].number && !moved) {
        values_[index].number = equation.cut(equation.constant);
    }
    values_[index].equation = equation;
    for (const Equation::Part& part : equation.parts) {
        const size_t input =
            part.reg == kLoaded ? loaded_by(*step, depth) : value_at(part.reg, *step, depth);
        values_[index].inputs.push_back(input);
    }
    if (equation.kind != Kind::ShiftRight) return;
    const auto source = widened_from(values_[index]);
    if (!source) return;
    // (x << m) >> n is the low 64 - m bits of x, times 2^(m - n).
    const Value& left = values_[values_[index].inputs[0]];
    const auto up = static_cast<uint8_t>(std::countr_zero(left.equation.parts[0].factor));
    const uint8_t by = up - equation.amount;
    Equation field;
    field.kind = Kind::Sum;
    field.parts = {{values_[*source].reg, uint64_t{1} << by, static_cast<uint8_t>(64 - up), false}};
    values_[index].equation = field;
    values_[index].inputs = {*source};
}

bool Values::settle(size_t index, std::optional<uint64_t> number, bool& changed) {
    if (!number) return true;
    Value& value = values_[index];
    if (value.number) return *value.number == *number;
    value.number = number;
    changed = true;
    return true;
}

bool Values::solve_sum(size_t index, bool& changed) {
    const Equation& equation = values_[index].equation;
    uint64_t sum = equation.constant;
    std::map<size_t, uint64_t> unknown;  // a value may be in it twice: x + 2 * x
    std::optional<size_t> narrow;
    for (size_t i = 0; i < equation.parts.size(); ++i) {
        const Equation::Part& part = equation.parts[i];
        const size_t input = values_[index].inputs[i];
        if (values_[input].number) {
            sum += extended(*values_[input].number, part.bits, part.sign) * part.factor;
            continue;
        }
        unknown[input] += part.factor;
        if (part.bits < 64) narrow = input;
    }
    if (unknown.empty()) return settle(index, equation.cut(sum), changed);
    const auto& result = values_[index].number;
    if (unknown.size() != 1 || !result) return true;
    const auto [input, factor] = *unknown.begin();
    // Of a narrow result only its low bits are known to be the sum's.
    const uint64_t rest = extended(*result - sum, equation.bits, equation.sign);
    const auto number = divided(rest, factor);
    // A multiplier of what is not known has to divide it, where nothing was cut off.
    if (!number) return equation.bits < 64 || narrow || *result > INT64_MAX;
    return settle(input, number, changed);
}

bool Values::solve_product(size_t index, bool& changed) {
    const Equation& equation = values_[index].equation;
    const auto& inputs = values_[index].inputs;
    uint64_t added = equation.constant;
    for (size_t i = 2; i < inputs.size(); ++i) {
        if (!values_[inputs[i]].number) return true;
        added += *values_[inputs[i]].number * equation.parts[i].factor;
    }
    const auto number_of = [&](size_t part) -> std::optional<uint64_t> {
        const auto& number = values_[inputs[part]].number;
        if (!number) return std::nullopt;
        return extended(*number, equation.parts[part].bits, equation.parts[part].sign);
    };
    const auto one = number_of(0);
    const auto other = number_of(1);
    if (one && other) return settle(index, equation.cut(*one * *other + added), changed);
    const auto& result = values_[index].number;
    if (!result || (!one && !other) || inputs[0] == inputs[1]) return true;
    const uint64_t factor = one ? *one : *other;
    if (factor == 0) return true;
    const auto number = divided(extended(*result - added, equation.bits, equation.sign), factor);
    if (!number) return equation.bits < 64 || *result > INT64_MAX;
    return settle(inputs[one ? 1 : 0], number, changed);
}

// Of a value that is known, over what it comes to in the end: x + 2 * x tells x, though the steps
// between are lost.
bool Values::solve_whole(size_t index, bool& changed) {
    if (!values_[index].number) return true;
    Formula formula;
    expanded_ = 0;
    expand(index, 1, false, formula);
    uint64_t rest = *values_[index].number - formula.constant;
    const Formula::Term* unknown = nullptr;
    for (const Formula::Term& term : formula.terms) {
        if (term.value == index || term.factor == 0) return true;
        if (values_[term.value].number) {
            rest -= *values_[term.value].number * term.factor;
        } else if (unknown != nullptr) {
            return true;
        } else {
            unknown = &term;
        }
    }
    if (unknown == nullptr) return rest == 0;
    const auto number = divided(rest, unknown->factor);
    return number ? settle(unknown->value, number, changed) : static_cast<int64_t>(rest) < 0;
}

bool Values::solve() {
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t index = 0; index < values_.size(); ++index) {
            if (values_[index].origin != Value::Origin::Equation) continue;
            const Kind kind = values_[index].equation.kind;
            if (kind == Kind::Sum && !solve_sum(index, changed)) return false;
            if (kind == Kind::Product && !solve_product(index, changed)) return false;
        }
        for (size_t index = 0; !changed && index < values_.size(); ++index) {
            if (values_[index].origin != Value::Origin::Equation) continue;
            if (!solve_whole(index, changed)) return false;
        }
    }
    return true;
}

// Whether the value is its equation without anything being cut off: then it is a sum of its parts.
bool Values::is_exact(const Value& value) const {
    const Equation& equation = value.equation;
    const bool wide =
        equation.bits == 64 && std::ranges::all_of(equation.parts, [](const Equation::Part& part) {
            return part.bits == 64;
        });
    if (wide) return true;
    if (!value.number) return false;
    uint64_t sum = equation.constant;
    for (size_t i = 0; i < equation.parts.size(); ++i) {
        if (!values_[value.inputs[i]].number) return false;
    }
    const size_t factors = equation.kind == Kind::Product ? 2 : 0;
    if (factors == 2) sum += *values_[value.inputs[0]].number * *values_[value.inputs[1]].number;
    for (size_t i = factors; i < equation.parts.size(); ++i) {
        sum += *values_[value.inputs[i]].number * equation.parts[i].factor;
    }
    return sum == *value.number;
}

// Which of the two is a constant of the code: a compiler shifts by powers of two.
std::optional<size_t> Values::stride_of(const Value& product) const {
    // What is seen to be worked out, loaded or passed in is none.
    const auto is_stride = [&](size_t part) {
        const Value& value = values_[product.inputs[part]];
        const bool in_view =
            value.origin != Value::Origin::Unknown && value.origin != Value::Origin::Constant;
        return !in_view && value.number && *value.number > 2 && *value.number < INT32_MAX &&
               !std::has_single_bit(*value.number);
    };
    const auto is_constant = [&](size_t part) {
        return values_[product.inputs[part]].origin == Value::Origin::Constant;
    };
    for (const size_t part : {0, 1}) {
        if (is_constant(part) && values_[product.inputs[part]].number) return part;
    }
    if (is_stride(0) == is_stride(1)) return std::nullopt;
    return is_stride(0) ? 0 : 1;
}

void Values::expand(size_t index, uint64_t factor, bool multiplied, Formula& formula) {
    const Value& value = values_[index];
    const bool too_much = ++expanded_ > kMostExpanded;
    const auto leave = [&] {
        for (Formula::Term& term : formula.terms) {
            if (term.value == index) {
                term.factor += factor;
                return;
            }
        }
        formula.terms.push_back({index, factor, multiplied});
    };
    using Origin = Value::Origin;
    if (value.origin == Origin::Constant && value.number) {
        formula.constant += *value.number * factor;
        return;
    }
    if (value.origin != Origin::Equation || too_much) return leave();
    const Equation& equation = value.equation;
    if (equation.kind == Kind::Product) {
        const auto stride = stride_of(value);
        if (!stride || (equation.bits < 64 && !is_exact(value))) return leave();
        take_part(value, 1 - *stride, factor * *values_[value.inputs[*stride]].number, true,
                  formula);
        for (size_t i = 2; i < value.inputs.size(); ++i) {
            take_part(value, i, factor, false, formula);
        }
        formula.constant += equation.constant * factor;
        return;
    }
    const bool cut = equation.bits < 64 && !is_exact(value);
    if (cut) multiplied = true;
    if (equation.kind != Kind::Sum || cut) return leave();
    for (size_t i = 0; i < equation.parts.size(); ++i) {
        // A compiler multiplies by what is no power of two.
        const uint64_t by = equation.parts[i].factor;
        const bool alone = equation.parts.size() == 1;
        const bool by_one = alone && !std::has_single_bit(by);
        const bool kept = alone && by == 1 && multiplied;
        take_part(value, i, factor * by, by_one || kept || equation.bits < 64, formula);
    }
    formula.constant += equation.constant * factor;
}

// A part that is widened first is one value, whatever it was made of: an index.
void Values::take_part(const Value& value, size_t part, uint64_t factor, bool multiplied,
                       Formula& formula) {
    const Equation::Part& how = value.equation.parts[part];
    const size_t input = value.inputs[part];
    const auto& number = values_[input].number;
    const bool same = number && extended(*number, how.bits, how.sign) == *number;
    if (how.bits == 64 || same) {
        return expand(input, factor, multiplied || how.bits < 64, formula);
    }
    formula.terms.push_back({input, factor, true});
}

Formula Values::formula_of(const Value& load) {
    Formula formula;
    expanded_ = 0;
    const auto& operand = way_.steps[*load.step]->memory.front();
    formula.constant = static_cast<uint64_t>(operand.displacement);
    if (load.base) expand(*load.base, 1, false, formula);
    if (load.index) expand(*load.index, operand.scale, operand.index_bits < 64, formula);
    return formula;
}

Formula Values::formula_of(const symbols::MemoryOperand& operand) {
    Formula formula;
    expanded_ = 0;
    formula.constant = static_cast<uint64_t>(operand.displacement);
    if (operand.base) expand(at_fault(*operand.base), 1, false, formula);
    if (operand.index)
        expand(at_fault(*operand.index), operand.scale, operand.index_bits < 64, formula);
    std::erase_if(formula.terms, [](const Formula::Term& term) { return term.factor == 0; });
    return formula;
}

}  // namespace knowhy::oops
