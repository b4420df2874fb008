// What SystemTap prints by itself: histograms, and the globals that no probe has read, at the end.
#pragma once

#include <string>

#include "model/script.h"
#include "render/script/options.h"

namespace knowhy::render {

// print(@hist_log(x)), print(@hist_linear(x, ...)): with the empty line at its end. The buckets are
// bpftrace's, so all negative values of a logarithmic one are on one line, labelled "<0".
std::string stap_histogram_text(const model::Value::Histogram& histogram);

// "x=0x5", `x["a",1]=0x5`, "x @count=2 @min=1 @max=3 @sum=4 @avg=2": a line for each entry, the
// greatest value first.
std::string stap_global_text(const model::MapDump& map, const ScriptOptions& options);

// %#s: quotes, backslashes and what is not printable as C writes them, numbers in octal.
std::string stap_escaped(const std::string& raw);

}  // namespace knowhy::render
