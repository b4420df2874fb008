#include "lang/ast/clone.h"

namespace knowhy::lang {
namespace {

std::vector<ExprPtr> clone(const std::vector<ExprPtr>& all) {
    std::vector<ExprPtr> copies;
    copies.reserve(all.size());
    for (const ExprPtr& each : all) copies.push_back(lang::clone(each));
    return copies;
}

std::optional<TypeName> clone(const std::optional<TypeName>& type) {
    if (!type) return std::nullopt;
    return lang::clone(*type);
}

// One overload for each node that owns others; the template is for those that do not.
struct Copy {
    template <typename Leaf>
    Leaf operator()(const Leaf& leaf) const {
        return leaf;
    }

    MapAccess operator()(const MapAccess& it) const {
        return {it.name, clone(it.keys), it.has_keys};
    }
    Field operator()(const Field& it) const {
        return {lang::clone(it.object), it.name, it.name_span, it.arrow};
    }
    Index operator()(const Index& it) const {
        return {lang::clone(it.object), lang::clone(it.index)};
    }
    TupleField operator()(const TupleField& it) const {
        return {lang::clone(it.object), it.number};
    }
    Call operator()(const Call& it) const {
        return {it.function, clone(it.arguments), it.name_span};
    }
    Unary operator()(const Unary& it) const { return {it.op, lang::clone(it.operand)}; }
    Binary operator()(const Binary& it) const {
        return {it.op, lang::clone(it.left), lang::clone(it.right), it.op_span};
    }
    Conditional operator()(const Conditional& it) const {
        return {lang::clone(it.condition), lang::clone(it.yes), lang::clone(it.no)};
    }
    Assign operator()(const Assign& it) const {
        return {lang::clone(it.target), it.op, it.accumulate, lang::clone(it.value)};
    }
    Step operator()(const Step& it) const {
        return {lang::clone(it.target), it.increment, it.prefix};
    }
    Cast operator()(const Cast& it) const {
        return {lang::clone(it.type), lang::clone(it.operand)};
    }
    NamedCast operator()(const NamedCast& it) const {
        return {lang::clone(it.operand), it.type, it.module};
    }
    SizeOf operator()(const SizeOf& it) const { return {clone(it.type), lang::clone(it.operand)}; }
    OffsetOf operator()(const OffsetOf& it) const {
        return {clone(it.type), lang::clone(it.operand), it.path};
    }
    TupleOf operator()(const TupleOf& it) const { return {clone(it.elements), it.names}; }
    TypeValue operator()(const TypeValue& it) const { return {lang::clone(it.type)}; }
    BlockValue operator()(const BlockValue& it) const {
        return {lang::clone(it.statements), lang::clone(it.value)};
    }
    InMap operator()(const InMap& it) const { return {clone(it.keys), it.map}; }
    Pretty operator()(const Pretty& it) const { return {lang::clone(it.operand), it.deep}; }

    ExprStmt operator()(const ExprStmt& it) const { return {lang::clone(it.value)}; }
    Let operator()(const Let& it) const { return {it.name, clone(it.type), lang::clone(it.value)}; }
    If operator()(const If& it) const {
        return {lang::clone(it.condition), lang::clone(it.yes), lang::clone(it.no)};
    }
    While operator()(const While& it) const {
        return {lang::clone(it.condition), lang::clone(it.body)};
    }
    For operator()(const For& it) const {
        return {lang::clone(it.first), lang::clone(it.condition), lang::clone(it.step),
                lang::clone(it.body)};
    }
    ForMap operator()(const ForMap& it) const {
        return {it.variable, it.map, it.map_span, lang::clone(it.body)};
    }
    ForRange operator()(const ForRange& it) const {
        return {it.variable, lang::clone(it.from), lang::clone(it.to), lang::clone(it.body)};
    }
    Unroll operator()(const Unroll& it) const {
        return {lang::clone(it.count), lang::clone(it.body)};
    }
    Foreach operator()(const Foreach& it) const {
        return {it.keys,
                it.value,
                it.map,
                lang::clone(it.histogram),
                clone(it.slice),
                it.by_value,
                it.by_statistic,
                lang::clone(it.limit),
                lang::clone(it.body)};
    }
    Return operator()(const Return& it) const { return {lang::clone(it.value)}; }
    Delete operator()(const Delete& it) const { return {lang::clone(it.target)}; }
    Try operator()(const Try& it) const {
        return {lang::clone(it.body), it.message, lang::clone(it.handler)};
    }
    Block operator()(const Block& it) const { return lang::clone(it); }
};

// The copy of a node, as the variant that held it.
template <typename Node>
Node clone_node(const Node& node) {
    return std::visit([](const auto& it) { return Node(Copy{}(it)); }, node);
}

}  // namespace

ExprPtr clone(const ExprPtr& expr) {
    if (!expr) return nullptr;
    return std::make_unique<Expr>(Expr{expr->span, clone_node(expr->node)});
}

StmtPtr clone(const StmtPtr& stmt) {
    if (!stmt) return nullptr;
    return std::make_unique<Stmt>(Stmt{stmt->span, clone_node(stmt->node)});
}

Block clone(const Block& block) {
    Block copy;
    copy.reserve(block.size());
    for (const StmtPtr& each : block) copy.push_back(clone(each));
    return copy;
}

TypeName clone(const TypeName& type) {
    std::vector<TypeName> elements;
    elements.reserve(type.elements.size());
    for (const TypeName& each : type.elements) elements.push_back(clone(each));
    return {type.span,       type.base,           type.pointers,
            type.dimensions, std::move(elements), clone(type.of)};
}

}  // namespace knowhy::lang
