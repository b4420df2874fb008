// The parts of a node, for passes that go through the whole tree.
//
// each_part(node, visit) calls visit(ExprPtr&) for each expression right below the node, null ones
// left out, and visit(Block&) for each block, in the text's order. With a const node the visitor
// gets const references. TypeName's typeof() counts as a part of what names the type.
#pragma once

#include <type_traits>

#include "lang/ast/ast.h"

namespace knowhy::lang {
namespace walk_detail {

template <typename T>
constexpr bool kIsExpr = std::is_same_v<std::remove_const_t<T>, ExprPtr>;
template <typename T>
constexpr bool kIsExprs = std::is_same_v<std::remove_const_t<T>, std::vector<ExprPtr>>;
template <typename T>
constexpr bool kIsBlock = std::is_same_v<std::remove_const_t<T>, Block>;

template <typename Visit, typename Type>
void visit_type(Visit& visit, Type& type) {
    if (type.of) visit(type.of);
    for (auto& element : type.elements) visit_type(visit, element);
}

template <typename Visit, typename Part>
void visit_part(Visit& visit, Part& part) {
    if constexpr (kIsExpr<Part>) {
        if (part) visit(part);
    } else if constexpr (kIsExprs<Part>) {
        for (auto& each : part)
            if (each) visit(each);
    } else if constexpr (kIsBlock<Part>) {
        visit(part);
    } else if constexpr (std::is_same_v<std::remove_const_t<Part>, TypeName>) {
        visit_type(visit, part);
    } else {
        if (part) visit_type(visit, *part);
    }
}

template <typename Visit, typename... Parts>
void visit_parts(Visit& visit, Parts&... parts) {
    (visit_part(visit, parts), ...);
}

// Which parts each node has. A node that is not named here has none.
template <typename Visit>
struct Parts {
    Visit& visit;

    template <typename Node>
    void operator()(Node& node) {
        using T = std::remove_const_t<Node>;
        if constexpr (std::is_same_v<T, MapAccess> || std::is_same_v<T, InMap>) {
            visit_parts(visit, node.keys);
        } else if constexpr (std::is_same_v<T, Field> || std::is_same_v<T, TupleField>) {
            visit_parts(visit, node.object);
        } else if constexpr (std::is_same_v<T, Index>) {
            visit_parts(visit, node.object, node.index);
        } else if constexpr (std::is_same_v<T, Call>) {
            visit_parts(visit, node.arguments);
        } else if constexpr (std::is_same_v<T, Unary> || std::is_same_v<T, NamedCast> ||
                             std::is_same_v<T, Pretty>) {
            visit_parts(visit, node.operand);
        } else if constexpr (std::is_same_v<T, Binary>) {
            visit_parts(visit, node.left, node.right);
        } else if constexpr (std::is_same_v<T, Conditional> || std::is_same_v<T, If>) {
            visit_parts(visit, node.condition, node.yes, node.no);
        } else if constexpr (std::is_same_v<T, Assign>) {
            visit_parts(visit, node.target, node.value);
        } else if constexpr (std::is_same_v<T, Step> || std::is_same_v<T, Delete>) {
            visit_parts(visit, node.target);
        } else if constexpr (std::is_same_v<T, Cast> || std::is_same_v<T, SizeOf> ||
                             std::is_same_v<T, OffsetOf>) {
            visit_parts(visit, node.type, node.operand);
        } else if constexpr (std::is_same_v<T, TupleOf>) {
            visit_parts(visit, node.elements);
        } else if constexpr (std::is_same_v<T, TypeValue>) {
            visit_parts(visit, node.type);
        } else if constexpr (std::is_same_v<T, BlockValue>) {
            visit_parts(visit, node.statements, node.value);
        } else if constexpr (std::is_same_v<T, ExprStmt> || std::is_same_v<T, Return>) {
            visit_parts(visit, node.value);
        } else if constexpr (std::is_same_v<T, Let>) {
            visit_parts(visit, node.type, node.value);
        } else if constexpr (std::is_same_v<T, While>) {
            visit_parts(visit, node.condition, node.body);
        } else if constexpr (std::is_same_v<T, For>) {
            visit_parts(visit, node.first, node.condition, node.step, node.body);
        } else if constexpr (std::is_same_v<T, ForMap>) {
            visit_parts(visit, node.body);
        } else if constexpr (std::is_same_v<T, ForRange>) {
            visit_parts(visit, node.from, node.to, node.body);
        } else if constexpr (std::is_same_v<T, Unroll>) {
            visit_parts(visit, node.count, node.body);
        } else if constexpr (std::is_same_v<T, Foreach>) {
            visit_parts(visit, node.histogram, node.slice, node.limit, node.body);
        } else if constexpr (std::is_same_v<T, Try>) {
            visit_parts(visit, node.body, node.handler);
        } else if constexpr (std::is_same_v<T, Block>) {
            visit_parts(visit, node);
        }
    }
};

}  // namespace walk_detail

// Expr, Stmt, or a const one.
template <typename Tree, typename Visit>
void each_part(Tree& tree, Visit visit) {
    std::visit(walk_detail::Parts<Visit>{visit}, tree.node);
}

}  // namespace knowhy::lang
