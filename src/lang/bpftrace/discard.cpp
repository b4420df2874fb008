#include "lang/bpftrace/discard.h"

#include "lang/ast/parsing.h"

namespace knowhy::lang::bpftrace {

StmtPtr discarded(ExprPtr value) {
    const Span span = value->span;
    if (auto* block = std::get_if<BlockValue>(&value->node)) {
        if (block->value) block->statements.push_back(discarded(std::move(block->value)));
        return make_stmt(span, std::move(block->statements));
    }
    auto* choice = std::get_if<Conditional>(&value->node);
    if (choice == nullptr || !choice->yes || !std::holds_alternative<BlockValue>(choice->yes->node))
        return make_stmt(span, ExprStmt{std::move(value)});
    If statement{std::move(choice->condition), {}, {}};
    const auto branch = [](ExprPtr from) {
        StmtPtr inner = discarded(std::move(from));
        if (auto* all = std::get_if<Block>(&inner->node)) return std::move(*all);
        Block one;
        one.push_back(std::move(inner));
        return one;
    };
    statement.yes = branch(std::move(choice->yes));
    statement.no = branch(std::move(choice->no));
    return make_stmt(span, std::move(statement));
}

}  // namespace knowhy::lang::bpftrace
