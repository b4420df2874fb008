#include "explain/route.h"

#include <gtest/gtest.h>

namespace knowhy::explain {
namespace {

using model::IpAddress;
using model::Prefix;

model::Rule table_rule(uint32_t priority, uint32_t table) {
    model::Rule rule;
    rule.priority = priority;
    rule.action = "table";
    rule.table = table;
    return rule;
}

model::Route route(const std::string& type, const std::string& prefix, uint32_t table = 254) {
    model::Route one;
    one.type = type;
    one.destination = *Prefix::parse(prefix);
    one.table = table;
    return one;
}

model::NetnsState ordinary() {
    model::NetnsState state;
    state.complete = true;
    // Not in order, as nothing promises that.
    state.rules = {table_rule(32766, 254), table_rule(0, 255), table_rule(32767, 253)};
    state.routes = {route("unicast", "10.1.0.0/24"), route("local", "10.1.0.2", 255)};
    return state;
}

RouteAnswer ask(const model::NetnsState& state, const std::string& destination,
                const std::string& source = "10.1.0.1", uint32_t mark = 0) {
    return route_to(&state,
                    {*IpAddress::parse(source), *IpAddress::parse(destination), "vb", mark});
}

TEST(Route, AsksTheTablesInTheRulesOrder) {
    const auto state = ordinary();
    EXPECT_TRUE(ask(state, "10.1.0.2").is_route("local"));
    EXPECT_TRUE(ask(state, "10.1.0.9").is_route("unicast"));
    EXPECT_EQ(ask(state, "10.44.0.1").kind, RouteAnswer::Kind::NoRoute);
    EXPECT_TRUE(ask(state, "10.44.0.1").sure);
}

TEST(Route, IsUnknownWithoutRulesOrState) {
    model::NetnsState state = ordinary();
    state.rules.clear();
    EXPECT_EQ(ask(state, "10.1.0.2").kind, RouteAnswer::Kind::Unknown);
    EXPECT_EQ(route_to(nullptr, {{}, *IpAddress::parse("10.1.0.2"), "", 0}).kind,
              RouteAnswer::Kind::Unknown);
}

TEST(Route, IsNotSureOfWhatWasReadInPart) {
    model::NetnsState state = ordinary();
    state.complete = false;
    EXPECT_FALSE(ask(state, "10.44.0.1").sure);
}

TEST(Route, ThrowSendsTheLookupOn) {
    model::NetnsState state = ordinary();
    state.routes.push_back(route("throw", "10.44.0.0/24"));
    EXPECT_EQ(ask(state, "10.44.0.1").kind, RouteAnswer::Kind::NoRoute);
    state.routes.push_back(route("blackhole", "10.0.0.0/8", 253));
    EXPECT_TRUE(ask(state, "10.44.0.1").is_route("blackhole"));
}

TEST(Route, ARuleEndsTheLookup) {
    model::NetnsState state = ordinary();
    model::Rule refuse;
    refuse.priority = 100;
    refuse.action = "prohibit";
    refuse.source = Prefix::parse("10.9.0.0/24");
    state.rules.push_back(refuse);
    EXPECT_TRUE(ask(state, "10.1.0.9", "10.9.0.1").is_rule("prohibit"));
    EXPECT_TRUE(ask(state, "10.1.0.9", "10.8.0.1").is_route("unicast"));
    state.rules.back().invert = true;
    EXPECT_TRUE(ask(state, "10.1.0.9", "10.8.0.1").is_rule("prohibit"));
}

TEST(Route, MarksAreComparedUnderTheirMask) {
    model::NetnsState state = ordinary();
    model::Rule marked = table_rule(50, 100);
    marked.mark = 0x10;
    marked.mark_mask = 0xf0;
    state.rules.push_back(marked);
    state.routes.push_back(route("unreachable", "0.0.0.0/0", 100));
    EXPECT_TRUE(ask(state, "10.1.0.9", "10.1.0.1", 0x1f).is_route("unreachable"));
    EXPECT_TRUE(ask(state, "10.1.0.9", "10.1.0.1", 0x2f).is_route("unicast"));
}

TEST(Route, ARuleWithMoreSelectorsMakesItUnsure) {
    model::NetnsState state = ordinary();
    model::Rule odd = table_rule(50, 100);
    odd.has_more = true;
    odd.destination = Prefix::parse("10.44.0.0/24");
    state.rules.push_back(odd);
    EXPECT_FALSE(ask(state, "10.44.0.1").sure);
    EXPECT_TRUE(ask(state, "10.45.0.1").sure) << "it does not match in any case";
}

TEST(Route, SaysItselfAsIpRouteDoes) {
    model::Rule rule;
    rule.priority = 100;
    rule.action = "blackhole";
    rule.destination = Prefix::parse("10.43.0.0/24");
    EXPECT_EQ(rule_text(rule), "100: from all to 10.43.0.0/24 blackhole");
}

}  // namespace
}  // namespace knowhy::explain
