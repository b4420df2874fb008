#include "oops/pointer/pointer.h"

#include "oops/pointer/explainer.h"

namespace knowhy::oops {

model::OopsExplanation explain(const model::OopsReport& report, ImageSet& images) {
    return Explainer(report, images).run();
}

}  // namespace knowhy::oops
