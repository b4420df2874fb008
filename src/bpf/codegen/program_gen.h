// Random IR programs for tests: forward control flow over a handful to a score of registers of both
// types, with the constants that break things.
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <vector>

#include "ir/ir.h"

namespace knowhy::bpf {

class ProgramGen {
  public:
    explicit ProgramGen(uint64_t seed) : random_(seed) {}

    size_t below(size_t limit) {
        return std::uniform_int_distribution<size_t>(0, limit - 1)(random_);
    }

    std::vector<uint8_t> bytes(size_t count) {
        std::vector<uint8_t> all(count);
        for (uint8_t& byte : all) byte = static_cast<uint8_t>(below(256));
        return all;
    }

    ir::Function program() {
        out_ = {};
        // Up to 5 machine registers and 16 stack slots hold them all at once.
        const size_t registers = 2 + below(20);
        for (size_t i = 0; i < registers; ++i)
            out_.add_register(i == 0 || below(2) == 0 ? ir::Type::U32 : ir::Type::U64);
        const size_t blocks = 1 + below(12);
        for (size_t i = 0; i < blocks; ++i) out_.add_block();
        for (uint32_t i = 0; i < registers; ++i)
            out_.blocks[0].body.emplace_back(ir::Move{{i}, constant(out_.registers[i])});
        for (at_ = 0; at_ < blocks; ++at_) fill(out_.blocks[at_]);
        return out_;
    }

  private:
    ir::Reg any_register() { return {static_cast<uint32_t>(below(out_.registers.size()))}; }

    ir::Reg a_register(ir::Type type) {
        for (;;)  // register 0 is a U32, and any other type was asked for because one is there
            if (const ir::Reg reg = any_register(); out_.type_of(reg) == type) return reg;
    }

    ir::Constant constant(ir::Type type) {
        static constexpr std::array<uint64_t, 9> kEdges = {
            0, 1, 31, 32, 64, INT32_MAX, 0x80000000, UINT32_MAX, UINT64_MAX};
        uint64_t value = below(2) == 0 ? kEdges.at(below(kEdges.size())) : random_();
        if (below(3) == 0) value >>= 40U;
        return {type == ir::Type::U32 ? value & UINT32_MAX : value};
    }

    ir::Operand operand(ir::Type type) {
        if (below(3) == 0) return constant(type);
        return a_register(type);
    }

    ir::BlockId later_block() {
        return {static_cast<uint32_t>(at_ + 1 + below(out_.blocks.size() - at_ - 1))};
    }

    void fill(ir::Block& block) {
        for (size_t count = below(6); count > 0; --count) block.body.push_back(instruction());
        block.end = terminator();
    }

    ir::Instruction instruction() {
        const ir::Reg to = any_register();
        const ir::Type type = out_.type_of(to);
        if (below(12) == 0) return ir::PacketLength{a_register(ir::Type::U32)};
        if (below(4) == 0)
            return ir::Move{to, below(2) == 0 ? ir::Operand(constant(type)) : any_register()};
        const auto op = static_cast<ir::Op>(below(10));
        return ir::Compute{op, to, operand(type), operand(type)};
    }

    ir::Terminator terminator() {
        if (at_ + 1 == out_.blocks.size() || below(10) == 0)
            return ir::Return{operand(ir::Type::U32)};
        if (below(3) == 0) return load();
        if (below(5) == 0) return ir::Jump{later_block()};
        const ir::Reg left = any_register();
        const auto compare = static_cast<ir::Compare>(below(7));
        return ir::Branch{compare, left, operand(out_.type_of(left)), later_block(), later_block()};
    }

    ir::LoadPacket load() {
        const auto width = static_cast<uint8_t>(1U << below(3));
        const ir::Operand base =
            below(2) == 0 ? ir::Operand(ir::Constant{0}) : operand(ir::Type::U32);
        const auto displacement =
            static_cast<uint32_t>(below(8) == 0 ? constant(ir::Type::U32).value : below(160));
        return {a_register(ir::Type::U32),
                width,
                base,
                displacement,
                later_block(),
                later_block(),
                later_block()};
    }

    std::mt19937_64 random_;
    ir::Function out_;
    size_t at_ = 0;
};

}  // namespace knowhy::bpf
