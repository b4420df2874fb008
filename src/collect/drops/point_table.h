// points.h as C++ sees it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "bpf/load/ladder.h"
#include "collect/drops/wire.h"
#include "model/drop.h"

namespace knowhy::collect {

struct PointInfo {
    uint32_t number = 0;  // its number on the wire
    std::string id;
    std::string function;
    model::Fact::Kind kind = model::Fact::Kind::Before;
    std::vector<std::string> args;  // names, with points.h's marks
    std::string module;

    // Its programs, best rung first.
    [[nodiscard]] std::vector<bpf::Rung> ladder() const;
};

// All points; [n - 1] is number n.
const std::vector<PointInfo>& point_table();
// nullptr for 0 and for a number that this version does not know.
const PointInfo* point_by_number(uint32_t number);

// A fact off the wire. nullopt when its point is unknown.
std::optional<model::Fact> to_fact(const kw_fact& wire);

}  // namespace knowhy::collect
