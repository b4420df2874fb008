// Recordings as commands read them: whole, with packets decoded.
#pragma once

#include <string>

#include "base/result.h"
#include "model/observation.h"
#include "model/recording.h"

namespace knowhy::cli {

// `other` gets the samples that the groups did not keep, decoded too.
Result<model::Observation> load_recording(const std::string& path,
                                          const model::OtherSample& other = {});

// A recording that ships with knowhy ("martian.knowhy"): beside an installed program
// (../share/knowhy/demo) or in the source tree that this one was built in. "" when it is in
// neither.
std::string shipped_recording(const std::string& file);

}  // namespace knowhy::cli
