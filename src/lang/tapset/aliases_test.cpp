#include "lang/tapset/aliases.h"

#include <gtest/gtest.h>

#include "lang/stap/parser.h"

namespace knowhy::lang::tapset_points {
namespace {

TEST(Tapset, EveryAliasCanBeReadAndSetsItsVariables) {
    for (const Alias& alias : aliases()) {
        const auto read = parsed(alias);
        ASSERT_EQ(read.size(), 1U) << alias.name;
        EXPECT_TRUE(read.front().from_tapset);
        // What stands for another alias sets that one's.
        if (alias.text.starts_with("socket.") || alias.text.starts_with("tcp.")) continue;
        for (const AliasVariable& variable : alias.variables)
            EXPECT_NE(alias.text.find(std::string(variable.name) + " = "), std::string_view::npos)
                << alias.name << ": " << variable.name;
    }
}

Script script_of(const std::string& text) {
    Diagnostics diagnostics;
    const Source source("t", text);
    auto script = stap::parse(source, {}, diagnostics);
    EXPECT_TRUE(script);
    return script ? std::move(*script) : Script{};
}

TEST(Tapset, AScriptGetsTheFamiliesThatItNames) {
    Script script = script_of("probe udp.sendmsg { exit() } probe timer.s(1) { exit() }");
    add_aliases(script);
    ASSERT_FALSE(script.aliases.empty());
    for (const ProbeAlias& each : script.aliases) EXPECT_EQ(each.name.parts.front().name, "udp");
}

TEST(Tapset, AScriptsOwnAliasStands) {
    Script script = script_of("probe udp.sendmsg = begin {} probe udp.sendmsg { exit() }");
    add_aliases(script);
    size_t of_name = 0;
    for (const ProbeAlias& each : script.aliases)
        if (each.name.parts.size() == 2 && each.name.parts[1].name == "sendmsg") ++of_name;
    EXPECT_EQ(of_name, 1U);
}

}  // namespace
}  // namespace knowhy::lang::tapset_points
