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
    enum class Reach { Exit, Entry, Return };

    std::string id;
    std::string name;      // the fact's
    std::string function;  // the one that is probed
    model::Fact::Kind kind = model::Fact::Kind::Before;
    Reach reach = Reach::Exit;
    std::vector<std::string> args;  // names, with points.h's marks
    std::string module;
    std::string spared;  // as points.h says; "" for always armed

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
