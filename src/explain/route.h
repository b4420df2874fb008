// What the kernel's route lookup would have found, as far as the snapshot tells: rules in order of
// priority, then the longest prefix in the table each of them names.
#pragma once

#include <cstdint>
#include <string>

#include "explain/context.h"
#include "model/state.h"

namespace knowhy::explain {

struct RouteQuery {
    model::IpAddress source;  // may be absent
    model::IpAddress destination;
    std::string in_device;  // "" for locally made packets
    uint32_t mark = 0;
};

struct RouteAnswer {
    enum class Kind { Unknown, NoRoute, Route, Rule };

    Kind kind = Kind::Unknown;
    const model::Route* route = nullptr;  // Kind::Route
    const model::Rule* rule = nullptr;    // Kind::Rule: it ends the lookup by itself
    bool sure = false;  // false: the snapshot is incomplete, or a rule needs what it does not tell

    [[nodiscard]] bool is_route(std::string_view type) const;
    [[nodiscard]] bool is_rule(std::string_view action) const;
};

RouteAnswer route_to(const model::NetnsState* state, const RouteQuery& query);

// For the packet of this context, on its way in.
RouteAnswer input_route(const Context& context);

// "10.43.0.0/24 dev d0", "blackhole 10.43.0.0/24 table 100", "default via 10.0.0.1 dev v0"
std::string route_text(const Context& context, const model::Route& route);
// "100: from 10.9.0.0/24 blackhole"
std::string rule_text(const model::Rule& rule);

}  // namespace knowhy::explain
