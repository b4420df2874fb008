#include "symbols/dwarf/expression.h"

#include <dwarf.h>

#include <algorithm>

#include "symbols/dwarf/reader.h"

namespace knowhy::symbols {
namespace {

// What DW_OP_entry_value is of, when that is a register.
uint64_t entry_register(Dwarf_Attribute* attribute, const Dwarf_Op* op) {
    Dwarf_Attribute inner;
    Dwarf_Op* ops = nullptr;
    size_t count = 0;
    if (attribute == nullptr || dwarf_getlocation_attr(attribute, op, &inner) != 0 ||
        dwarf_getlocation(&inner, &ops, &count) != 0 || count != 1) {
        return kNoRegister;
    }
    if (ops->atom >= DW_OP_reg0 && ops->atom <= DW_OP_reg31) return ops->atom - DW_OP_reg0;
    return ops->atom == DW_OP_regx ? ops->number : kNoRegister;
}

ExpressionOp address_by_index(Dwarf_Attribute* attribute, const Dwarf_Op* op) {
    Dwarf_Attribute inner;
    Dwarf_Addr address = 0;
    if (attribute == nullptr || dwarf_getlocation_attr(attribute, op, &inner) != 0 ||
        dwarf_formaddr(&inner, &address) != 0) {
        return {op->atom, op->number, 0};
    }
    const bool constant = op->atom == DW_OP_constx || op->atom == DW_OP_GNU_const_index;
    return {static_cast<uint8_t>(constant ? DW_OP_consts : DW_OP_addr), address, 0};
}

// Bytes of the target as one number, where they are few enough; classified() takes it from there.
ExpressionOp implicit_bytes(const Dwarf_Block& block, bool big_endian) {
    ExpressionOp result{DW_OP_implicit_value, block.length, 0};
    if (block.length > sizeof result.number2) return result;
    Reader reader({block.data, block.length}, big_endian);
    result.number2 = reader.number(static_cast<unsigned>(block.length));
    return result;
}

ExpressionOp implicit_value(Dwarf_Attribute* attribute, const Dwarf_Op* op, bool big_endian) {
    Dwarf_Block block;
    if (attribute == nullptr || dwarf_getlocation_implicit_value(attribute, op, &block) != 0) {
        return {DW_OP_implicit_value, kNoRegister, 0};
    }
    return implicit_bytes(block, big_endian);
}

uint8_t standard_name(uint8_t atom) {
    switch (atom) {
        case DW_OP_GNU_convert:
            return DW_OP_convert;
        case DW_OP_GNU_reinterpret:
            return DW_OP_reinterpret;
        case DW_OP_GNU_implicit_pointer:
            return DW_OP_implicit_pointer;
        case DW_OP_GNU_const_type:
            return DW_OP_const_type;
        case DW_OP_GNU_regval_type:
            return DW_OP_regval_type;
        case DW_OP_GNU_deref_type:
            return DW_OP_deref_type;
        default:
            return atom;
    }
}

ExpressionOp normalised(Dwarf_Attribute* attribute, const Dwarf_Op* op, bool big_endian) {
    const uint8_t atom = op->atom;
    if (atom >= DW_OP_reg0 && atom <= DW_OP_reg31) {
        return {DW_OP_regx, uint64_t{atom} - DW_OP_reg0, 0};
    }
    if (atom >= DW_OP_breg0 && atom <= DW_OP_breg31) {
        return {DW_OP_bregx, uint64_t{atom} - DW_OP_breg0, op->number};
    }
    if (atom >= DW_OP_lit0 && atom <= DW_OP_lit31) {
        return {DW_OP_consts, uint64_t{atom} - DW_OP_lit0, 0};
    }
    if (atom >= DW_OP_const1u && atom <= DW_OP_consts) return {DW_OP_consts, op->number, 0};
    switch (atom) {
        case DW_OP_entry_value:
        case DW_OP_GNU_entry_value:
            return {DW_OP_entry_value, entry_register(attribute, op), 0};
        case DW_OP_addrx:
        case DW_OP_constx:
        case DW_OP_GNU_addr_index:
        case DW_OP_GNU_const_index:
            return address_by_index(attribute, op);
        case DW_OP_implicit_value:
            return implicit_value(attribute, op, big_endian);
        default:
            return {standard_name(atom), op->number, op->number2};
    }
}

bool needs_frame(const std::vector<ExpressionOp>& ops) {
    return std::any_of(ops.begin(), ops.end(), [](const ExpressionOp& op) {
        return op.atom == DW_OP_fbreg || op.atom == DW_OP_call_frame_cfa;
    });
}

void append(std::vector<ExpressionOp>& to, const std::vector<ExpressionOp>& what) {
    to.insert(to.end(), what.begin(), what.end());
}

void append_offset(std::vector<ExpressionOp>& ops, int64_t offset) {
    if (ops.size() == 1 && ops[0].atom == DW_OP_bregx) {
        ops[0].number2 += static_cast<uint64_t>(offset);
    } else if (offset != 0) {
        ops.push_back({DW_OP_consts, static_cast<uint64_t>(offset), 0});
        ops.push_back({DW_OP_plus, 0, 0});
    }
}

// A value that is the same everywhere, on the variable or on what it is an instance of.
std::optional<ExpressionOp> constant_of(Dwarf_Die& variable, bool big_endian) {
    Dwarf_Attribute attribute;
    if (dwarf_attr_integrate(&variable, DW_AT_const_value, &attribute) == nullptr) return {};
    Dwarf_Sword number = 0;
    Dwarf_Word bits = 0;
    Dwarf_Block block;
    switch (dwarf_whatform(&attribute)) {
        case DW_FORM_sdata:
        case DW_FORM_implicit_const:
            if (dwarf_formsdata(&attribute, &number) != 0) return {};
            return ExpressionOp{DW_OP_consts, static_cast<uint64_t>(number), 0};
        case DW_FORM_block:
        case DW_FORM_block1:
        case DW_FORM_block2:
        case DW_FORM_block4:
        case DW_FORM_data16:
            if (dwarf_formblock(&attribute, &block) != 0) return {};
            return implicit_bytes(block, big_endian);
        default:
            if (dwarf_formudata(&attribute, &bits) != 0) return {};
            return ExpressionOp{DW_OP_consts, bits, 0};
    }
}

}  // namespace

std::vector<ExpressionOp> normalised(Dwarf_Attribute* attribute, const Dwarf_Op* ops, size_t count,
                                     bool big_endian) {
    std::vector<ExpressionOp> expression;
    expression.reserve(count);
    for (size_t i = 0; i < count; ++i) {
        expression.push_back(normalised(attribute, &ops[i], big_endian));
    }
    return expression;
}

Locator::Locator(Frames& frames, Dwarf_Die function) : frames_(&frames) {
    Dwarf_Attribute attribute;
    Dwarf_Op* ops = nullptr;
    size_t count = 0;
    if (dwarf_attr_integrate(&function, DW_AT_frame_base, &attribute) != nullptr &&
        dwarf_getlocation(&attribute, &ops, &count) == 0) {
        frame_base_ = normalised(&attribute, ops, count, frames_->big_endian());
    }
    // "In register N" as a frame base means what the register holds.
    if (frame_base_.size() == 1 && frame_base_[0].atom == DW_OP_regx) {
        frame_base_[0] = {DW_OP_bregx, frame_base_[0].number, 0};
    }
}

std::vector<ExpressionOp> Locator::framed(const std::vector<ExpressionOp>& ops,
                                          const std::vector<ExpressionOp>& cfa) const {
    std::vector<ExpressionOp> result;
    for (const ExpressionOp& op : ops) {
        std::vector<ExpressionOp> part{op};
        if (op.atom == DW_OP_call_frame_cfa && !cfa.empty()) {
            part = cfa;
        } else if (op.atom == DW_OP_fbreg && !frame_base_.empty()) {
            const bool is_cfa =
                frame_base_.size() == 1 && frame_base_[0].atom == DW_OP_call_frame_cfa;
            if (!is_cfa || !cfa.empty()) {
                part = is_cfa ? cfa : frame_base_;
                append_offset(part, static_cast<int64_t>(op.number));
            }
        }
        append(result, part);
    }
    return result;
}

void Locator::add(std::vector<LocatedRange>& ranges, AddressRange range,
                  const std::vector<ExpressionOp>& ops) {
    if (range.from >= range.to) return;
    if (!needs_frame(ops)) {
        ranges.push_back({range.from, range.to, classified(ops)});
        return;
    }
    for (const FrameRow& row : frames_->rows(range)) {
        Location location = classified(framed(ops, row.cfa));
        if (!ranges.empty() && ranges.back().to == row.range.from &&
            ranges.back().location == location) {
            ranges.back().to = row.range.to;
        } else {
            ranges.push_back({row.range.from, row.range.to, std::move(location)});
        }
    }
}

std::vector<LocatedRange> Locator::ranges(Dwarf_Die& variable,
                                          const std::vector<AddressRange>& scope) {
    std::vector<LocatedRange> ranges;
    Dwarf_Attribute attribute;
    if (dwarf_attr_integrate(&variable, DW_AT_location, &attribute) == nullptr) {
        if (const auto constant = constant_of(variable, frames_->big_endian())) {
            std::vector<ExpressionOp> ops{*constant};
            if (constant->atom == DW_OP_consts) ops.push_back({DW_OP_stack_value, 0, 0});
            for (const AddressRange& range : scope) add(ranges, range, ops);
        }
        return ranges;
    }
    Dwarf_Addr base = 0;
    Dwarf_Addr from = 0;
    Dwarf_Addr to = 0;
    Dwarf_Op* ops = nullptr;
    size_t count = 0;
    ptrdiff_t at = 0;
    while ((at = dwarf_getlocations(&attribute, at, &base, &from, &to, &ops, &count)) > 0) {
        const std::vector<ExpressionOp> expression =
            normalised(&attribute, ops, count, frames_->big_endian());
        if (expression.empty()) continue;
        // An expression without a list, and a list's default, hold wherever the variable is.
        if (from == 0 && to == ~Dwarf_Addr{0}) {
            for (const AddressRange& range : scope) add(ranges, range, expression);
        } else {
            add(ranges, {from, to}, expression);
        }
    }
    return ranges;
}

Location Locator::value(Dwarf_Attribute& expression, uint64_t address) {
    Dwarf_Op* ops = nullptr;
    size_t count = 0;
    if (dwarf_getlocation(&expression, &ops, &count) != 0 || count == 0) return {};
    std::vector<ExpressionOp> value = normalised(&expression, ops, count, frames_->big_endian());
    if (needs_frame(value)) {
        value = framed(value, frames_->rows({address, address + 1}).front().cfa);
    }
    value.push_back({DW_OP_stack_value, 0, 0});
    return classified(std::move(value));
}

}  // namespace knowhy::symbols
