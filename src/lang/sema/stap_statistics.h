// SystemTap's statistics: `x <<< n`, and what is asked of them, @count(x), @hist_log(x[k])...
//
// A variable of this kind is a map of Statistics (lang/types/types.h). Its histograms, where the
// script asks for any, are maps of their own with the same keys, so that each bucket is an element
// as bpftrace's are.
#pragma once

#include <string>
#include <vector>

#include "lang/sema/functions.h"
#include "lang/sema/script_context.h"

namespace knowhy::lang {

Type statistic_type();

// The maps of a variable's histograms.
struct HistogramOf {
    uint32_t map = 0;
    Type type;
};
std::vector<HistogramOf> histograms_of(ScriptContext& script, const std::string& global);

// Whether it is @hist_log(x) or @hist_linear(x, ...), which only print() takes.
bool is_histogram(const Expr& expr);
void print_histogram(Lowering& lowering, const Call& histogram, Span span);

// @count(x) and its kin.
std::vector<FunctionInfo> statistic_functions();

}  // namespace knowhy::lang
