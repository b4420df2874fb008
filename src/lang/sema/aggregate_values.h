// An aggregation's value as a number: `@c > 5`, `(int64)@sum`, SystemTap's @count(s).
//
// Each CPU has a value of its own, and so has user space (collect/script/map_store.h). All of them
// are read, and come to one number by what the aggregation is.
#pragma once

#include <cstdint>
#include <string>

#include "lang/sema/lowering.h"

namespace knowhy::lang {

enum class AggregatePart : uint8_t { Count, Sum, Least, Greatest, Mean };

// The part that is meant when none is named; nullopt where there is no such one: of stats() and of
// histograms.
std::optional<AggregatePart> only_part(Type::Kind kind);

// The number now; 0 where the map has no such key. `type` is the map's value, an aggregation that
// has this part (a Statistic has all), and `key` is key_place()'s.
Value aggregate_value(Lowering& lowering, const std::string& map, const ir::Place& key,
                      const Type& type, AggregatePart part);

// The same where no part is named; complains where the aggregation is no single number.
Value aggregate_number(Lowering& lowering, const std::string& map, const ir::Place& key,
                       const Type& type, Span span);

}  // namespace knowhy::lang
