// The faulting address as a formula over values that came from somewhere: loaded, passed in,
// returned.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "oops/pointer/arithmetic.h"
#include "oops/pointer/ways.h"

namespace knowhy::oops {

// A register's value from one place of a way to the next that changes it.
struct Value {
    enum class Origin : uint8_t {
        Computed,    // by an instruction that is not followed further
        Equation,    // by one that is: `equation` over `inputs`
        Load,        // from memory: the operand of `origin`
        Constant,    // of an immediate
        CallResult,  // what the call at `origin` returned
        Entry,       // it was there when the function was entered
        Unknown,     // it was there where the view ends
    };
    symbols::Register reg = 0;
    size_t until = 0;            // the nearest step (of the way) that it is known to be held at
    std::optional<size_t> step;  // of the way; what gave it. nullopt: Entry, Unknown
    Origin origin = Origin::Unknown;
    Equation equation;
    std::vector<size_t> inputs;  // by the equation's parts
    std::optional<size_t> base;  // of Load: the address's registers
    std::optional<size_t> index;
    std::optional<uint64_t> number;
    bool printed = false;  // the number is the text's own; else it was solved
};

// factor * value, added up.
struct Formula {
    struct Term {
        size_t value = 0;  // index into Values::all()
        uint64_t factor = 1;
        // The value itself, not a part of its product, was multiplied in one: there is no factor
        // of it that is out of sight.
        bool multiplied = false;
    };
    std::vector<Term> terms;
    uint64_t constant = 0;
};

class Values {
  public:
    Values(const Way& way, const Registers& registers, symbols::Arch arch, const TextOf& text_of);

    // The value that the register has at the fault.
    size_t at_fault(symbols::Register reg);
    // Works out what is not printed by what is. False: two of the equations contradict each other.
    bool solve();
    // The operand's address, as far back as instructions only add and multiply.
    [[nodiscard]] Formula formula_of(const symbols::MemoryOperand& operand);
    // The same of where a value was loaded from.
    [[nodiscard]] Formula formula_of(const Value& load);
    // Whether something that was asked for may be seen further back than the way goes.
    [[nodiscard]] bool wants_more() const { return wants_more_; }
    [[nodiscard]] const std::vector<Value>& all() const { return values_; }
    [[nodiscard]] const Way& way() const { return way_; }

  private:
    size_t value_at(symbols::Register reg, size_t at, unsigned depth);
    size_t loaded_by(size_t step, unsigned depth);
    void look_behind(size_t index, unsigned depth);
    void look_at_load(size_t index, unsigned depth);
    [[nodiscard]] std::optional<size_t> widened_from(const Value& shifted) const;
    bool settle(size_t index, std::optional<uint64_t> number, bool& changed);
    bool solve_sum(size_t index, bool& changed);
    bool solve_product(size_t index, bool& changed);
    bool solve_whole(size_t index, bool& changed);
    void expand(size_t index, uint64_t factor, bool multiplied, Formula& formula);
    void take_part(const Value& value, size_t part, uint64_t factor, bool multiplied,
                   Formula& formula);
    [[nodiscard]] bool is_exact(const Value& value) const;
    [[nodiscard]] std::optional<size_t> stride_of(const Value& product) const;

    const Way& way_;
    const Registers& registers_;
    symbols::Arch arch_;
    const TextOf& text_of_;
    std::vector<Value> values_;
    // By register and step of definition (the way's length: none of it).
    std::map<std::pair<symbols::Register, size_t>, size_t> known_;
    bool wants_more_ = false;
    size_t expanded_ = 0;  // what is shared may be expanded as often as 2^depth
};

}  // namespace knowhy::oops
