// The functions of SystemTap's tapset that knowhy has itself: there they are C of the kernel.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "lang/sema/functions.h"

namespace knowhy::lang {

const std::vector<FunctionInfo>& tapset();

// A text as a template's argument: what the hooks of functions that differ by a name alone take.
template <size_t N>
struct Fixed {
    char text[N];
    constexpr Fixed(const char (&from)[N]) { std::copy_n(from, N, text); }
};

// The tables that tapset() is made of, a file each.
std::vector<FunctionInfo> target_operators();  // @defined and its kin
std::vector<FunctionInfo> stack_tapset();
std::vector<FunctionInfo> memory_tapset();
std::vector<FunctionInfo> network_tapset();
std::vector<FunctionInfo> output_tapset();
std::vector<FunctionInfo> string_tapset();
std::vector<FunctionInfo> rewriting_tapset();
std::vector<FunctionInfo> data_tapset();
std::vector<FunctionInfo> indent_tapset();
std::vector<FunctionInfo> screen_tapset();

// Since 1970, in units of so many nanoseconds.
ir::Operand time_of_day(Lowering& lowering, uint64_t unit_ns);

// A text of SystemTap's as variables and globals hold it (MAXSTRINGLEN), the final zero included.
constexpr uint32_t kStapStringBytes = 128;
inline Type stap_string() {
    return Type::string(kStapStringBytes);
}

// A text of values that is made when it is printed, by SystemTap's printf. (tapset_stack.cpp)
Value composed(Lowering& lowering, std::string format, const std::vector<Value>& values);

}  // namespace knowhy::lang
