// A probe that knowhy list shows.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace knowhy::cli {

struct ListedField {
    std::string type;
    std::string name;
};

// Its fields are asked for only where they are shown.
struct ListedProbe {
    std::string name;
    std::function<std::vector<ListedField>()> fields;
};

}  // namespace knowhy::cli
