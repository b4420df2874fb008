// Machine code as values: what each instruction reads, writes and does, and how control flows
// through a function. Over Zydis on x86-64. On arm64, MIPS and RISC-V by decoders of our own, since
// capstone 4 tells the wrong read and write sets (arm64), none (MIPS), or does not know the
// architecture (RISC-V); it prints arm64 and MIPS.
//
// Conservative where it matters: an instruction that could not be decoded is kept, with
// Kind::Undecoded, and counts as writing every register and all memory.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "symbols/arch/arch.h"

namespace knowhy::symbols {

// [base + index * scale + displacement], of the registers' values before the instruction: a push
// writes [rsp - 8], a pop reads [rsp].
struct MemoryOperand {
    std::optional<Register> base;
    std::optional<Register> index;
    uint8_t scale = 1;
    uint8_t index_bits = 64;    // arm64: 32 when only the index's low half counts,
    bool index_signed = false;  // extended with its sign or with zeros
    int64_t displacement = 0;   // of a pc-relative operand: the absolute address, and no base
    bool pc_relative = false;
    std::string_view segment;  // "gs" (per-CPU data on x86-64), "fs"; "" otherwise
    uint8_t bytes = 0;         // the access's size; 0: none (lea), or not known (rep, xsave)
    bool read = false;
    bool written = false;

    bool operator==(const MemoryOperand&) const = default;
};

// What an instruction does to one register, as far as a proof may use it. `None`: nothing that can
// be followed; only the read and write sets hold.
//
// Copy, Immediate, Add, Shift, Combine and Multiply work on the low `bits` and extend the result to
// the whole register, with its sign or with zeros. Of Extend, Load and Store `bits` is the width of
// what is taken or accessed. An instruction that leaves part of a register as it was (x86's 8 and
// 16 bit writes) has no Transfer.
struct Transfer {
    enum class Kind : uint8_t {
        None,
        Copy,       // to = from
        Extend,     // to = the low `bits` of from, sign- or zero-extended
        Immediate,  // to = value
        Add,        // to = from + value
        Shift,      // to = from << value
        Combine,    // to = from + from2 << shift (lea with an index, add of two registers)
        Load,       // to = memory[0], `bits` wide, extended
        Store,      // memory[0] = from (or `value` where from is absent), `bits` wide
        Address,    // to = the address of memory[0]
        Multiply,   // to = from * value
        Align,      // to = from & value, `value` being -16 or the like
    };
    Kind kind = Kind::None;
    std::optional<Register> to;
    std::optional<Register> from;
    std::optional<Register> from2;
    int64_t value = 0;
    uint8_t shift = 0;
    uint8_t bits = 64;
    bool sign_extended = false;
    uint8_t extended_to = 64;  // of Extend and Load: movsbl and ldrsb w extend to 32; zeros above

    bool operator==(const Transfer&) const = default;
};

struct Instruction {
    enum class Kind : uint8_t {
        Other,
        Nop,
        Call,    // direct or indirect; one of __fentry__ too, see CodeNotes::ftrace_sites
        Jump,    // unconditional
        Branch,  // conditional: may fall through
        Return,
        Trap,  // ud2, brk, break: control does not come back (but see BUG and WARN)
        Undecoded,
    };
    uint64_t address = 0;
    uint8_t length = 0;  // bytes, at least 1
    Kind kind = Kind::Other;
    bool indirect = false;           // a call or jump through a register or memory
    bool delayed = false;            // MIPS: takes effect after the instruction behind it...
    bool delay_slot = false;         // ...which build_code() marks so
    bool locked = false;             // an atomic read-modify-write, or part of one (ldxr ... stxr)
    bool likely = false;             // MIPS: its delay slot is executed only when it is taken
    std::optional<uint64_t> target;  // of a direct call, jump or branch
    int64_t target_offset = 0;       // RISC-V: what an indirect one adds to its register
    // What the instruction itself reads and writes. What a callee may change besides is the
    // Convention's `clobbered`. A register that keeps a part of its old value, or its old value
    // under a condition, is also read.
    RegisterSet reads;
    RegisterSet writes;
    std::vector<MemoryOperand> memory;  // explicit operands; push, pop, call have theirs too
    // May write any memory besides: a call's callee, what is not decoded, a hypercall.
    bool clobbers_memory = false;
    // What it adds to the stack pointer as the next instruction sees it (a call: 0, the return
    // takes back what it pushed); nullopt: not known beforehand.
    std::optional<int64_t> stack_change = 0;
    Transfer transfer;

    [[nodiscard]] uint64_t end() const { return address + length; }
    [[nodiscard]] bool may_write_memory() const;
};

// What stands at an address of text in print: "tcp_v4_rcv+0x1b"; "" when nothing is known.
using NameOf = std::function<std::string(uint64_t address)>;

class Decoder {
  public:
    // Unsupported for an architecture that has no decoder.
    static Result<Decoder> open(Machine machine);
    Decoder(Decoder&&) noexcept;
    Decoder& operator=(Decoder&&) noexcept;
    ~Decoder();

    // The instruction at the start of `code`, which is at `address`. Never fails: what cannot be
    // decoded is Kind::Undecoded, one byte on x86, one instruction's width elsewhere. `code` must
    // not be empty; one cut off in the middle is Undecoded.
    [[nodiscard]] Instruction decode(std::span<const uint8_t> code, uint64_t address) const;
    // The same in print, AT&T syntax on x86 as objdump and the kernel's people have it.
    [[nodiscard]] std::string text(std::span<const uint8_t> code, uint64_t address,
                                   const NameOf& name_of) const;
    [[nodiscard]] Machine machine() const;

  private:
    struct Impl;
    explicit Decoder(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

// A run of instructions with one way in, at the front, and one way out, at the end.
struct Block {
    size_t first = 0;  // index into Code::instructions
    size_t count = 0;
    std::vector<size_t> successors;  // indices into Code::blocks
    std::vector<size_t> predecessors;
    // Control also leaves to where this function's code does not reach (a tail call, an indirect
    // jump whose targets are not known).
    bool leaves = false;
    // Control also enters from elsewhere than `predecessors` (an exception-table fixup): nothing is
    // known of the registers there.
    bool entered = false;
};

// A function's code. Not only its hot part: the ranges may lie apart (.cold).
struct Code {
    Machine machine;
    std::vector<Instruction> instructions;  // by address
    std::vector<Block> blocks;              // by address; blocks[entry] holds the first instruction
    size_t entry = 0;
    // True when an indirect jump's targets were not found: then an address may be reached in ways
    // that the blocks do not show, and nothing may be proven of what lies behind `entry`.
    bool incomplete = false;

    // The instruction that starts at the address, or nullptr.
    [[nodiscard]] const Instruction* at(uint64_t address) const;
    // The block that holds instruction number `index`.
    [[nodiscard]] size_t block_of(size_t index) const;
    // Indices into `instructions` as the block executes them: a delay slot before its jump.
    [[nodiscard]] std::vector<size_t> executed(const Block& block) const;
};

// One stretch of text: of `bytes`, the first is at `address`.
struct CodeRange {
    uint64_t address = 0;
    std::span<const uint8_t> bytes;
};

// Places where the text on disk is not what runs, or control enters from elsewhere.
struct CodeNotes {
    std::vector<uint64_t> entered;  // exception-table fixups
    // Jump labels, and alternatives that jump: from, to. Either may be taken, the jump or the next
    // instruction.
    std::vector<std::pair<uint64_t, uint64_t>> jumps;
    std::vector<std::pair<uint64_t, uint64_t>> patched;  // [from, to): alternatives: any effect
    std::vector<uint64_t> final_traps;  // BUG(): does not come back, as WARN() does
    // Calls of __fentry__ and the like: nops in a running kernel, or calls that keep every
    // register. Such an instruction becomes Kind::Nop.
    std::vector<uint64_t> ftrace_sites;
    // Of a relocatable file: a field in an instruction whose value is not yet there.
    struct Relocated {
        uint64_t field = 0;             // its address
        std::optional<uint64_t> value;  // symbol + addend; nullopt: another image's symbol
    };
    std::vector<Relocated> relocated;
};

// Decodes the ranges and finds the blocks; ranges[0] starts with the function's entry. What cannot
// be seen in the code alone is taken the safe way: every call returns, a trap comes back.
Code build_code(const Decoder& decoder, std::span<const CodeRange> ranges, const CodeNotes& notes);

}  // namespace knowhy::symbols
