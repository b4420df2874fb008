#include "oops/pointer/names.h"

#include <fmt/format.h>

#include <algorithm>

#include "symbols/locate/value.h"

namespace knowhy::oops {
namespace {

using symbols::Location;
using symbols::Variable;

constexpr unsigned kDeepest = 4;  // a->b->c->d
constexpr size_t kMostPlaces = 64;

}  // namespace

const std::vector<Variable>& Names::variables_at(uint64_t address) {
    const auto known = variables_.find(address);
    if (known != variables_.end()) return known->second;
    if (variables_.size() == kMostPlaces) variables_.clear();
    auto found = image_.info.variables(address);
    return variables_[address] = found ? std::move(*found) : std::vector<Variable>{};
}

std::vector<Named> Names::variables_in(symbols::Register reg, uint64_t address) {
    std::vector<Named> found;
    std::vector<Named> temporaries;
    for (const Variable& variable : variables_at(address)) {
        const Location location = value_at(image_, variable, address).location;
        const bool plain = location.kind == Location::Kind::InRegister;
        const bool moved = location.kind == Location::Kind::Value && location.simple;
        if ((!plain && !moved) || location.base != reg) continue;
        const int64_t above = moved ? -location.offset : 0;
        (variable.artificial ? temporaries : found)
            .push_back({variable.name, variable.type, above, variable.artificial});
    }
    std::ranges::move(temporaries, std::back_inserter(found));
    return found;
}

std::vector<Named> Names::containers_of(const Values& values, size_t index) {
    std::vector<Named> found;
    for (const Value& other : values.all()) {
        const Equation& equation = other.equation;
        const bool beside = equation.kind == Equation::Kind::Sum && equation.constant != 0 &&
                            other.inputs.size() == 1 && other.inputs[0] == index &&
                            equation.parts[0].factor == 1 && other.until == 0;
        if (!beside) continue;
        for (Named& named : variables_in(other.reg, fault_)) {
            if (named.above != 0 || !types().pointee(named.type)) continue;
            named.above = -static_cast<int64_t>(equation.constant);
            found.push_back(std::move(named));
        }
    }
    return found;
}

std::vector<Named> Names::of(Values& values, size_t index, unsigned depth) {
    const Value value = values.all()[index];
    std::vector<Named> found;
    if (depth == 0) found = containers_of(values, index);
    if (value.reg != kLoaded) {
        const uint64_t address =
            value.until == 0 ? fault_ : values.way().steps[value.until]->address;
        auto own = variables_in(value.reg, address);
        // Of a value that was gone by then, where it was new.
        if (own.empty() && value.step && *value.step > 0 && *value.step - 1 != value.until) {
            own = variables_in(value.reg, values.way().steps[*value.step - 1]->address);
        }
        std::ranges::move(own, std::back_inserter(found));
    }
    std::ranges::move(source_of(values, value, depth), std::back_inserter(found));
    return found;
}

std::vector<Named> Names::source_of(Values& values, const Value& value, unsigned depth) {
    if (value.origin == Value::Origin::CallResult) {
        const auto& target = values.way().steps[*value.step]->target;
        const std::string callee = target ? symbol_at(*target) : "";
        return callee.empty() ? std::vector<Named>{}
                              : std::vector<Named>{{callee + "()", symbols::kVoid, 0, false}};
    }
    if (value.origin != Value::Origin::Load || depth == kDeepest) return {};
    const auto& operand = values.way().steps[*value.step]->memory.front();
    std::optional<uint64_t> global;
    if (operand.pc_relative) global = static_cast<uint64_t>(operand.displacement);
    if (!value.index && value.base) {
        const auto constant = constant_of(values, *value.base, 0);
        if (constant) global = *constant + static_cast<uint64_t>(operand.displacement);
    }
    if (global) {
        const std::string name = symbol_at(*global);
        if (!name.empty()) return {{name, symbols::kVoid, 0, false}};
    }
    return loaded_through(values, value, depth);
}

// Of the address's parts one is a pointer that has a name; all others are numbers that are known.
std::vector<Named> Names::loaded_through(Values& values, const Value& load, unsigned depth) {
    const Formula formula = values.formula_of(load);
    for (const Formula::Term& term : formula.terms) {
        if (term.factor != 1) continue;
        uint64_t offset = formula.constant;
        bool known = true;
        for (const Formula::Term& other : formula.terms) {
            if (&other == &term) continue;
            const auto& number = values.all()[other.value].number;
            known = known && number;
            offset += number.value_or(0) * other.factor;
        }
        if (!known) continue;
        const unsigned bytes = values.way().steps[*load.step]->memory.front().bytes;
        auto found = member_of(of(values, term.value, depth + 1), offset, bytes);
        if (!found.empty()) return found;
    }
    return {};
}

// By the first of the pointers that has a member there.
std::vector<Named> Names::member_of(const std::vector<Named>& bases, uint64_t offset,
                                    unsigned bytes) {
    for (const Named& base : bases) {
        const auto pointee = types().pointee(base.type);
        const uint64_t there = offset + static_cast<uint64_t>(base.above);
        if (!pointee || there > INT32_MAX) continue;
        if (there == 0 && types().pointee(*pointee) && bytes != 0) {
            return {{"(*" + base.text + ")", *pointee, 0, false}};
        }
        const auto fields = fields_at(types(), *pointee, there, bytes);
        if (fields.size() == 1 && !fields[0].path.empty()) {
            return {{fmt::format("{}->{}", base.text, fields[0].path), fields[0].type, 0, false}};
        }
    }
    return {};
}

// An address of the image that the code itself holds: adrp and add, lui and addiu.
std::optional<uint64_t> Names::constant_of(const Values& values, size_t index,
                                           unsigned depth) const {
    const Value& value = values.all()[index];
    const bool known =
        value.origin == Value::Origin::Constant || value.origin == Value::Origin::Equation;
    if (!known || depth == kDeepest || value.equation.kind != Equation::Kind::Sum) {
        return std::nullopt;
    }
    uint64_t sum = value.equation.constant;
    for (size_t i = 0; i < value.inputs.size(); ++i) {
        const auto input = constant_of(values, value.inputs[i], depth + 1);
        if (!input) return std::nullopt;
        sum += *input * value.equation.parts[i].factor;
    }
    return value.equation.cut(sum);
}

std::map<std::string, std::string> Names::meanings() {
    std::map<std::string, std::string> found;
    const symbols::Arch arch = image_.info.file().machine().arch;
    for (const Variable& variable : variables_at(fault_)) {
        const Location location = value_at(image_, variable, fault_).location;
        if (location.kind != Location::Kind::InRegister || variable.artificial) continue;
        std::string& words = found[symbols::register_name(arch, location.base)];
        const std::string more = fmt::format("{} ({})", variable.name, types().text(variable.type));
        if (words.empty()) {
            words = more;
        } else if (words.find(variable.name + " (") == std::string::npos) {
            words += ", " + more;
        }
    }
    return found;
}

std::string Names::symbol_at(uint64_t address) const {
    const auto& symbols = image_.info.file().symbols();
    const auto first =
        std::ranges::lower_bound(symbols, address, {}, &symbols::ElfFile::Symbol::address);
    // Of several names, that of what has a size: the others are marks of the linker's.
    for (auto at = first; at != symbols.end() && at->address == address; ++at) {
        if (at->size != 0) return std::string(at->name);
    }
    return "";
}

std::optional<symbols::Level> Names::at_fault() {
    const auto levels = image_.info.levels(fault_);
    if (!levels || levels->empty()) return std::nullopt;
    return levels->front();
}

}  // namespace knowhy::oops
