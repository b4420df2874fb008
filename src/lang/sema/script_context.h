// What all programs of one script share while they are made: the kernel, the maps and outputs so
// far, and where to complain.
//
// The types of maps and variables follow from their uses, anywhere in the script. So it is lowered
// in rounds: each round knows the types that the one before found, and its programs are thrown away
// until a round learns nothing new. Only the last round's are kept, and only it complains.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lang/ast/ast.h"
#include "lang/plan/plan.h"
#include "lang/sema/c_definitions.h"
#include "lang/sema/compile.h"
#include "lang/sema/kernel.h"
#include "lang/sema/stap_entry.h"

namespace knowhy::lang {

// What is known of a script's map.
struct MapFacts {
    std::optional<Type> key;    // None: used without a key. nullopt: not known yet
    std::optional<Type> value;  // nullopt: nothing was assigned to it yet
    std::string kind;           // as declared: "lruhash"...; "" default
    std::optional<uint64_t> entries;
    // Of an aggregation; where both are so, what user space has of it is in a map of its own.
    bool read_in_kernel = false;  // or deleted from
    bool written_in_user_space = false;
    Span first;  // where it appears first
    // Of SystemTap's globals.
    std::vector<Type> histograms = {};  // asked for, of its statistics
    bool hidden = false;                // a map that the script does not see
    bool is_shown = false;              // written and never read: printed at the end
    std::variant<std::monostate, int64_t, std::string> value_at_first = {};
};

// By name; the types found so far. Node-based: references stay good.
using VariableTypes = std::map<std::string, Type>;

// What is known of a function of the script's own.
struct FunctionFacts {
    VariableTypes variables;     // its parameters among them
    std::optional<Type> result;  // nullopt: not known yet
};

struct ScriptContext {
    Kernel& kernel;
    const Source& source;
    const CompileOptions& options;
    Diagnostics& diagnostics;  // the caller's
    const Script& script;

    CDefinitions& definitions;  // types and enumerators: the script's own, then the kernel's

    // ---- Kept from round to round
    std::map<std::string, MapFacts> maps = {};
    std::map<const Probe*, VariableTypes> variables = {};  // globals of SystemTap: under nullptr
    std::map<const Function*, FunctionFacts> functions = {};
    bool learned = false;  // this round

    // ---- Of this round
    bool last = false;
    Plan plan = {};
    std::map<std::string, uint32_t> map_ids = {};
    std::map<uint32_t, uint32_t> stack_maps = {};  // by depth

    // ---- SystemTap's
    bool* trial = nullptr;       // set where only whether something is wrong is asked
    EntriesBySite entries = {};  // kept from round to round, as is
    uint32_t entry_bytes = 8;    // what the longest of them takes

    [[nodiscard]] symbols::Types& types() { return *plan.types; }
    // A map's name as it stands in the script.
    [[nodiscard]] std::string shown(const std::string& map) const {
        return script.dialect == Dialect::Stap ? map : "@" + map;
    }

    void error(std::string_view code, Span span, std::string message, std::string hint = {}) {
        if (trial != nullptr) {
            *trial = true;
            return;
        }
        if (last) diagnostics.error(code, span, std::move(message), std::move(hint));
    }
    void warning(std::string_view code, Span span, std::string message, std::string hint = {}) {
        if (last) diagnostics.warning(code, span, std::move(message), std::move(hint));
    }
};

// ---- Maps (map_facts.cpp)

// The facts of a map that is seen here.
MapFacts& facts_of(ScriptContext& script, const std::string& name, Span span);

// Joins what a use says about a map's key or value to what is known. An error, worded for `what`
// ("the key of @x"), when the two have nothing in common.
bool join_type(ScriptContext& script, std::optional<Type>& known, const Type& seen, Span span,
               const std::string& what);

// Complains of a map that is read and never filled.
void never_assigned(ScriptContext& script, const std::string& name, Span span);

// The type as it lies in a map or a variable: integers take 8 bytes.
Type stored_type(const ScriptContext& script, const Type& type);

// The map's number in every program, made when it is first asked for.
uint32_t map_id(ScriptContext& script, const std::string& name);

// The stack map of that depth.
uint32_t stack_map(ScriptContext& script, uint32_t depth);

}  // namespace knowhy::lang
