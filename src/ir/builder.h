// Making a function instruction by instruction.
//
//     Builder b(function);                        // begins the entry block
//     const Reg size = b.make(Type::U64);
//     b.emit(LoadContext{size, 96, 8});
//     const BlockId big = b.block(), small = b.block();
//     b.end(Branch{Compare::Greater, size, Constant{64}, big, small});
//     b.enter(big);
#pragma once

#include <utility>

#include "ir/ir.h"

namespace knowhy::ir {

class Builder {
  public:
    // `function` outlives the builder. It gets a first block if it has none.
    explicit Builder(Function& function) : function_(function) {
        if (function.blocks.empty()) function.add_block();
    }

    Reg make(Type type) { return function_.add_register(type); }
    Reg parameter(Type type) {
        const Reg reg = make(type);
        function_.parameters.push_back(reg);
        return reg;
    }
    // A new block, not entered.
    BlockId block() { return function_.add_block(); }

    // What is emitted from now on goes to the end of that block.
    void enter(BlockId block) {
        at_ = block;
        ended_ = false;
    }
    [[nodiscard]] BlockId current() const { return at_; }
    // The current block has its terminator: what is emitted now is dropped.
    [[nodiscard]] bool ended() const { return ended_; }

    void emit(Instruction instruction) {
        if (!ended_) function_.blocks[at_.index].body.push_back(std::move(instruction));
    }
    void end(Terminator terminator) {
        if (ended_) return;
        function_.blocks[at_.index].end = std::move(terminator);
        ended_ = true;
    }
    // Goes on to `next` and enters it.
    void go_on(BlockId next) {
        end(Jump{next});
        enter(next);
    }

    // The result of an operation, in a new register.
    Reg compute(Op op, Type type, Operand left, Operand right) {
        const Reg to = make(type);
        emit(Compute{op, to, left, right});
        return to;
    }
    Reg move(Type type, Operand from) {
        const Reg to = make(type);
        emit(Move{to, from});
        return to;
    }
    Reg load(Place from, uint8_t width, Type type = Type::U64) {
        const Reg to = make(type);
        emit(Load{to, from, width});
        return to;
    }
    Reg call(Helper helper, std::vector<Argument> arguments) {
        const Reg to = make(Type::U64);
        emit(CallHelper{to, helper, std::move(arguments)});
        return to;
    }
    // Enters a new block that goes on where the condition holds; `otherwise` takes the rest.
    void require(Compare compare, Reg left, Operand right, BlockId otherwise) {
        const BlockId next = block();
        end(Branch{compare, left, right, next, otherwise});
        enter(next);
    }
    // The value's place, in a new block that is entered; `missing` is taken without it.
    Reg lookup(MapId map, Place key, BlockId missing) {
        const Reg value = make(Type::Address);
        const BlockId found = block();
        end(Lookup{value, map, key, found, missing});
        enter(found);
        return value;
    }

  private:
    Function& function_;
    BlockId at_;
    bool ended_ = false;
};

}  // namespace knowhy::ir
