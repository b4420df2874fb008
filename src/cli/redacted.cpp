#include "cli/redacted.h"

#include "net/decode/decode.h"

namespace knowhy::cli {

void Redacted::apply(model::Observation& seen) {
    redactor_.apply(seen);
    for (model::DropGroup& group : seen.groups)
        for (model::DropSample& sample : group.samples) sample.decoded = net::decode(sample.packet);
}

void Redacted::apply(model::DropGroup& group, model::DropSample& sample) {
    redactor_.apply(group);
    redactor_.apply(sample);
    sample.decoded = net::decode(sample.packet);
}

}  // namespace knowhy::cli
