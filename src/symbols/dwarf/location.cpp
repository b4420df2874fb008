#include "symbols/dwarf/location.h"

#include <dwarf.h>

#include <algorithm>
#include <optional>

namespace knowhy::symbols {
namespace {

using Kind = Location::Kind;

bool any_of(const std::vector<ExpressionOp>& ops, uint8_t atom) {
    return std::any_of(ops.begin(), ops.end(),
                       [&](const ExpressionOp& op) { return op.atom == atom; });
}

std::optional<Register> as_register(uint64_t number) {
    if (number >= kRegisters) return std::nullopt;
    return static_cast<Register>(number);
}

// A start (a register's content, a constant, an address) and what constants add to it.
struct Sum {
    ExpressionOp start;
    int64_t added = 0;
};

int64_t wrapping_add(int64_t a, int64_t b) {
    return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}

// nullopt when `count` operations from the first on are anything else than such a sum.
std::optional<Sum> sum_of(const std::vector<ExpressionOp>& ops, size_t count) {
    if (count == 0) return std::nullopt;
    Sum sum{ops[0]};
    for (size_t i = 1; i < count; ++i) {
        if (ops[i].atom == DW_OP_plus_uconst) {
            sum.added = wrapping_add(sum.added, static_cast<int64_t>(ops[i].number));
            continue;
        }
        if (ops[i].atom != DW_OP_consts || i + 1 == count) return std::nullopt;
        const auto constant = static_cast<int64_t>(ops[i].number);
        const uint8_t operation = ops[++i].atom;
        if (operation == DW_OP_plus) {
            sum.added = wrapping_add(sum.added, constant);
        } else if (operation == DW_OP_minus) {
            sum.added = wrapping_add(sum.added, -constant);
        } else {
            return std::nullopt;
        }
    }
    return sum;
}

void place_at(Location& location, const Sum& sum) {
    const ExpressionOp& start = sum.start;
    if (start.atom == DW_OP_bregx) {
        if (const auto base = as_register(start.number)) {
            location.kind = Kind::InMemory;
            location.base = *base;
            location.offset = wrapping_add(static_cast<int64_t>(start.number2), sum.added);
        }
    } else if (start.atom == DW_OP_addr) {
        location.kind = Kind::Global;
        location.offset = wrapping_add(static_cast<int64_t>(start.number), sum.added);
    }
}

void take_value(Location& location, const Sum& sum) {
    const ExpressionOp& start = sum.start;
    if (start.atom == DW_OP_consts || start.atom == DW_OP_addr) {
        location.kind = Kind::Constant;
        location.offset = wrapping_add(static_cast<int64_t>(start.number), sum.added);
        return;
    }
    const auto base = as_register(start.number);
    if (!base) return;
    location.base = *base;
    location.simple = true;
    location.offset = sum.added;
    if (start.atom == DW_OP_bregx) {
        location.offset = wrapping_add(location.offset, static_cast<int64_t>(start.number2));
    } else if (start.atom != DW_OP_entry_value) {
        location.simple = false;
    }
    if (!location.simple) location.base = 0, location.offset = 0;
}

// Up to 8 bytes of DW_OP_implicit_value are handed over as number2 (see expression.cpp).
void take_implicit(Location& location) {
    const ExpressionOp& op = location.expression[0];
    constexpr uint64_t kMaxBytes = 8;
    if (location.expression.size() == 1 && op.number <= kMaxBytes) {
        location.kind = Kind::Constant;
        location.offset = static_cast<int64_t>(op.number2);
    } else {
        location.kind = Kind::Value;
    }
}

}  // namespace

Location classified(std::vector<ExpressionOp> expression) {
    Location location;
    location.expression = std::move(expression);
    const std::vector<ExpressionOp>& ops = location.expression;
    if (ops.empty()) return location;
    location.kind = Kind::Computed;
    if (any_of(ops, DW_OP_piece) || any_of(ops, DW_OP_bit_piece)) {
        location.kind = Kind::Pieces;
    } else if (ops[0].atom == DW_OP_implicit_pointer) {
        location.kind = Kind::ImplicitPointer;
        location.offset = static_cast<int64_t>(ops[0].number2);
    } else if (ops[0].atom == DW_OP_implicit_value) {
        take_implicit(location);
    } else if (ops.size() == 1 && ops[0].atom == DW_OP_regx) {
        if (const auto base = as_register(ops[0].number)) {
            location.kind = Kind::InRegister;
            location.base = *base;
        }
    } else if (ops.back().atom == DW_OP_stack_value) {
        // The value at entry, unlike what is in the register now, must be had from elsewhere.
        location.kind = any_of(ops, DW_OP_entry_value) ? Kind::Entry : Kind::Value;
        if (const auto sum = sum_of(ops, ops.size() - 1)) take_value(location, *sum);
    } else if (const auto sum = sum_of(ops, ops.size())) {
        place_at(location, *sum);
    }
    return location;
}

}  // namespace knowhy::symbols
