// File, line and inline chain of a report's frames, by the images that are proven to be its
// kernel's.
#pragma once

#include "model/oops.h"
#include "oops/decode/images.h"

namespace knowhy::oops {

// Fills `file`, `source_line` and `inlined` of the faulting place, of every frame of the trace, and
// of the stacks of allocation and freeing. A return address has the line of the call before it. A
// frame whose image is not proven, or whose symbol has another size there, stays as it is.
void describe_frames(model::OopsReport& report, ImageSet& images);

}  // namespace knowhy::oops
