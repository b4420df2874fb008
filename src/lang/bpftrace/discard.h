// A value that nobody uses, as the statement it looks like.
#pragma once

#include "lang/ast/ast.h"

namespace knowhy::lang::bpftrace {

// An if whose branches end in values, and a block that does, are values only where one is asked
// for: elsewhere they become the statements If and Block, and anything else an ExprStmt.
StmtPtr discarded(ExprPtr value);

}  // namespace knowhy::lang::bpftrace
