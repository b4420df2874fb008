// Drop reasons as BTF tells them. No number and no enumerator of a reason is written here: what is
// known is only how the kernel builds the enums (include/net/dropreason-core.h, dropreason.h).
#pragma once

#include <bpf/btf.h>

#include <string>
#include <vector>

#include "symbols/btf/btf.h"

namespace knowhy::symbols {

// From `enum skb_drop_reason` and `enum skb_drop_reason_subsys`, either of which may be absent.
// The names of a subsystem's reasons are added by add_subsystem_reasons().
ReasonNames core_reasons(const btf* vmlinux);

// A subsystem's reasons are an enum of its own, `..._drop_reason`, whose values carry the
// subsystem's number. Adds those among the types from `first_id` on.
void add_subsystem_reasons(ReasonNames& reasons, const btf* types, uint32_t first_id);

// Subsystems that no reason was found for: their enum is in a module.
std::vector<std::string> unnamed_subsystems(const ReasonNames& reasons);

}  // namespace knowhy::symbols
