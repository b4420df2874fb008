#include "oops/pointer/pointer.h"

namespace knowhy::oops {

model::OopsExplanation explain(const model::OopsReport& report, ImageSet& images) {
    model::OopsExplanation explanation;
    const ImageMatch& match = images.match(report);
    explanation.image = match.verdict;
    explanation.image_how = match.how;
    return explanation;
}

}  // namespace knowhy::oops
