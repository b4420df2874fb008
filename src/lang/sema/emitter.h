// Building a program of the IR: the block and function that are being written, and the few idioms
// that everything in sema is made of.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ir/helpers.h"
#include "ir/ir.h"

namespace knowhy::lang {

class Emitter {
  public:
    // Writes into `program`, which must outlive this and be empty; its first function is begun.
    explicit Emitter(ir::Program& program);

    // ---- Blocks. After a terminator the emitter goes on in a block that nothing reaches; what is
    // written there is removed with the other dead code.
    ir::BlockId new_block();
    void go_on_in(ir::BlockId block);
    void jump(ir::BlockId to);
    void jump_into(ir::BlockId block);  // jump there, and go on there
    void branch(ir::Compare compare, ir::Operand left, ir::Operand right, ir::BlockId yes,
                ir::BlockId no);
    void lookup(ir::Reg value, ir::MapId map, const ir::Place& key, ir::BlockId found,
                ir::BlockId missing, std::optional<ir::Operand> cpu = {});
    void give_back(ir::Operand value);  // return

    // ---- Functions: what is written between the two is another function's.
    struct Parameters {
        ir::FunctionId function;
        std::vector<ir::Reg> registers;
    };
    Parameters begin_function(std::string_view name, const std::vector<ir::Type>& parameters);
    void end_function();

    // ---- Values
    ir::Reg new_register(ir::Type type = ir::Type::U64);
    ir::Reg in_register(ir::Operand value);  // the register it is in, or a new one
    void assign(ir::Reg to, ir::Operand from);
    ir::Operand compute(ir::Op op, ir::Operand left, ir::Operand right);
    // The low `bytes` (1, 2, 4, 8) of a value, extended to 64 bits.
    ir::Operand extended(ir::Operand value, uint32_t bytes, bool is_signed);
    // 0 or 1.
    ir::Operand truth(ir::Compare compare, ir::Operand left, ir::Operand right);

    // ---- Memory
    ir::Place new_buffer(std::string_view name, uint32_t bytes);
    ir::Operand load(const ir::Place& from, uint32_t bytes, bool is_signed = false);
    void store(const ir::Place& to, uint32_t bytes, ir::Operand value);
    void fill(const ir::Place& to, uint32_t bytes);  // with zeros
    void copy(const ir::Place& to, const ir::Place& from, uint32_t bytes);
    // Bytes that are known now, the rest of `bytes` zeros.
    void store_text(const ir::Place& to, std::string_view text, uint32_t bytes);

    // ---- Helpers
    ir::Operand call(ir::Helper helper, std::vector<ir::Argument> arguments);

    void emit(ir::Instruction instruction);
    void at_start(ir::Instruction instruction);  // of the program
    void at_source(uint32_t offset);

    [[nodiscard]] ir::Program& program() { return program_; }

  private:
    struct At {
        ir::FunctionId function;
        ir::BlockId block;
    };
    At& at() { return open_.back(); }
    ir::Function& function() { return program_.functions[at().function.index]; }
    ir::Block& block() { return function().blocks[at().block.index]; }
    void end_block(ir::Terminator terminator);

    ir::Program& program_;
    std::optional<uint32_t> source_;
    std::vector<At> open_;  // functions begun and not ended, the innermost last
};

// The place `bytes` further on; the offset of `place` must be a constant.
ir::Place further(const ir::Place& place, uint32_t bytes);

std::optional<uint64_t> constant_of(const ir::Operand& operand);

}  // namespace knowhy::lang
