#include "bpf/codegen/codegen.h"

#include <array>
#include <optional>

#include "bpf/codegen/assembler.h"
#include "bpf/codegen/filter_abi.h"
#include "bpf/codegen/function_code.h"
#include "bpf/codegen/operations.h"
#include "bpf/codegen/resolve.h"
#include "ir/flow.h"
#include "ir/overloaded.h"

static_assert(knowhy::ir::kNoMatch == KNOWHY_FILTER_NO_MATCH);
static_assert(knowhy::ir::kMatch == KNOWHY_FILTER_MATCH);
static_assert(knowhy::ir::kBeyondCopy == KNOWHY_FILTER_BEYOND_COPY);

namespace knowhy::bpf {
namespace {

using ir::Operand;
using ir::Reg;
using ir::Type;

constexpr uint64_t kSnap = KNOWHY_FILTER_SNAP;

// The other machine registers.
constexpr Register kData = r1;
constexpr Register kCaplen = r2;
constexpr Register kWirelen = r3;
constexpr Register kScratch = r4;

FunctionCode::Machine filter_machine() {
    return {{r5, r6, r7, r8, r9}, 0, kScratch, false};
}

class FilterCode : public FunctionCode {
  public:
    FilterCode(const ir::Function& function, Assembler& out)
        : FunctionCode(function, filter_machine(), out), held_(bytes_held(function, order_)) {
        exit_ = out_.add_label();
    }

    Status run() {
        KW_CHECK_OK(check());
        // The upper halves of u32 arguments are the caller's garbage.
        out_.emit(alu(Alu::Mov, Bits::Bits32, kCaplen, kCaplen));
        out_.emit(alu(Alu::Mov, Bits::Bits32, kWirelen, kWirelen));
        for_each_block([&](const ir::Block& block) {
            for (const ir::Instruction& instruction : block.body)
                std::visit([&](const auto& any) { lower(any); }, instruction);
            std::visit([&](const auto& any) { lower(any); }, block.end);
        });
        out_.bind(exit_);
        out_.emit(exit_program());
        return {};
    }

  private:
    [[nodiscard]] Status check() const {
        if ((ir::effects_of(function_) | ir::Effects::ReadsPacket) != ir::Effects::ReadsPacket)
            return fail(ErrorKind::Internal, "a filter can only read its packet");
        std::vector<bool> passed(function_.blocks.size(), false);
        for (const ir::BlockId id : order_) {
            passed[id.index] = true;
            for (const ir::BlockId next : ir::successors(function_.blocks[id.index].end))
                if (passed[next.index])
                    return fail(ErrorKind::Unsupported, "a filter cannot have a loop");
        }
        if (slots_used() * kSlotBytes > KNOWHY_FILTER_STACK)
            return fail(ErrorKind::Usage, "too complex: {} values at once do not fit {} bytes",
                        homes_.used, KNOWHY_FILTER_STACK);
        return {};
    }

    using FunctionCode::lower;

    // What only whole programs have; check() refused it.
    template <typename Other>
    void lower(const Other&) {}

    void lower(const ir::PacketLength& length) {
        out_.emit(alu(Alu::Mov, Bits::Bits64, target(length.to), kWirelen));
        settle(length.to);
    }

    void lower(const ir::Return& leave) {
        copy_to(kResult, leave.value);
        if (!is_last()) out_.emit_jump(jump(0), exit_);
    }

    void lower(const ir::LoadPacket& load) {
        if (const auto* constant = std::get_if<ir::Constant>(&load.base))
            lower_load_at(load, constant->value + load.displacement);
        else
            lower_load_from(load, std::get<Reg>(load.base));
    }

    // At an offset known now; resolve_loads() left only those that the copy can hold.
    void lower_load_at(const ir::LoadPacket& load, uint64_t offset) {
        if (const uint64_t end = offset + load.width; end > held_[current().index]) {
            const auto imm = static_cast<int32_t>(end);
            jump_on(jump_if(Cond::Lt, Bits::Bits32, kWirelen, imm, 0), load.past_end);
            jump_on(jump_if(Cond::Lt, Bits::Bits32, kCaplen, imm, 0), load.past_copy);
        }
        finish_load(load, kData, static_cast<int16_t>(offset));
    }

    // At a computed offset: in 64 bits, where it cannot wrap. The comparison with a constant is the
    // one that shows the verifier that the access stays inside the copy.
    void lower_load_from(const ir::LoadPacket& load, Reg base) {
        copy_register(kScratch, base);
        add_constant(kScratch, load.displacement);
        out_.emit(alu(Alu::Mov, Bits::Bits64, kResult, kScratch));
        out_.emit(alu(Alu::Add, Bits::Bits64, kResult, load.width));
        jump_on(jump_if(Cond::Gt, Bits::Bits64, kResult, kWirelen, 0), load.past_end);
        jump_on(jump_if(Cond::Gt, Bits::Bits64, kResult, kCaplen, 0), load.past_copy);
        const auto last = static_cast<int32_t>(kSnap - load.width);
        jump_on(jump_if(Cond::Gt, Bits::Bits64, kScratch, last, 0), load.past_copy);
        out_.emit(alu(Alu::Add, Bits::Bits64, kScratch, kData));
        finish_load(load, kScratch, 0);
    }

    void add_constant(Register to, uint32_t value) {
        if (const auto imm = immediate(value, Bits::Bits64)) {
            if (value != 0) out_.emit(alu(Alu::Add, Bits::Bits64, to, *imm));
            return;
        }
        copy_constant(kResult, value);
        out_.emit(alu(Alu::Add, Bits::Bits64, to, kResult));
    }

    void finish_load(const ir::LoadPacket& it, Register base, int16_t offset) {
        const Register to = target(it.to);
        const Size size = it.width == 1 ? Size::U8 : it.width == 2 ? Size::U16 : Size::U32;
        out_.emit(load(size, to, base, offset));
        if (it.width > 1) out_.emit(from_big_endian(to, it.width * 8));
        settle(it.to);
        jump_to(it.loaded);
    }

    std::vector<uint64_t> held_;  // by block: bytes_held()
    Assembler::Label exit_;
};

}  // namespace

Result<std::vector<Insn>> generate_filter(const ir::Function& filter) {
    const ir::Function resolved = resolve_loads(filter, KNOWHY_FILTER_SNAP);
    Assembler out;
    KW_CHECK_OK(FilterCode(resolved, out).run());
    return out.finish();
}

}  // namespace knowhy::bpf
