// The typed program form between questions and back ends.
//
// Front ends (packet filters, scripts) build a Function or a whole Program; the back ends
// (bpf/codegen and the interpreter here) run it and must agree on every answer. So the form is
// strict:
//
// - Registers are virtual, typed and may be assigned more than once. No use comes before an
//   assignment on any path (verify.h).
// - Every operation is total. What a source language does at the edges (division by zero, shifts
//   past the width) the front end spells out as control flow. An access that does not lie wholly
//   inside its buffer reads zero and writes nothing.
// - What can go wrong is an edge or a status: a packet load names the block for each of its
//   outcomes, a map lookup the two of its own, a helper that reads memory gives a status.
// - What a program touches besides its registers are its effects, and they are explicit: a back end
//   refuses a program with an effect that the place it generates for cannot have.
//
// The printed form is print.h's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ir/helpers.h"

namespace knowhy::ir {

// An address of kernel or user memory is a U64. Address is where a map's key or value lies: it
// comes from a Lookup or a ForEach, goes nowhere but into a Place, and nothing is computed with it.
enum class Type : uint8_t { U32, U64, Address };

// An index into Function::registers.
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

// An index into Function::blocks.
struct BlockId {
    uint32_t index = 0;
    bool operator==(const BlockId&) const = default;
};

// Indexes into Program::buffers, maps and functions.
struct BufferId {
    uint32_t index = 0;
    bool operator==(const BufferId&) const = default;
};
struct MapId {
    uint32_t index = 0;
    bool operator==(const MapId&) const = default;
};
struct FunctionId {
    uint32_t index = 0;
    bool operator==(const FunctionId&) const = default;
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
    ShiftLeft,         // by the amount modulo the width
    ShiftRight,        // likewise; zeros come in
    ShiftRightSigned,  // likewise; the sign bit comes in
    SignedDiv,         // toward zero; x / 0 = 0, and the smallest number / -1 is itself
    SignedMod,         // with the sign of the left one; x % 0 = x, and the smallest number % -1 = 0
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

// The low `bits` (8, 16 or 32) of `from`, as a signed number of the target's width. Both have one
// type. Zero extension is an And.
struct SignExtend {
    Reg to;
    Operand from;
    uint8_t bits = 32;
};

// The low `bits` (16, 32, or 64 of a U64) of `from` with their bytes in reverse order; the bits
// above are zero. Both have one type.
struct SwapBytes {
    Reg to;
    Operand from;
    uint8_t bits = 32;
};

// `width` (1, 2, 4 or 8) bytes of what the program was called with, in the machine's order, filled
// with zeros: of a kprobe struct pt_regs, of a raw tracepoint its arguments as u64, ... The front
// end knows the layout. offset is a multiple of width.
struct LoadContext {
    Reg to;
    uint32_t offset = 0;
    uint8_t width = 8;
};

// The context's address in the kernel's memory, as a number: what lies there can be read by
// ReadKernel. `to` is U64.
struct ContextAddress {
    Reg to;
};

// Bytes that a program can name: of a buffer, or of a map's key or value.
struct Place {
    std::variant<BufferId, Reg> base;  // the Reg is an Address
    Operand offset = Constant{0};      // in bytes; for an Address a constant

    bool operator==(const Place&) const = default;
};

// `width` is 1, 2, 4 or 8 bytes, in the machine's order. A load fills with zeros and a store takes
// the low bytes.
struct Load {
    Reg to;
    Place from;
    uint8_t width = 8;
};
struct Store {
    Place to;
    uint8_t width = 8;
    Operand value;
};

// From one place to another; they do not overlap.
struct Copy {
    Place to;
    Place from;
    uint32_t bytes = 0;
};
struct Fill {
    Place to;
    uint32_t bytes = 0;
    uint8_t with = 0;
};

// Adds to `width` (4 or 8) bytes of a map's value, at a multiple of `width`, so that no other CPU
// comes between.
struct AtomicAdd {
    Place to;
    uint8_t width = 8;
    Operand amount;
};

// The context itself.
struct ContextArgument {};
// The pointer at this offset of the context, with the type by which the kernel knows it: what a
// helper wants that refuses plain numbers.
struct ContextField {
    uint32_t offset = 0;
};
using Argument = std::variant<Operand, Place, MapId, ContextArgument, ContextField>;

// A helper of the kernel (helpers.h). `to` is U64.
struct CallHelper {
    std::optional<Reg> to;
    Helper helper;
    std::vector<Argument> arguments;
};

// Up to 3 arguments, of the types of the callee's parameters. The callee sees the same buffers and
// context. No function may come to call itself.
struct CallFunction {
    std::optional<Reg> to;  // of the callee's result type
    FunctionId function;
    std::vector<Operand> arguments;
};

// No Loop makes more calls than this.
inline constexpr uint64_t kMostTurns = 1U << 23U;

// Calls the function with 0, 1, 2... until it returns other than 0, at most `times` times. The
// function has one parameter, of the type of `times`.
struct Loop {
    std::optional<Reg> done;  // how many calls were made; of the type of `times`
    Type type = Type::U32;
    Operand times;
    FunctionId body;
};

// Calls the function for each element of a hash or array map, in no order, until it returns other
// than 0. Its two parameters are Addresses: of the key, which is only read, and of the value.
struct ForEach {
    MapId map;
    FunctionId body;
    std::optional<uint32_t> order = {};  // a number of the environment's own; not in the kernel
};

// From here to the next one, or to the block's end, the code is of this place in the source: a
// number of the front end's own.
struct At {
    uint32_t source = 0;
};

using Instruction =
    std::variant<Move, Compute, PacketLength, SignExtend, SwapBytes, LoadContext, ContextAddress,
                 Load, Store, Copy, Fill, AtomicAdd, CallHelper, CallFunction, Loop, ForEach, At>;

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
    SignedLess,
    SignedLessEqual,
    SignedGreater,
    SignedGreaterEqual,
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

// The value of the key in the map, if it is there. An array has the keys below max_entries.
struct Lookup {
    Reg value;  // an Address, assigned only on the way to `found`
    MapId map;
    Place key;
    BlockId found;
    BlockId missing;
    // Of a per-CPU map: another CPU's value than the one's that runs this; none beyond the last
    // CPU. A U32.
    std::optional<Operand> cpu = {};
};

struct Return {
    Operand value;  // of the function's result type
};

using Terminator = std::variant<Jump, Branch, LoadPacket, Lookup, Return>;

struct Block {
    std::vector<Instruction> body;
    Terminator end = Return{};
};

struct Function {
    std::string name = {};
    Type result = Type::U32;
    std::vector<Reg> parameters = {};
    std::vector<Type> registers = {};
    std::vector<Block> blocks = {};  // the first one is the entry

    Reg add_register(Type type);
    BlockId add_block(Block block = {});
    [[nodiscard]] Type type_of(Reg reg) const { return registers[reg.index]; }
};

// Memory of one run of a program, which no other run sees. What it holds at the start is not known.
// It begins at a multiple of 8.
struct Buffer {
    std::string name;
    uint32_t bytes = 0;
};

// As the kernel's maps of these names are.
struct Map {
    enum class Kind : uint8_t {
        Hash,
        LruHash,
        PerCpuHash,
        LruPerCpuHash,
        Array,
        PerCpuArray,
        RingBuffer,
        StackTrace,
        PerfEventArray,
    };
    Kind kind = Kind::Hash;
    std::string name;
    uint32_t key_bytes = 0;
    uint32_t value_bytes = 0;
    uint32_t max_entries = 0;  // of a RingBuffer: bytes
};

constexpr bool is_per_cpu(Map::Kind kind) {
    return kind == Map::Kind::PerCpuHash || kind == Map::Kind::LruPerCpuHash ||
           kind == Map::Kind::PerCpuArray;
}

struct Program {
    std::vector<Function> functions;  // the first one is where it starts; it has no parameters
    std::vector<Buffer> buffers;
    std::vector<Map> maps;  // may be more than it uses: several programs may share one table
};

Effects effects_of(const Instruction& instruction);
Effects effects_of(const Terminator& terminator);
Effects effects_of(const Function& function);
Effects effects_of(const Program& program);

// What a packet filter returns. BeyondCopy: the answer depends on bytes that were not copied.
inline constexpr uint32_t kNoMatch = 0;
inline constexpr uint32_t kMatch = 1;
inline constexpr uint32_t kBeyondCopy = 2;

}  // namespace knowhy::ir
