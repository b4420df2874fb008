#include "bpf/codegen/program_code.h"

#include <algorithm>

#include "bpf/codegen/operations.h"
#include "ir/flow.h"

namespace knowhy::bpf {

using ir::Reg;

namespace {

constexpr size_t kStateBytes = 16;

void move_register(Assembler& out, Register to, Register from) {
    out.emit(alu(Alu::Mov, Bits::Bits64, to, from));
}

}  // namespace

FunctionCode::Machine program_machine(Needs needs) {
    FunctionCode::Machine machine{{r3, r4, r5, r6, r7}, 3, r1, true};
    if (!needs.scratch) machine.homes.push_back(kScratchPointer);
    if (!needs.context) machine.homes.push_back(kContextPointer);
    return machine;
}

ProgramCode::ProgramCode(Generation& all, Instance instance, uint32_t spilled)
    : FunctionCode(all.program.functions[instance.function.index],
                   program_machine(all.layout.needs[instance.function.index]), all.code),
      all_(all),
      instance_(instance),
      spilled_(spilled),
      rooms_(ir::address_rooms(all.program, instance.function)),
      exit_(out_.add_label()) {
    for (const ir::Block& block : function_.blocks)
        for (const ir::Instruction& instruction : block.body)
            hands_state_ = hands_state_ || hands_state(instruction);
}

Status ProgramCode::run() {
    KW_CHECK_OK(check_addresses());
    out_.bind(all_.labels.at(instance_));
    begin();
    for_each_block([&](const ir::Block& block) {
        for (const ir::Instruction& instruction : block.body)
            std::visit([&](const auto& any) { lower(any); }, instruction);
        std::visit([&](const auto& any) { lower(any); }, block.end);
    });
    out_.bind(exit_);
    if (returns_) out_.emit(exit_program());
    return {};
}

// --- the frame ---

size_t ProgramCode::stack_slots() const {
    return std::min<size_t>(slots_used(), all_.layout.slot_bytes / kSlotBytes);
}

uint32_t ProgramCode::spilled_bytes() const {
    return static_cast<uint32_t>((slots_used() - stack_slots()) * kSlotBytes);
}

int32_t ProgramCode::state_offset() const {
    return -static_cast<int32_t>(stack_slots() * kSlotBytes + kStateBytes);
}

int32_t ProgramCode::buffers_offset() const {
    const int32_t above =
        hands_state_ ? -state_offset() : static_cast<int32_t>(stack_slots() * kSlotBytes);
    return -above - static_cast<int32_t>(all_.layout.stack_bytes);
}

void ProgramCode::load_slot(Register to, size_t slot) {
    if (slot < stack_slots()) return FunctionCode::load_slot(to, slot);
    const size_t offset = spilled_ + (slot - stack_slots()) * kSlotBytes;
    out_.emit(load(Size::U64, to, kScratchPointer, static_cast<int16_t>(offset)));
}

void ProgramCode::store_slot(size_t slot, Register from) {
    if (slot < stack_slots()) return FunctionCode::store_slot(slot, from);
    const size_t offset = spilled_ + (slot - stack_slots()) * kSlotBytes;
    out_.emit(store(Size::U64, kScratchPointer, static_cast<int16_t>(offset), from));
}

// From the scratch it would come back as a number.
Status ProgramCode::check_addresses() const {
    for (uint32_t i = 0; i < function_.registers.size(); ++i) {
        const Reg reg{i};
        if (function_.type_of(reg) != ir::Type::Address || homes_.of[i] == Homes::kNone) continue;
        if (!register_of(reg) && slot_of(reg) >= stack_slots())
            return fail(ErrorKind::Usage, "too complex: {} has too many map values at once",
                        function_.name);
    }
    return {};
}

// --- begin and end ---

void ProgramCode::begin() {
    const auto take = [&](size_t parameter, Register from) {
        assign(function_.parameters[parameter], from);
    };
    switch (instance_.role) {
        case Role::Main:
            begin_main();
            break;
        case Role::Called:
            if (needs().scratch) move(kScratchPointer, r4);
            if (needs().context) move(kContextPointer, r5);
            for (size_t i = 0; i < function_.parameters.size(); ++i)
                take(i, Register{static_cast<uint8_t>(i + 1)});
            break;
        case Role::LoopBody:
            fetch_state(r2);
            if (function_.type_of(function_.parameters[0]) == ir::Type::U32)
                out_.emit(alu(Alu::Mov, Bits::Bits32, r1, r1));
            take(0, r1);
            break;
        case Role::ElementBody:
            fetch_state(r4);
            take(0, r2);
            take(1, r3);
            break;
    }
    store_state();
}

void ProgramCode::begin_main() {
    if (needs().context) move(kContextPointer, r1);
    // Kernels before 6.3 refuse a read of stack that nothing was written to.
    for (uint32_t at = 0; at < all_.layout.stack_bytes; at += 8)
        out_.emit(store(Size::U64, r10, static_cast<int16_t>(buffers_offset() + int32_t(at)), 0));
    if (needs().scratch) fetch_scratch();
}

void ProgramCode::fetch_scratch() {
    out_.emit(store(Size::U32, r10, -4, 0));
    move_register(out_, r2, r10);
    out_.emit(alu(Alu::Add, Bits::Bits64, r2, -4));
    load_map(r1, std::nullopt);
    out_.emit(call_helper(BPF_FUNC_map_lookup_elem));
    out_.emit(jump_if(Cond::Ne, Bits::Bits64, r0, 0, 2));
    out_.emit(alu(Alu::Mov, Bits::Bits64, r0, 0));
    out_.emit(exit_program());
    move(kScratchPointer, r0);
}

void ProgramCode::fetch_state(Register from) {
    if (needs().scratch) out_.emit(bpf::load(Size::U64, kScratchPointer, from, 0));
    if (needs().context) out_.emit(bpf::load(Size::U64, kContextPointer, from, 8));
}

bool ProgramCode::hands_state(const ir::Instruction& instruction) const {
    const auto needs_state = [&](ir::FunctionId body) {
        return all_.layout.needs[body.index] != Needs();
    };
    const auto* loop = std::get_if<ir::Loop>(&instruction);
    const auto* each = std::get_if<ir::ForEach>(&instruction);
    return (loop != nullptr && needs_state(loop->body)) ||
           (each != nullptr && needs_state(each->body));
}

void ProgramCode::store_state() {
    if (!hands_state_) return;
    const auto at = static_cast<int16_t>(state_offset());
    if (needs().scratch) out_.emit(store(Size::U64, r10, at, kScratchPointer));
    if (needs().context)
        out_.emit(store(Size::U64, r10, static_cast<int16_t>(at + 8), kContextPointer));
}

void ProgramCode::emit_return(const ir::Operand& value) {
    const bool called_back =
        instance_.role == Role::LoopBody || instance_.role == Role::ElementBody;
    const auto* constant = std::get_if<ir::Constant>(&value);
    if (instance_.role == Role::Main && all_.kind == ProgramKind::Typed) {
        copy_constant(kResult, 0);
    } else if (!called_back) {
        copy_to(kResult, value);
    } else if (constant != nullptr) {
        copy_constant(kResult, constant->value != 0 ? 1 : 0);
    } else {
        // The verifier wants to see that it is 0 or 1.
        copy_to(kResult, value);
        out_.emit(jump_if(Cond::Eq, Bits::Bits64, kResult, 0, 1));
        out_.emit(alu(Alu::Mov, Bits::Bits64, kResult, 1));
    }
}

void ProgramCode::lower(const ir::Return& leave) {
    emit_return(leave.value);
    returns_ = true;
    if (!is_last()) out_.emit_jump(jump(0), exit_);
}

// --- calls ---

void ProgramCode::load_map(Register to, std::optional<ir::MapId> map, uint8_t what) {
    all_.result.maps.push_back({out_.position(), map});
    out_.emit_wide(to, 0, what);
}

void ProgramCode::lower(const ir::At& at) {
    all_.result.sources.push_back({out_.position(), at.source});
}

void ProgramCode::lower(const ir::CallFunction& call) {
    const Instance callee{call.function, Role::Called};
    const Needs wants = all_.layout.needs[call.function.index];
    for (size_t i = 0; i < call.arguments.size(); ++i)
        copy_to(Register{static_cast<uint8_t>(i + 1)}, call.arguments[i]);
    if (wants.scratch) move(r4, kScratchPointer);
    if (wants.context) move(r5, kContextPointer);
    out_.emit_call(all_.labels.at(callee));
    if (call.to) assign(*call.to, r0);
}

void ProgramCode::lower(const ir::Loop& loop) {
    copy_to(r1, loop.times);
    const auto* constant = std::get_if<ir::Constant>(&loop.times);
    if (constant == nullptr || constant->value > ir::kMostTurns) {
        const auto most = static_cast<int32_t>(ir::kMostTurns);
        out_.emit(jump_if(Cond::Le, Bits::Bits64, r1, most, 1));
        out_.emit(alu(Alu::Mov, Bits::Bits64, r1, most));
    }
    // Kernels that can tell that there are no turns leave out the body but not what names it
    // (6.18: "verifier bug").
    const Assembler::Label done = out_.add_label();
    copy_constant(r0, 0);
    out_.emit_jump(jump_if(Cond::Eq, Bits::Bits64, r1, 0, 0), done);
    pass_callback({loop.body, Role::LoopBody});
    out_.emit(call_helper(BPF_FUNC_loop));
    out_.bind(done);
    if (loop.done) assign(*loop.done, r0);
}

void ProgramCode::lower(const ir::ForEach& each) {
    load_map(r1, each.map);
    pass_callback({each.body, Role::ElementBody});
    out_.emit(call_helper(BPF_FUNC_for_each_map_elem));
}

void ProgramCode::pass_callback(const Instance& body) {
    all_.result.calls_back = true;
    out_.emit_function_address(r2, all_.labels.at(body));
    if (all_.layout.needs[body.function.index] == Needs()) {
        copy_constant(r3, 0);
    } else {
        move_register(out_, r3, r10);
        out_.emit(alu(Alu::Add, Bits::Bits64, r3, state_offset()));
    }
    copy_constant(r4, 0);
}

// --- terminators ---

// Whether the key is known to be that of an array's only element: it was stored just before.
bool ProgramCode::finds_only_element(const ir::Lookup& lookup) const {
    const ir::Map& map = all_.program.maps[lookup.map.index];
    if (map.kind != ir::Map::Kind::Array || map.max_entries != 1 || lookup.cpu) return false;
    const auto& body = function_.blocks[current().index].body;
    const auto* key = body.empty() ? nullptr : std::get_if<ir::Store>(&body.back());
    return key != nullptr && key->to == lookup.key && key->width >= map.key_bytes &&
           key->value == ir::Operand(ir::Constant{0});
}

void ProgramCode::lower(const ir::Lookup& lookup) {
    if (finds_only_element(lookup)) {
        load_map(r0, lookup.map, BPF_PSEUDO_MAP_VALUE);
        assign(lookup.value, r0);
        return jump_to(lookup.found);
    }
    const ir::Map& map = all_.program.maps[lookup.map.index];
    if (!address_into(r2, lookup.key, map.key_bytes, label_of(lookup.missing)))
        return jump_to(lookup.missing);
    load_map(r1, lookup.map);
    if (lookup.cpu) copy_to(r3, *lookup.cpu);
    out_.emit(call_helper(lookup.cpu ? BPF_FUNC_map_lookup_percpu_elem : BPF_FUNC_map_lookup_elem));
    jump_on(jump_if(Cond::Eq, Bits::Bits64, r0, 0, 0), lookup.missing);
    assign(lookup.value, r0);
    jump_to(lookup.found);
}

}  // namespace knowhy::bpf
