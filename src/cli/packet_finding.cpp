#include "cli/packet_finding.h"

#include <utility>

#include "explain/explain.h"

namespace knowhy::cli {

model::Finding finding_of_packet(model::Observation& run, const model::DropGroup& group,
                                 const model::DropSample& sample) {
    run.groups = {group};
    run.groups.front().count = 1;
    run.groups.front().samples = {sample};
    for (model::Finding& finding : explain::explain(run)) {
        if (finding.where) return std::move(finding);  // not one that rests on a counter alone
    }
    model::Finding unknown;
    unknown.cause = "unknown";
    unknown.sentence = "no cause was proven";
    return unknown;
}

}  // namespace knowhy::cli
