// SystemTap's syscall.NAME and its kin, as aliases of the kernel's own tracepoints of system calls.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lang/ast/ast.h"
#include "lang/sema/kernel.h"
#include "lang/source/source.h"

namespace knowhy::lang {

// Those that were made, by the tracepoint's name: callers point to them.
using MadeAliases = std::map<std::string, std::unique_ptr<ProbeAlias>>;

// What syscall.NAME, nd_syscall.NAME and tp_syscall.NAME stand for, each also with `.return`; NAME
// may have wildcards. Each sets `name`, the arguments by the names that the kernel has for them
// (texts in quotes; of pointers NAME_uaddr), at the return `retval`.
std::vector<const ProbeAlias*> syscall_aliases(const ProbePoint& point, Kernel& kernel,
                                               Diagnostics& diagnostics, MadeAliases& made);

}  // namespace knowhy::lang
