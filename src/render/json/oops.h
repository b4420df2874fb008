// JSON Lines of `knowhy oops` (docs/json.md). Each function gives one line with its newline.
#pragma once

#include <string>

#include "model/oops.h"
#include "model/oops_identity.h"

namespace knowhy::render {

// The report and all that was found out of it. `file`: "" for none.
std::string oops_json(const model::OopsReport& report, const model::OopsExplanation& explanation,
                      const std::string& file);
// The same as a finding, like every other command's.
std::string oops_finding_json(const model::OopsReport& report,
                              const model::OopsExplanation& explanation);
std::string oops_group_json(const model::OopsGroup& group);
std::string oops_difference_json(const model::OopsReport& one, const model::OopsReport& other);

struct OopsBooks {
    uint64_t crashes = 0;
    uint64_t not_crashes = 0;    // reports that are none, told with --all only
    uint64_t lines = 0;          // read
    uint64_t lost_messages = 0;  // that /dev/kmsg no longer had when they were to be read
    double elapsed_s = 0;
};
std::string oops_summary_json(const OopsBooks& books);

}  // namespace knowhy::render
