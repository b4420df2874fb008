// Sets of functions by name, for `--functions @receive,@carrier`: those that a kind of trouble goes
// through. Not every kernel has all of them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace knowhy::collect {

struct FunctionSet {
    std::string name;   // without the "@"
    std::string title;  // what it follows
    std::vector<std::string> functions;
};

const std::vector<FunctionSet>& function_sets();
const FunctionSet* function_set(std::string_view name);

}  // namespace knowhy::collect
