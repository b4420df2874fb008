// One function's facts, made when they are first asked for: analysis.cpp makes them, recover.cpp
// puts them in answers.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "symbols/recover/flow.h"
#include "symbols/recover/recover.h"

namespace knowhy::symbols {

// What a register or a slot must hold for a location to be true.
using Held = std::pair<Holder, int64_t>;

// Instructions that load through pointers: the first through one that is held in a place, each
// other through what the one before it loaded.
using LoadPath = std::vector<size_t>;

// How a variable can be loaded again, and where what that starts from is held.
struct Reload {
    LoadPath path;
    Flow flow;
};

// The same holders of a value that is that much more.
Facts with_difference(const Facts& facts, int64_t difference, unsigned bits);
unsigned bits_of(const Types& types, const Variable& variable);

struct Recovery::Impl {
    Impl(const Code& the_code, const std::vector<Variable>& the_variables, const Types& the_types,
         UnknownFrom the_unknown, const std::vector<LineRow>& rows)
        : code(the_code),
          variables(the_variables),
          types(the_types),
          unknown(std::move(the_unknown)),
          frame(the_code) {
        find_objects();
        for (const LineRow& row : rows) {
            if (row.is_statement) statements[row.address].push_back(row.line);
        }
    }

    [[nodiscard]] Recovered at(uint64_t address, DieOffset die);

    [[nodiscard]] bool is_unknown(const Variable& variable, uint64_t address) const {
        const auto from = unknown.find(variable.die);
        return from != unknown.end() && address >= from->second;
    }
    [[nodiscard]] bool is_partly_unknown(const Variable& variable) const {
        return unknown.contains(variable.die);
    }
    [[nodiscard]] Location located(const Variable& variable, uint64_t address) const;
    [[nodiscard]] std::optional<StackObject> object(size_t index, const Location& location,
                                                    TypeId type) const;
    void find_objects();
    [[nodiscard]] std::optional<Held> held(size_t index, const Location& location) const;
    [[nodiscard]] bool written_before(size_t index, const StackObject& bytes) const;

    const Flow& entry_flow(Register reg, unsigned bits);
    const Flow& definition_flow(size_t definition, const Holder& holder, unsigned bits);
    [[nodiscard]] std::optional<size_t> definition_of(size_t index, const Holder& holder,
                                                      unsigned bits) const;
    [[nodiscard]] Facts aliases(size_t index, const Held& of, unsigned bits);
    const Flow& variable_flow(const Variable& variable);
    void amend(const Variable& variable, size_t index, Facts& facts);
    void review(const Variable& variable, size_t index, const Facts& before, Facts& after) const;
    [[nodiscard]] bool may_walk(const Variable& variable);
    void begin_statements(const Variable& variable, size_t index, Facts& facts);
    // Whether a statement begins there that may assign to the variable.
    [[nodiscard]] bool statement_may_assign(const Variable& variable, size_t index) const;
    [[nodiscard]] bool may_be_replaced(const Variable& variable, size_t index,
                                       const Facts& facts) const;
    [[nodiscard]] bool is_of_another(const Variable& variable, size_t index,
                                     const Holder& holder) const;
    [[nodiscard]] bool lives_in_memory(const Variable& variable) const;
    [[nodiscard]] bool is_wanted(size_t index, const Facts& facts) const;
    [[nodiscard]] bool is_wanted_behind(size_t index, const Facts& facts) const;
    void meet(const Variable& variable, size_t block, const Facts& one, const Facts& other,
              Facts& both);
    [[nodiscard]] std::optional<Holder> at_entry(const Variable& variable) const;

    [[nodiscard]] unsigned pointer_bits() const { return code.machine.address_bytes() * 8; }
    [[nodiscard]] int64_t displacement(size_t load) const;
    [[nodiscard]] bool loads_through_pointer(size_t index, unsigned bits) const;
    [[nodiscard]] std::optional<size_t> load_of(size_t index, Holder holder, unsigned bits) const;
    [[nodiscard]] LoadPath path_to(size_t load, size_t steps) const;
    const Flow& root_flow(const LoadPath& path);
    [[nodiscard]] bool is_loaded_by(size_t load, size_t index, const Location& location,
                                    unsigned bits);
    const std::vector<size_t>& loads_of(const Variable& variable);
    [[nodiscard]] Flow reload_flow(const Variable& variable, const std::vector<LoadPath>& paths);
    const std::vector<Reload>& reloads_of(const Variable& variable);
    [[nodiscard]] std::optional<Location> location_through(size_t index, const Held& address,
                                                           const LoadPath& path) const;
    [[nodiscard]] std::string source_text(const LoadPath& path, uint64_t bytes);
    [[nodiscard]] bool may_be_assigned(const Variable& variable, size_t index,
                                       const std::vector<bool>& over,
                                       const std::vector<size_t>& ends) const;
    [[nodiscard]] bool is_of_caller(const Variable& variable, size_t index,
                                    const Facts& facts) const;
    [[nodiscard]] Facts passed_in(size_t index, const Variable& variable);
    [[nodiscard]] Facts value_at(size_t index, size_t known_at, const Held& known, unsigned bits,
                                 const std::vector<bool>& between);
    [[nodiscard]] bool may_reload(const Variable& variable, size_t index);
    void offer_reload(Recovered& answer, size_t index, const Variable& variable);
    [[nodiscard]] std::vector<Location> origins(size_t index, const Location& location,
                                                unsigned bits, bool unwritten);

    [[nodiscard]] Facts facts_at(size_t index, const Variable& variable, const Location& here);
    [[nodiscard]] std::optional<Location> location_of(size_t index, const Held& fact) const;
    void offer(Recovered& answer, size_t index, const Facts& facts) const;
    void say_gone(Recovered& answer, const Variable& variable, uint64_t address) const;

    const Code& code;
    const std::vector<Variable>& variables;
    const Types& types;
    UnknownFrom unknown;
    Frame frame;
    std::map<uint64_t, std::vector<SourceLine>> statements;  // that begin at the address
    std::map<std::pair<Register, unsigned>, Flow> entry_flows;
    std::map<std::tuple<size_t, Holder, unsigned>, Flow> definition_flows;
    std::map<DieOffset, Flow> variable_flows;
    std::map<LoadPath, Flow> root_flows;
    std::map<DieOffset, std::vector<size_t>> variable_loads;
    std::map<DieOffset, std::vector<Reload>> variable_reloads;
    std::map<DieOffset, bool> walking;
    std::optional<std::vector<RegisterSet>> live;
};

}  // namespace knowhy::symbols
