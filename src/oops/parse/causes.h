// What a report's kind has to say besides: the address, the access, the sizes, the other stacks.
#pragma once

#include <string_view>

#include "model/oops.h"

namespace knowhy::oops {

// The line that says what happened, and the "die" line that follows it on most architectures.
void read_headline(std::string_view text, model::OopsReport& report);
// Any other line of the report.
void read_cause(std::string_view text, model::OopsReport& report);
// The access, as error codes and syndromes tell it. Unknown where they do not.
model::OopsAccess access_by_status(const model::OopsReport& report);
// What follows from all of it: the access by the error code, NULL by the address.
void conclude_cause(model::OopsReport& report);

}  // namespace knowhy::oops
