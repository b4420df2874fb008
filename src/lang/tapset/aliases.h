// The tapset's probe points that network scripts use, written in the language itself: an alias
// each, with the variables that it sets.
#pragma once

#include <string_view>
#include <vector>

#include "lang/ast/ast.h"

namespace knowhy::lang::tapset_points {

struct AliasVariable {
    std::string_view name;
    std::string_view what;
};

struct Alias {
    std::string_view name;  // "netdev.receive"
    std::string_view what;
    std::string_view text;  // points and block: what stands behind `probe NAME =`
    std::vector<AliasVariable> variables;
};

const std::vector<Alias>& aliases();  // by name

// Gives the script those that it may mean and does not define itself.
void add_aliases(Script& script);

// As the parser reads it. Every row of aliases() can be read.
std::vector<ProbeAlias> parsed(const Alias& alias);

// The tables that aliases() is made of, a file each.
std::vector<Alias> network_aliases();
std::vector<Alias> socket_aliases();
std::vector<Alias> event_aliases();

}  // namespace knowhy::lang::tapset_points
