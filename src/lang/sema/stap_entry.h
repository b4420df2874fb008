// What a function's return probe asks of its entry: @entry(), and parameters, which are gone by
// then. A second program at the entry keeps the values in a map, by the task and by where its stack
// stood, so that calls within calls have each their own. A return whose entry was not seen, since
// the call began before the probes did, is left alone.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "lang/ast/ast.h"
#include "lang/sema/value.h"

namespace knowhy::lang {

class Lowering;
struct ProbeSite;

struct EntryValues {
    uint32_t site = 0;                // tells the calls of one function from another's
    std::vector<const Expr*> wanted;  // in the probe's body, without the @entry() around them
    std::vector<Type> types;          // None: not to be had there
    std::optional<ir::Place> here;    // in the return's program: all of them, as a tuple
};
using EntriesBySite = std::map<const ProbeSite*, EntryValues>;

// What the probe's body asks of the entry, each as far out as it reaches: `$skb->dev->name`.
std::vector<const Expr*> entry_expressions(const Probe& probe);

// The whole of the program at the entry.
void keep_entry_values(Lowering& lowering, EntryValues& values);
// Begins the program at the return.
void take_entry_values(Lowering& lowering, EntryValues& values);
// What it was at the entry; nullopt for what is not asked of it.
std::optional<Value> entry_value(Lowering& lowering, const Expr& expr);

}  // namespace knowhy::lang
