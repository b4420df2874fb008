// Crash reports and what was found out of them, as text.
#pragma once

#include <string>
#include <vector>

#include "model/oops.h"
#include "model/oops_identity.h"
#include "render/text/drops.h"

namespace knowhy::render {

// `file`: where the report was read, "" for none. The trace is whole; the listing as it was given.
std::string oops_text(const model::OopsReport& report, const model::OopsExplanation& explanation,
                      const std::string& file, const TextOptions& options);

// What two reports have in common, and where they part.
std::string oops_difference_text(const model::OopsReport& one, const model::OopsReport& other,
                                 const TextOptions& options);

// Distinct crashes, the most frequent first. `files`: how many were read.
std::string oops_table_text(const std::vector<model::OopsGroup>& groups, uint64_t files,
                            const TextOptions& options);

}  // namespace knowhy::render
