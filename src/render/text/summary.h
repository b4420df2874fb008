// The summary of a run, line by line, for those who lay it out in their own way. Escaped.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/finding.h"
#include "model/observation.h"

namespace knowhy::render {

struct SummaryRow {
    std::string_view label;  // "" continues the row above
    std::string words;
};

// "36 events = 12 lost + 24 harmless + 0 unknown + 0 other  in 10.0 s"
std::string sum_words(const std::vector<model::Finding>& findings, const model::Accounting& books);
// What was looked at, missed and filtered out; the watched points; the notes.
std::vector<SummaryRow> summary_rows(const model::Observation& observation);
// "udp port 9", "eth0 in netns fw", "eth0, udp port 9"; "" when everything was asked for.
std::string asked_words(const model::Observation& observation);
// "snmp.Udp.NoPorts +3, 1 explained  (netns 4026531840)"
std::string unexplained_words(const model::UnexplainedCounter& counter);

}  // namespace knowhy::render
