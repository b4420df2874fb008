// The tables of builtins, functions and probes as text: for `knowhy help` and for docs/language/.
#pragma once

#include <string>
#include <vector>

namespace knowhy::lang {

struct ReferenceEntry {
    std::string name;
    std::string form;  // how it is written; of a builtin its type
    std::string what;
    bool supported = true;
};

std::vector<ReferenceEntry> builtin_reference();
std::vector<ReferenceEntry> function_reference();
std::vector<ReferenceEntry> probe_reference();
std::vector<ReferenceEntry> tapset_reference();  // SystemTap's functions

}  // namespace knowhy::lang
