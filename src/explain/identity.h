// A finding's id: the same from run to run, on every machine.
#pragma once

#include <string>

#include "model/finding.h"

namespace knowhy::explain {

// 16 hex digits from cause, place, device, namespace and `subject` (Conclusion's). A namespace with
// a name goes by that, because its inode number differs from boot to boot.
std::string finding_id(const model::Finding& finding, const std::string& subject);

}  // namespace knowhy::explain
