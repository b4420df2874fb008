// The lines of one report to what they say.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/oops.h"
#include "oops/parse/headlines.h"
#include "oops/parse/sections.h"

namespace knowhy::oops {

struct ReportLine {
    uint32_t number = 0;
    std::string text;
    std::optional<double> at;
    Section section = Section::Other;
    const Headline* headline = nullptr;  // where it is one
    bool partial = false;                // the text ends in it
};

struct ReportLines {
    std::vector<ReportLine> lines;
    model::OopsKind kind = model::OopsKind::Unknown;
    size_t headline = 0;  // index of the line that says what happened
    bool at_end_of_text = false;
    bool crossed = false;  // it began inside another report, whose rest may be in it
    std::vector<std::string> damage;
};

model::OopsReport read_report(const ReportLines& lines);

}  // namespace knowhy::oops
