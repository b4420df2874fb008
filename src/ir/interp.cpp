#include "ir/interp.h"

#include <optional>

#include "ir/overloaded.h"

namespace knowhy::ir {
namespace {

uint64_t narrowed(uint64_t value, Type type) {
    return type == Type::U32 ? value & UINT32_MAX : value;
}

uint64_t compute(Op op, uint64_t left, uint64_t right, unsigned width) {
    switch (op) {
        case Op::Add:
            return left + right;
        case Op::Sub:
            return left - right;
        case Op::Mul:
            return left * right;
        case Op::Div:
            return right == 0 ? 0 : left / right;
        case Op::Mod:
            return right == 0 ? left : left % right;
        case Op::And:
            return left & right;
        case Op::Or:
            return left | right;
        case Op::Xor:
            return left ^ right;
        case Op::ShiftLeft:
            return left << (right % width);
        case Op::ShiftRight:
            return left >> (right % width);
    }
    return 0;
}

bool holds(Compare compare, uint64_t left, uint64_t right) {
    switch (compare) {
        case Compare::Equal:
            return left == right;
        case Compare::NotEqual:
            return left != right;
        case Compare::Less:
            return left < right;
        case Compare::LessEqual:
            return left <= right;
        case Compare::Greater:
            return left > right;
        case Compare::GreaterEqual:
            return left >= right;
        case Compare::AnyBit:
            return (left & right) != 0;
    }
    return false;
}

class Machine {
  public:
    Machine(const Program& program, const Packet& packet)
        : program_(program), packet_(packet), registers_(program.registers.size(), 0) {}

    Result<uint64_t> run(uint64_t max_blocks) {
        BlockId at{0};
        for (uint64_t i = 0; i < max_blocks; ++i) {
            const Block& block = program_.blocks[at.index];
            for (const Instruction& instruction : block.body) step(instruction);
            if (const auto* leave = std::get_if<Return>(&block.end)) return value(leave->value);
            at = next(block.end);
        }
        return fail(ErrorKind::Internal, "no end after {} blocks", max_blocks);
    }

  private:
    [[nodiscard]] uint64_t value(const Operand& operand) const {
        return std::visit(Overloaded{[&](Reg reg) { return registers_[reg.index]; },
                                     [](Constant constant) { return constant.value; }},
                          operand);
    }

    void assign(Reg to, uint64_t value) {
        registers_[to.index] = narrowed(value, program_.type_of(to));
    }

    void step(const Instruction& instruction) {
        std::visit(
            Overloaded{[&](const Move& move) { assign(move.to, value(move.from)); },
                       [&](const Compute& it) {
                           const unsigned width = program_.type_of(it.to) == Type::U32 ? 32 : 64;
                           assign(it.to, compute(it.op, value(it.left), value(it.right), width));
                       },
                       [&](const PacketLength& it) { assign(it.to, packet_.length); }},
            instruction);
    }

    BlockId next(const Terminator& terminator) {
        return std::visit(Overloaded{[](const Jump& jump) { return jump.to; },
                                     [&](const Branch& branch) {
                                         const bool yes =
                                             holds(branch.compare, registers_[branch.left.index],
                                                   value(branch.right));
                                         return yes ? branch.yes : branch.no;
                                     },
                                     [&](const LoadPacket& load) { return this->load(load); },
                                     [](const Return&) { return BlockId{}; }},
                          terminator);
    }

    BlockId load(const LoadPacket& load) {
        const uint64_t first = value(load.base) + load.displacement;
        const uint64_t end = first + load.width;
        if (end > packet_.length) return load.past_end;
        if (end > packet_.copy.size()) return load.past_copy;
        uint64_t loaded = 0;
        for (const uint8_t byte : packet_.copy.subspan(first, load.width))
            loaded = loaded << 8U | byte;
        assign(load.to, loaded);
        return load.loaded;
    }

    const Program& program_;
    const Packet& packet_;
    std::vector<uint64_t> registers_;  // always within their types
};

}  // namespace

Result<uint64_t> run(const Program& program, const Packet& packet, uint64_t max_blocks) {
    return Machine(program, packet).run(max_blocks);
}

}  // namespace knowhy::ir
