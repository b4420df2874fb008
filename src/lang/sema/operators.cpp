// Operators, and conditions as control flow.
#include <algorithm>

#include "lang/sema/functions.h"
#include "lang/sema/lowering.h"
#include "lang/sema/stap_targets.h"
#include "lang/source/codes.h"

namespace knowhy::lang {

using ir::Compare;
using ir::Constant;
using ir::Op;
using ir::Operand;
using ir::Place;
using Kind = Type::Kind;

namespace {

// Both sides signed makes a signed operation; a literal that is not negative goes with the other.
bool signed_together(const Value& left, const Value& right) {
    const auto fits_both = [](const Value& value) {
        if (!value.literal) return false;
        const auto known = constant_of(value.scalar());
        return known && static_cast<int64_t>(*known) >= 0;
    };
    if (fits_both(left)) return right.type.is_signed;
    if (fits_both(right)) return left.type.is_signed;
    return left.type.is_signed && right.type.is_signed;
}

std::optional<Compare> comparison(BinaryOp op, bool is_signed) {
    switch (op) {
        case BinaryOp::Equal:
            return Compare::Equal;
        case BinaryOp::NotEqual:
            return Compare::NotEqual;
        case BinaryOp::Less:
            return is_signed ? Compare::SignedLess : Compare::Less;
        case BinaryOp::LessEqual:
            return is_signed ? Compare::SignedLessEqual : Compare::LessEqual;
        case BinaryOp::Greater:
            return is_signed ? Compare::SignedGreater : Compare::Greater;
        case BinaryOp::GreaterEqual:
            return is_signed ? Compare::SignedGreaterEqual : Compare::GreaterEqual;
        default:
            return std::nullopt;
    }
}

Op operation(BinaryOp op, bool is_signed) {
    switch (op) {
        case BinaryOp::Add:
            return Op::Add;
        case BinaryOp::Subtract:
            return Op::Sub;
        case BinaryOp::Multiply:
            return Op::Mul;
        case BinaryOp::Divide:
            return is_signed ? Op::SignedDiv : Op::Div;
        case BinaryOp::Modulo:
            return is_signed ? Op::SignedMod : Op::Mod;
        case BinaryOp::BitAnd:
            return Op::And;
        case BinaryOp::BitOr:
            return Op::Or;
        case BinaryOp::BitXor:
            return Op::Xor;
        case BinaryOp::ShiftLeft:
            return Op::ShiftLeft;
        default:
            return is_signed ? Op::ShiftRightSigned : Op::ShiftRight;
    }
}

bool is_logical(BinaryOp op) {
    return op == BinaryOp::LogicalAnd || op == BinaryOp::LogicalOr;
}

// Texts and other values that are compared byte by byte.
bool lies_in_memory(const Value& value) {
    return value.type.kind == Kind::String || value.type.kind == Kind::Bytes ||
           value.type.kind == Kind::Tuple || value.type.kind == Kind::Array ||
           value.type.kind == Kind::Mac || value.type.kind == Kind::Inet;
}

}  // namespace

// All of SystemTap's numbers are signed.
bool Lowering::is_signed(const Value& left, const Value& right) const {
    return is_stap() || signed_together(left, right);
}

// Where a field lies that need not be read for that; nullopt for anything else.
std::optional<Value> Lowering::address_of(const Expr& expr) {
    const auto* node = std::get_if<Field>(&expr.node);
    if (node == nullptr) return std::nullopt;
    const Value object = value(*node->object);
    const bool in_memory = std::holds_alternative<InMemory>(object.where);
    if (object.type.kind != Kind::Pointer && !in_memory) return std::nullopt;
    symbols::Types& types = script_.types();
    const auto place = types.field(types.resolved(object.type.c_type), node->name);
    if (!place || place->bit_size != 0) return std::nullopt;
    Value result =
        Value::of(Type::pointer(place->type),
                  emit_.compute(Op::Add, address_of(object), Constant{place->bit_offset / 8}));
    result.type.user_space = object.type.user_space;
    return result;
}

Value Lowering::of(const Unary& node, Span span) {
    if (node.op == UnaryOp::AddressOf && is_stap())
        return address_taken(*this, *node.operand, span);
    if (node.op == UnaryOp::AddressOf)
        if (auto address = address_of(*node.operand)) return std::move(*address);
    const Value operand = value(*node.operand);
    switch (node.op) {
        case UnaryOp::Dereference:
            return dereferenced(operand, span);
        case UnaryOp::AddressOf:
            if (std::holds_alternative<InMemory>(operand.where))
                return Value::of(Type::pointer(operand.type.c_type), address_of(operand));
            error(codes::kTypeMismatch, span, "this has no address",
                  "& is for what lies in memory: a structure, an array, a field of one");
            return Value::unknown();
        case UnaryOp::Not: {
            if (!is_number(operand, span, "this")) return Value::unknown();
            return Value::of(Type::boolean(),
                             emit_.truth(Compare::Equal, operand.scalar(), Constant{0}));
        }
        default:
            break;
    }
    if (!is_number(operand, span, "this")) return Value::unknown();
    Value result = Value::integer(operand.scalar(), true);
    result.literal = operand.literal;
    if (node.op == UnaryOp::Minus)
        result.where = emit_.compute(Op::Sub, Constant{0}, operand.scalar());
    if (node.op == UnaryOp::Complement) {
        result.where = emit_.compute(Op::Xor, operand.scalar(), Constant{UINT64_MAX});
        result.type.is_signed = operand.type.is_signed;
    }
    return result;
}

Value Lowering::of(const Binary& node, Span span) {
    if (is_logical(node.op)) return logical(node);
    const Value left = value(*node.left);
    const Value right = value(*node.right);
    if (comparison(node.op, false)) {
        return Value::of(Type::boolean(), compared(node.op, left, right, span));
    }
    if (left.type.kind == Kind::Pointer || right.type.kind == Kind::Pointer) {
        if (node.op == BinaryOp::Add || node.op == BinaryOp::Subtract)
            return left.type.kind == Kind::Pointer ? pointer_arithmetic(node.op, left, right, span)
                                                   : pointer_arithmetic(node.op, right, left, span);
    }
    return arithmetic(node.op, left, right, span);
}

Value Lowering::arithmetic(BinaryOp op, const Value& left, const Value& right, Span span) {
    if (op == BinaryOp::Concatenate) return concatenated(left, right, span);
    if (op == BinaryOp::Match || op == BinaryOp::NotMatch) {
        error(codes::kCannot, span, "this operator is not supported yet");
        return Value::unknown();
    }
    if (!is_number(left, span, "the left side") || !is_number(right, span, "the right side"))
        return Value::unknown();
    if (is_stap() && (op == BinaryOp::Divide || op == BinaryOp::Modulo))
        fail_where_zero(right.scalar(), span);
    const bool both_signed = is_signed(left, right);
    Value result =
        Value::integer(emit_.compute(operation(op, both_signed), left.scalar(), right.scalar()),
                       both_signed || op == BinaryOp::Subtract);
    result.literal = left.literal && right.literal;
    result.unresolved = left.unresolved && right.unresolved;
    return result;
}

// As C does it: in steps of what the pointer points to.
Value Lowering::pointer_arithmetic(BinaryOp op, const Value& pointer, const Value& by, Span span) {
    if (!is_number(by, span, "this")) return Value::unknown();
    if (by.type.kind == Kind::Pointer)
        return Value::integer(emit_.compute(operation(op, false), pointer.scalar(), by.scalar()),
                              true);
    const uint64_t step = std::max<uint64_t>(script_.types().bytes_of(pointer.type.c_type), 1);
    const Operand bytes =
        step == 1 ? by.scalar() : emit_.compute(Op::Mul, by.scalar(), Constant{step});
    return Value::of(pointer.type, emit_.compute(operation(op, false), pointer.scalar(), bytes));
}

Operand Lowering::compared(BinaryOp op, const Value& left, const Value& right, Span span) {
    if (left.unresolved || right.unresolved) return Constant{0};
    if (lies_in_memory(left) || lies_in_memory(right)) {
        const bool texts = left.type.kind == Kind::String && right.type.kind == Kind::String;
        if (is_stap() && texts && op != BinaryOp::Equal && op != BinaryOp::NotEqual)
            return emit_.truth(*comparison(op, true), order_of_texts(left, right), Constant{0});
        if (op != BinaryOp::Equal && op != BinaryOp::NotEqual) {
            error(codes::kTypeMismatch, span, "only == and != compare these",
                  "strings and arrays have no order here");
            return Constant{0};
        }
        const Operand same = same_bytes(left, right, span);
        return op == BinaryOp::Equal ? same : emit_.compute(Op::Xor, same, Constant{1});
    }
    if (!is_number(left, span, "the left side") || !is_number(right, span, "the right side"))
        return Constant{0};
    return emit_.truth(*comparison(op, is_signed(left, right)), left.scalar(), right.scalar());
}

// 0 or 1. Strings are padded with zeros, so that those of the shorter one decide.
Operand Lowering::same_bytes(const Value& left, const Value& right, Span span) {
    const auto* literal = std::get_if<Text>(&right.where);
    if (literal == nullptr && std::holds_alternative<Text>(left.where))
        return same_bytes(right, left, span);
    if (left.type.kind != right.type.kind) {
        error(codes::kTypeMismatch, span,
              fmt::format("{} and {} cannot be compared", to_text(left.type, script_.types()),
                          to_text(right.type, script_.types())),
              "compare a string with a text in quotes, a number with a number");
        return Constant{0};
    }
    if (const auto* known = std::get_if<Text>(&left.where))
        return Constant{literal != nullptr && known->text == literal->text ? 1U : 0U};
    const Place here = in_place(left, left.type);
    const uint32_t bytes = std::min(left.type.bytes, right.type.bytes);
    if (literal != nullptr && literal->text.size() >= left.type.bytes) return Constant{0};
    const Place there = literal == nullptr ? in_place(right, right.type) : here;
    const ir::Reg same = emit_.new_register();
    const ir::BlockId after = emit_.new_block();
    emit_.assign(same, Constant{0});
    for (uint32_t done = 0; done < bytes;) {
        uint32_t width = 8;
        while (width > bytes - done) width /= 2;
        Operand other = Constant{0};
        if (literal == nullptr) {
            other = emit_.load(further(there, done), width);
        } else {
            uint64_t word = 0;
            for (uint32_t i = 0; i < width && done + i < literal->text.size(); ++i)
                word |= static_cast<uint64_t>(static_cast<uint8_t>(literal->text[done + i]))
                        << (8 * i);
            other = Constant{word};
        }
        const ir::BlockId next = emit_.new_block();
        emit_.branch(Compare::Equal, emit_.load(further(here, done), width), other, next, after);
        emit_.go_on_in(next);
        done += width;
    }
    emit_.assign(same, Constant{1});
    emit_.jump_into(after);
    return same;
}

Value Lowering::logical(const Binary& node) {
    const ir::Reg answer = emit_.new_register();
    const ir::BlockId yes = emit_.new_block();
    const ir::BlockId no = emit_.new_block();
    const ir::BlockId after = emit_.new_block();
    const ir::BlockId second = emit_.new_block();
    if (node.op == BinaryOp::LogicalAnd)
        branch_on(*node.left, second, no);
    else
        branch_on(*node.left, yes, second);
    emit_.go_on_in(second);
    branch_on(*node.right, yes, no);
    emit_.go_on_in(yes);
    emit_.assign(answer, Constant{1});
    emit_.jump(after);
    emit_.go_on_in(no);
    emit_.assign(answer, Constant{0});
    emit_.jump_into(after);
    return Value::of(Type::boolean(), Operand{answer});
}

void Lowering::branch_on(const Expr& condition, ir::BlockId yes, ir::BlockId no) {
    if (const auto* binary = std::get_if<Binary>(&condition.node)) {
        if (is_logical(binary->op)) {
            const ir::BlockId second = emit_.new_block();
            if (binary->op == BinaryOp::LogicalAnd)
                branch_on(*binary->left, second, no);
            else
                branch_on(*binary->left, yes, second);
            emit_.go_on_in(second);
            return branch_on(*binary->right, yes, no);
        }
        if (comparison(binary->op, false)) {
            const Value left = value(*binary->left);
            const Value right = value(*binary->right);
            if (left.is_scalar() && right.is_scalar())
                return emit_.branch(*comparison(binary->op, is_signed(left, right)), left.scalar(),
                                    right.scalar(), yes, no);
            return emit_.branch(Compare::NotEqual,
                                compared(binary->op, left, right, condition.span), Constant{0}, yes,
                                no);
        }
    }
    if (const auto* unary = std::get_if<Unary>(&condition.node))
        if (unary->op == UnaryOp::Not) return branch_on(*unary->operand, no, yes);
    const Value found = value(condition);
    if (found.type.kind == Kind::String) {
        const Operand empty =
            same_bytes(found, Value::of(Type::string(1), Text{""}), condition.span);
        return emit_.branch(Compare::Equal, empty, Constant{0}, yes, no);
    }
    is_number(found, condition.span, "a condition");
    emit_.branch(Compare::NotEqual, found.scalar(), Constant{0}, yes, no);
}

Value Lowering::of(const Conditional& node, Span span) {
    if (is_stap() && node.yes)
        if (const auto known = decided(*this, *node.condition))
            return value(*known ? *node.yes : *node.no);
    const ir::BlockId yes = emit_.new_block();
    const ir::BlockId no = emit_.new_block();
    const ir::BlockId after = emit_.new_block();
    std::optional<Value> condition;
    if (node.yes) {
        branch_on(*node.condition, yes, no);
    } else {
        condition = value(*node.condition);
        emit_.branch(Compare::NotEqual, condition->scalar(), Constant{0}, yes, no);
    }
    emit_.go_on_in(yes);
    const Value first = node.yes ? value(*node.yes) : *condition;
    Type type = stored_type(script_, first.type);
    // The type of both is known only once the other was lowered: a place or register that both
    // fill.
    const ir::Reg answer = emit_.new_register();
    if (is_scalar(type.kind)) {
        emit_.assign(answer, first.scalar());
        emit_.jump(after);
        emit_.go_on_in(no);
        const Value second = value(*node.no);
        if (second.type.kind == Kind::None) {
            emit_.assign(answer, Constant{0});
        } else if (is_number(second, span, "the other side")) {
            emit_.assign(answer, second.scalar());
            if (type.kind == Kind::Integer) type.is_signed = is_signed(first, second);
        }
        emit_.jump_into(after);
        Value result = Value::of(type, Operand{answer});
        result.unresolved = first.unresolved && second.unresolved;
        return result;
    }
    if (type.kind == Kind::None) {  // for what they do
        emit_.jump(after);
        emit_.go_on_in(no);
        value(*node.no);
        emit_.jump_into(after);
        return Value::none();
    }
    if (type.kind == Kind::String)
        type.bytes = std::max(type.bytes, script_.plan.config.max_strlen);
    const Place place = emit_.new_buffer("either", type.bytes);
    put(place, type, first);
    emit_.jump(after);
    emit_.go_on_in(no);
    const Value second = value(*node.no);
    if (second.type.kind != first.type.kind && !second.unresolved)
        error(codes::kTypeMismatch, span, "both sides of ?: have to be of one kind",
              "two numbers, or two strings");
    put(place, type, second);
    emit_.jump_into(after);
    return Value::of(type, place);
}

}  // namespace knowhy::lang
