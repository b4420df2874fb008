#include "oops/decode/frames.h"

namespace knowhy::oops {

void describe_frames(model::OopsReport& /*report*/, ImageSet& /*images*/) {}

}  // namespace knowhy::oops
