// Deep copies, for passes that put a tree in several places.
#pragma once

#include "lang/ast/ast.h"

namespace knowhy::lang {

ExprPtr clone(const ExprPtr& expr);  // null of null
StmtPtr clone(const StmtPtr& stmt);
Block clone(const Block& block);
TypeName clone(const TypeName& type);

}  // namespace knowhy::lang
