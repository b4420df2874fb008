// SystemTap's probe points before the kernel is asked: aliases become what they stand for,
// conditions a part of the probe.
#pragma once

#include <vector>

#include "lang/ast/ast.h"
#include "lang/sema/kernel.h"
#include "lang/source/source.h"

namespace knowhy::lang {

// The script's probes, and one more for each use of an alias: its own block goes before the
// probe's, or behind it. An assignment of an alias that nothing reads is left out, as SystemTap
// does. Each probe's label is its point as it is written.
std::vector<Probe> expanded_probes(const Script& script, Kernel& kernel, Diagnostics& diagnostics);

}  // namespace knowhy::lang
