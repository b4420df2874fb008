// The typed program form between questions and back ends.
//
// Front ends (packet filters now, scripts later) build a Program; the back ends (bpf/codegen and
// the interpreter here) run it and must agree on every answer. So the form is strict:
//
// - Registers are virtual, typed and may be assigned more than once. No use comes before an
//   assignment on any path (verify.h).
// - Every operation is total. What a source language does at the edges (cBPF's division by zero,
//   shifts past the width) the front end spells out as control flow.
// - What can go wrong is an edge: a packet load names the block for each of its outcomes.
// - What a program touches besides its registers are its effects, and they are explicit: a back end
//   refuses a program with an effect that the place it generates for cannot have.
//
// The printed form is print.h's.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

namespace knowhy::ir {

enum class Type : uint8_t { U32, U64 };

// An index into Program::registers.
struct Reg {
    uint32_t index = 0;
    bool operator==(const Reg&) const = default;
};

// Takes the type of the register it is used with, and must fit it.
struct Constant {
    uint64_t value = 0;
    bool operator==(const Constant&) const = default;
};

using Operand = std::variant<Reg, Constant>;

// An index into Program::blocks.
struct BlockId {
    uint32_t index = 0;
    bool operator==(const BlockId&) const = default;
};

// Copies. A wider target is filled with zeros, a narrower one takes the low bits.
struct Move {
    Reg to;
    Operand from;
};

enum class Op : uint8_t {
    Add,  // wraps, as Sub and Mul do
    Sub,
    Mul,
    Div,  // unsigned; x / 0 = 0
    Mod,  // unsigned; x % 0 = x
    And,
    Or,
    Xor,
    ShiftLeft,   // by the amount modulo the width
    ShiftRight,  // likewise; zeros come in
};

// to = left op right; all three have one type.
struct Compute {
    Op op = Op::Add;
    Reg to;
    Operand left;
    Operand right;
};

// The packet's length on the wire, in bytes. `to` is U32.
struct PacketLength {
    Reg to;
};

using Instruction = std::variant<Move, Compute, PacketLength>;

struct Jump {
    BlockId to;
};

enum class Compare : uint8_t {
    Equal,
    NotEqual,
    Less,  // this and the next three: unsigned
    LessEqual,
    Greater,
    GreaterEqual,
    AnyBit,  // (left & right) != 0
};

struct Branch {
    Compare compare = Compare::Equal;
    Reg left;
    Operand right;
    BlockId yes;
    BlockId no;
};

// Loads `width` bytes (1, 2 or 4; big endian) of the packet at base + displacement, a sum that does
// not wrap; base and `to` are U32. Three outcomes: the bytes are there; the packet ends before
// them; the packet has them, but our copy of it ends before them.
struct LoadPacket {
    Reg to;  // assigned only on the way to `loaded`
    uint8_t width = 1;
    Operand base;
    uint32_t displacement = 0;
    BlockId loaded;
    BlockId past_end;
    BlockId past_copy;
};

struct Return {
    Operand value;  // of the program's result type
};

using Terminator = std::variant<Jump, Branch, LoadPacket, Return>;

struct Block {
    std::vector<Instruction> body;
    Terminator end = Return{};
};

struct Program {
    Type result = Type::U32;
    std::vector<Type> registers;
    std::vector<Block> blocks;  // the first one is the entry

    Reg add_register(Type type);
    BlockId add_block(Block block = {});
    [[nodiscard]] Type type_of(Reg reg) const { return registers[reg.index]; }
};

// What a program may touch besides its registers; a set.
enum class Effects : uint8_t { None = 0, ReadsPacket = 1 };

constexpr Effects operator|(Effects a, Effects b) {
    return static_cast<Effects>(static_cast<uint8_t>(a) | static_cast<uint8_t>(b));
}

Effects effects_of(const Instruction& instruction);
Effects effects_of(const Terminator& terminator);
Effects effects_of(const Program& program);

// What a packet filter returns. BeyondCopy: the answer depends on bytes that were not copied.
inline constexpr uint32_t kNoMatch = 0;
inline constexpr uint32_t kMatch = 1;
inline constexpr uint32_t kBeyondCopy = 2;

}  // namespace knowhy::ir
