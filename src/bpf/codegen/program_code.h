// The code of one function of a program.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "bpf/codegen/function_code.h"
#include "bpf/codegen/layout.h"
#include "bpf/codegen/program.h"
#include "ir/places.h"

namespace knowhy::bpf {

// What all functions of a program share while they are written.
struct Generation {
    const ir::Program& program;
    ProgramKind kind;
    const Layout& layout;
    std::map<Instance, Assembler::Label> labels;
    Assembler& code;
    GeneratedProgram& result;  // all but the instructions
};

// What a function that needs them keeps in registers.
inline constexpr Register kScratchPointer = r8;
inline constexpr Register kContextPointer = r9;

// The machine registers of a function that needs those.
FunctionCode::Machine program_machine(Needs needs);

class ProgramCode : public FunctionCode {
  public:
    // Slots beyond the function's share of the stack are in the scratch from `spilled` on.
    ProgramCode(Generation& all, Instance instance, uint32_t spilled);

    [[nodiscard]] uint32_t spilled_bytes() const;

    // An address cannot be kept in the scratch: that is an error.
    Status run();

  private:
    // Memory at base + offset.
    struct Where {
        Register base;
        int16_t offset = 0;
    };

    // --- the frame, from its top: slots, what a function that is called back gets, buffers ---
    [[nodiscard]] size_t stack_slots() const;
    [[nodiscard]] int32_t state_offset() const;
    [[nodiscard]] int32_t buffers_offset() const;
    void load_slot(Register to, size_t slot) override;
    void store_slot(size_t slot, Register from) override;
    [[nodiscard]] Status check_addresses() const;

    // --- begin and end ---
    void begin();
    void begin_main();
    void fetch_scratch();
    void fetch_state(Register from);
    [[nodiscard]] bool hands_state(const ir::Instruction& instruction) const;
    void store_state();
    void emit_return(const ir::Operand& value);

    // --- places ---
    [[nodiscard]] uint64_t room_of(const ir::Place& place) const;
    [[nodiscard]] Where fixed(const ir::Place& place, uint64_t offset, Register scratch);
    bool address_into(Register to, const ir::Place& place, uint64_t bytes, Assembler::Label beyond);
    std::optional<Where> reach(const ir::Place& place, uint64_t bytes, Register scratch,
                               Assembler::Label beyond);
    [[nodiscard]] Needs needs() const { return all_.layout.needs[instance_.function.index]; }

    // --- instructions ---
    using FunctionCode::lower;
    void lower(const ir::Compute& compute);
    void lower_signed(const ir::Compute& compute);
    void lower(const ir::PacketLength&) {}  // generate() refused it
    void lower(const ir::LoadContext& it);
    void lower(const ir::ContextAddress& it);
    void launder(Register pointer);
    void lower(const ir::Load& it);
    void load_into(ir::Reg to, uint8_t width, Where from);
    void lower(const ir::Store& it);
    void store_at(Where to, uint8_t width, const ir::Operand& value);
    void lower(const ir::Copy& copy);
    void copy_inline(Where to, Where from, uint32_t bytes);
    void lower(const ir::Fill& fill);
    void fill_inline(Where to, uint32_t bytes, uint8_t with);
    void lower(const ir::AtomicAdd& add);
    void lower(const ir::At& at);

    // --- calls ---
    void lower(const ir::CallHelper& call);
    void mend_result(const ir::CallHelper& call);
    bool pass_all(const ir::CallHelper& call, Assembler::Label beyond);
    bool pass(const ir::CallHelper& call, size_t index, Assembler::Label beyond);
    void cut_size(const ir::CallHelper& call, size_t index, Register size);
    [[nodiscard]] uint64_t bytes_passed(const ir::CallHelper& call, size_t index) const;
    [[nodiscard]] const ir::Map& map_of(const ir::CallHelper& call) const;
    // Of `what`: the map itself, or where an array's first value lies.
    void load_map(Register to, std::optional<ir::MapId> map, uint8_t what = BPF_PSEUDO_MAP_FD);
    void lower(const ir::CallFunction& call);
    void lower(const ir::Loop& loop);
    void lower(const ir::ForEach& each);
    void pass_callback(const Instance& body);

    // --- terminators ---
    void lower(const ir::LoadPacket&) {}  // generate() refused it
    [[nodiscard]] bool finds_only_element(const ir::Lookup& lookup) const;
    void lower(const ir::Lookup& lookup);
    void lower(const ir::Return& leave);

    Generation& all_;
    Instance instance_;
    uint32_t spilled_;
    std::vector<ir::AddressRoom> rooms_;  // by register
    Assembler::Label exit_;
    bool returns_ = false;      // somewhere
    bool hands_state_ = false;  // to a function that is called back
};

}  // namespace knowhy::bpf
