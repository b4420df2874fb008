// The order in which SystemTap's foreach goes through an array.
#pragma once

#include <vector>

#include "collect/script/map_store.h"
#include "lang/plan/plan.h"

namespace knowhy::collect {

// Elements that are alike in all that the order asks for stay as they were. Of values, those that
// the map has now: a per-CPU map's are taken together.
void sort_keys(std::vector<MapBytes>& keys, const lang::WalkOrder& order, const lang::Plan& plan,
               MapStore& maps);

}  // namespace knowhy::collect
