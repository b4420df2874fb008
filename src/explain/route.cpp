#include "explain/route.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace knowhy::explain {
namespace {

constexpr uint32_t kTableMain = 254;  // RT_TABLE_MAIN

enum class Applies { Yes, No, Unclear };

bool device_differs(const std::string& wanted, const std::string& actual) {
    return !wanted.empty() && wanted != actual;
}

bool mark_differs(const model::Rule& rule, uint32_t mark) {
    if (!rule.mark) return false;
    const uint32_t mask = rule.mark_mask.value_or(UINT32_MAX);
    return (*rule.mark & mask) != (mark & mask);
}

// A selector that needs what is not known (the source of a packet nobody saw) makes it unclear.
Applies applies(const model::Rule& rule, const RouteQuery& query) {
    bool matches = true;
    if (rule.source && !query.source) return Applies::Unclear;
    if (rule.source && !rule.source->contains(query.source)) matches = false;
    if (rule.destination && !rule.destination->contains(query.destination)) matches = false;
    if (device_differs(rule.in_device, query.in_device)) matches = false;
    if (!rule.out_device.empty()) matches = false;  // input lookups have no output device yet
    if (mark_differs(rule, query.mark)) matches = false;
    // What it also asks for can only make it match less often.
    if (rule.has_more && (matches || rule.invert)) return Applies::Unclear;
    return matches != rule.invert ? Applies::Yes : Applies::No;
}

std::vector<const model::Rule*> rules_in_order(const model::NetnsState& state, int family) {
    std::vector<const model::Rule*> rules;
    for (const model::Rule& rule : state.rules) {
        if (rule.family == family) rules.push_back(&rule);
    }
    std::stable_sort(rules.begin(), rules.end(), [](const model::Rule* a, const model::Rule* b) {
        return a->priority < b->priority;
    });
    return rules;
}

// The routes of one table; nullptr also for a throw route, which sends the lookup on.
const model::Route* table_lookup(const model::NetnsState& state, const RouteQuery& query,
                                 uint32_t table) {
    const model::Route* route = state.lookup(query.destination, table);
    return route != nullptr && route->type != "throw" ? route : nullptr;
}

}  // namespace

bool RouteAnswer::is_route(std::string_view type) const {
    return kind == Kind::Route && route->type == type;
}

bool RouteAnswer::is_rule(std::string_view action) const {
    return kind == Kind::Rule && rule->action == action;
}

RouteAnswer route_to(const model::NetnsState* state, const RouteQuery& query) {
    RouteAnswer answer;
    if (state == nullptr || !query.destination) return answer;
    const auto rules = rules_in_order(*state, query.destination.family());
    if (rules.empty()) return answer;  // a kernel always has some, so they were not read
    answer.sure = state->complete;
    for (const model::Rule* rule : rules) {
        const Applies verdict = applies(*rule, query);
        if (verdict == Applies::No || rule->action == "nop") continue;
        if (verdict == Applies::Unclear || rule->action == "goto") {
            answer.sure = false;
            continue;
        }
        if (rule->action != "table") {
            answer.kind = RouteAnswer::Kind::Rule;
            answer.rule = rule;
            return answer;
        }
        if (const model::Route* route = table_lookup(*state, query, rule->table)) {
            answer.kind = RouteAnswer::Kind::Route;
            answer.route = route;
            return answer;
        }
    }
    answer.kind = RouteAnswer::Kind::NoRoute;
    return answer;
}

RouteAnswer input_route(const Context& context) {
    const model::Ip* ip = context.ip();
    if (ip == nullptr) return {};
    RouteAnswer answer = route_to(
        context.state, {ip->source, ip->destination, context.device(), context.sample->mark});
    // A VRF looks up in its own table, by a rule that netlink shows like any other.
    const model::Link* master = context.master();
    if (master != nullptr && master->kind == "vrf") answer.sure = false;
    return answer;
}

std::string route_text(const Context& context, const model::Route& route) {
    const bool is_default = route.destination.length == 0;
    std::string text = is_default ? "default" : route.destination.text();
    if (route.type != "unicast") text = fmt::format("{} {}", route.type, text);
    if (route.gateway) text += fmt::format(" via {}", route.gateway.text());
    if (route.out_ifindex != 0) text += " dev " + context.device_name(route.out_ifindex);
    if (route.table != kTableMain) text += fmt::format(" table {}", route.table);
    return text;
}

std::string rule_text(const model::Rule& rule) {
    std::string text = fmt::format("{}:", rule.priority);
    if (rule.invert) text += " not";
    text += " from " + (rule.source ? rule.source->text() : std::string("all"));
    if (rule.destination) text += " to " + rule.destination->text();
    if (rule.mark) text += fmt::format(" fwmark {:#x}", *rule.mark);
    if (!rule.in_device.empty()) text += " iif " + rule.in_device;
    if (!rule.out_device.empty()) text += " oif " + rule.out_device;
    return text +
           (rule.action == "table" ? fmt::format(" lookup {}", rule.table) : " " + rule.action);
}

}  // namespace knowhy::explain
