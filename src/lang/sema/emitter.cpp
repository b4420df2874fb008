#include "lang/sema/emitter.h"

#include <algorithm>

#include "ir/compute.h"

namespace knowhy::lang {

using ir::Constant;
using ir::Operand;
using ir::Place;
using ir::Reg;

namespace {

std::optional<uint64_t> folded(ir::Op op, uint64_t left, uint64_t right) {
    switch (op) {
        case ir::Op::Add:
            return left + right;
        case ir::Op::Sub:
            return left - right;
        case ir::Op::Mul:
            return left * right;
        case ir::Op::And:
            return left & right;
        case ir::Op::Or:
            return left | right;
        case ir::Op::Xor:
            return left ^ right;
        case ir::Op::ShiftLeft:
            return left << (right % 64U);
        case ir::Op::ShiftRight:
            return left >> (right % 64U);
        default:
            return std::nullopt;
    }
}

uint64_t extended_constant(uint64_t value, uint32_t bytes, bool is_signed) {
    if (bytes >= 8) return value;
    const uint32_t unused = 64 - 8 * bytes;
    const uint64_t high = value << unused;
    if (!is_signed) return high >> unused;
    return static_cast<uint64_t>(static_cast<int64_t>(high) >> unused);
}

}  // namespace

Place further(const Place& place, uint32_t bytes) {
    return {place.base, Constant{constant_of(place.offset).value_or(0) + bytes}};
}

std::optional<uint64_t> constant_of(const Operand& operand) {
    const auto* constant = std::get_if<Constant>(&operand);
    return constant != nullptr ? std::optional(constant->value) : std::nullopt;
}

Emitter::Emitter(ir::Program& program) : program_(program) {
    begin_function("main", {});
    function().result = ir::Type::U32;
}

ir::BlockId Emitter::new_block() {
    return function().add_block();
}

void Emitter::end_block(ir::Terminator terminator) {
    block().end = std::move(terminator);
    go_on_in(new_block());
    block().end = ir::Return{Constant{0}};
}

void Emitter::jump(ir::BlockId to) {
    end_block(ir::Jump{to});
}

void Emitter::jump_into(ir::BlockId block) {
    jump(block);
    go_on_in(block);
}

void Emitter::branch(ir::Compare compare, Operand left, Operand right, ir::BlockId yes,
                     ir::BlockId no) {
    const Reg reg = in_register(left);
    end_block(ir::Branch{compare, reg, right, yes, no});
}

void Emitter::lookup(Reg value, ir::MapId map, const Place& key, ir::BlockId found,
                     ir::BlockId missing, std::optional<Operand> cpu) {
    end_block(ir::Lookup{value, map, key, found, missing, cpu});
}

void Emitter::give_back(Operand value) {
    if (function().result == ir::Type::U32 && std::holds_alternative<Reg>(value)) {
        const Reg narrow = new_register(ir::Type::U32);
        emit(ir::Move{narrow, value});
        value = narrow;
    }
    end_block(ir::Return{value});
}

Emitter::Parameters Emitter::begin_function(std::string_view name,
                                            const std::vector<ir::Type>& parameters) {
    ir::Function function;
    function.name = name;
    function.result = ir::Type::U64;
    Parameters begun{{static_cast<uint32_t>(program_.functions.size())}, {}};
    for (const ir::Type type : parameters) {
        const Reg reg = function.add_register(type);
        function.parameters.push_back(reg);
        begun.registers.push_back(reg);
    }
    const ir::BlockId entry = function.add_block();
    function.blocks[entry.index].end = ir::Return{Constant{0}};
    program_.functions.push_back(std::move(function));
    open_.push_back({begun.function, entry});
    return begun;
}

void Emitter::end_function() {
    open_.pop_back();
}

Reg Emitter::new_register(ir::Type type) {
    return function().add_register(type);
}

Reg Emitter::in_register(Operand value) {
    if (const auto* reg = std::get_if<Reg>(&value)) return *reg;
    const Reg reg = new_register();
    assign(reg, value);
    return reg;
}

void Emitter::assign(Reg to, Operand from) {
    emit(ir::Move{to, from});
}

Operand Emitter::compute(ir::Op op, Operand left, Operand right) {
    const auto a = constant_of(left);
    const auto b = constant_of(right);
    if (a && b)
        if (const auto known = folded(op, *a, *b)) return Constant{*known};
    const Reg to = new_register();
    emit(ir::Compute{op, to, left, right});
    return to;
}

Operand Emitter::extended(Operand value, uint32_t bytes, bool is_signed) {
    if (bytes >= 8) return value;
    if (const auto known = constant_of(value))
        return Constant{extended_constant(*known, bytes, is_signed)};
    if (!is_signed) return compute(ir::Op::And, value, Constant{(1ULL << (8 * bytes)) - 1});
    const Reg to = new_register();
    emit(ir::SignExtend{to, value, static_cast<uint8_t>(bytes * 8)});
    return to;
}

Operand Emitter::truth(ir::Compare compare, Operand left, Operand right) {
    const auto a = constant_of(left);
    const auto b = constant_of(right);
    if (a && b) return Constant{ir::holds(compare, *a, *b, ir::Type::U64) ? 1U : 0U};
    const Reg answer = new_register();
    const ir::BlockId yes = new_block();
    const ir::BlockId no = new_block();
    const ir::BlockId after = new_block();
    branch(compare, left, right, yes, no);
    go_on_in(yes);
    assign(answer, Constant{1});
    jump(after);
    go_on_in(no);
    assign(answer, Constant{0});
    jump_into(after);
    return answer;
}

Place Emitter::new_buffer(std::string_view name, uint32_t bytes) {
    program_.buffers.push_back({std::string(name), std::max(bytes, 1U)});
    return {ir::BufferId{static_cast<uint32_t>(program_.buffers.size() - 1)}, Constant{0}};
}

Operand Emitter::load(const Place& from, uint32_t bytes, bool is_signed) {
    const Reg to = new_register();
    emit(ir::Load{to, from, static_cast<uint8_t>(bytes)});
    return is_signed ? extended(to, bytes, true) : Operand{to};
}

void Emitter::store(const Place& to, uint32_t bytes, Operand value) {
    emit(ir::Store{to, static_cast<uint8_t>(bytes), value});
}

void Emitter::fill(const Place& to, uint32_t bytes) {
    if (bytes > 0) emit(ir::Fill{to, bytes, 0});
}

void Emitter::copy(const Place& to, const Place& from, uint32_t bytes) {
    if (bytes > 0) emit(ir::Copy{to, from, bytes});
}

void Emitter::store_text(const Place& to, std::string_view text, uint32_t bytes) {
    text = text.substr(0, bytes);
    uint32_t done = 0;
    const auto length = static_cast<uint32_t>(text.size());
    while (done < length) {
        uint32_t width = 8;
        while (width > bytes - done) width /= 2;
        uint64_t word = 0;
        for (uint32_t i = 0; i < width && done + i < length; ++i)
            word |= static_cast<uint64_t>(static_cast<uint8_t>(text[done + i])) << (8 * i);
        store(further(to, done), width, Constant{word});
        done += width;
    }
    if (done < bytes) fill(further(to, done), bytes - done);
}

Operand Emitter::call(ir::Helper helper, std::vector<ir::Argument> arguments) {
    const Reg to = new_register();
    emit(ir::CallHelper{to, helper, std::move(arguments)});
    return to;
}

void Emitter::emit(ir::Instruction instruction) {
    block().body.push_back(std::move(instruction));
}

void Emitter::at_start(ir::Instruction instruction) {
    auto& body = program_.functions.front().blocks.front().body;
    body.insert(body.begin(), std::move(instruction));
}

void Emitter::go_on_in(ir::BlockId block_id) {
    at().block = block_id;
    if (source_ && block().body.empty()) emit(ir::At{*source_});
}

void Emitter::at_source(uint32_t offset) {
    source_ = offset;
    emit(ir::At{offset});
}

}  // namespace knowhy::lang
