// What a crash report's text, its code and its debug information prove of the bad pointer.
#pragma once

#include "model/oops.h"
#include "oops/decode/images.h"

namespace knowhy::oops {

// Never fails: what cannot be seen is said in `notes`, and what is not proven is absent. `report`
// may hold anything that a hostile text can say. Frames' lines are describe_frames()'
// (oops/decode).
model::OopsExplanation explain(const model::OopsReport& report, ImageSet& images);

}  // namespace knowhy::oops
