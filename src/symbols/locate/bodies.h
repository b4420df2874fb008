// From a place as it was written to the code of one image that is meant.
#pragma once

#include <vector>

#include "base/result.h"
#include "model/located.h"
#include "symbols/locate/answer.h"
#include "symbols/locate/image.h"
#include "symbols/locate/place.h"

namespace knowhy::symbols {

using Bodies = std::vector<Body>;

// Empty: not in that image. What is weaker or other than asked goes to the notes of `located`.
Result<Bodies> bodies_of(OpenImage& image, const PlaceName& place, model::Located& located);

}  // namespace knowhy::symbols
