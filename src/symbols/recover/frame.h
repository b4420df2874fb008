// Where the stack pointer, and what is derived from it, points at each instruction, and which slots
// of the frame others may write to.
#pragma once

#include <optional>
#include <vector>

#include "symbols/disasm/disasm.h"
#include "symbols/recover/facts.h"

namespace knowhy::symbols {

// Bytes of the stack, counted as Holder counts them.
struct StackObject {
    int64_t from = 0;
    int64_t to = 0;  // exclusive
};

// Where a stack pointer that was aligned (`and $-16,%rsp`) points to: how far that is from where it
// was before is not known, so slots below it are counted from here.
constexpr int64_t kRealigned = -(int64_t{1} << 40);

class Frame {
  public:
    explicit Frame(const Code& code);
    // The variables that live in the frame: an address within one lets only that one escape; any
    // other address that is taken lets everything escape.
    void set_objects(const std::vector<StackObject>& objects);

    [[nodiscard]] const Code& code() const { return *code_; }
    [[nodiscard]] const Convention* convention() const { return convention_; }
    // What the register points to, before instruction number `index`.
    [[nodiscard]] std::optional<int64_t> offset(size_t index, Register reg) const;
    [[nodiscard]] std::optional<int64_t> stack_pointer(size_t index) const;
    // The slot that the operand is, when its address is known.
    [[nodiscard]] std::optional<int64_t> slot(size_t index, const MemoryOperand& operand) const;
    // Whether instruction number `index` may change any of these bytes.
    [[nodiscard]] bool may_write(size_t index, const StackObject& bytes) const;
    // Whether it takes an address within these bytes.
    [[nodiscard]] bool takes_address(size_t index, const StackObject& bytes) const;
    // A register that holds one of the stack's addresses and is no frame pointer.
    [[nodiscard]] std::optional<int64_t> address_taken(size_t index) const;

  private:
    void find_pointers();
    [[nodiscard]] bool escaped(const StackObject& bytes) const;
    [[nodiscard]] bool operand_may_write(size_t index, const MemoryOperand& operand,
                                         const StackObject& bytes) const;
    [[nodiscard]] bool callee_may_write(size_t index, const StackObject& bytes) const;

    const Code* code_;
    const Convention* convention_;
    std::vector<Facts> pointers_;     // by instruction: registers as offsets from the entry's
    bool all_escaped_ = false;        // of the frame
    bool arguments_escaped_ = false;  // of what lies above it
    std::vector<StackObject> escaped_;
    // The stack pointer at the calls with the fewest bytes of stack: what lies below it may be a
    // call's arguments, which are the callee's to change.
    std::optional<int64_t> call_level_;
    // What lies below this may also be named from the aligned stack pointer.
    int64_t aligned_from_ = kRealigned;
};

}  // namespace knowhy::symbols
