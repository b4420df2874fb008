#include "ir/verify.h"

#include "ir/flow.h"
#include "ir/overloaded.h"
#include "ir/print.h"

namespace knowhy::ir {
namespace {

class Verifier {
  public:
    explicit Verifier(const Program& program) : program_(program) {}

    Status run() {
        if (program_.blocks.empty()) return fail(ErrorKind::Internal, "a program has no blocks");
        for (uint32_t index = 0; index < program_.blocks.size(); ++index) {
            const Block& block = program_.blocks[index];
            for (const Instruction& instruction : block.body) check(instruction);
            check(block.end);
            if (!problem_.empty()) return fail(ErrorKind::Internal, "b{}: {}", index, problem_);
        }
        const RegSet live = live_at_entry(program_).front();
        for (size_t i = 0; i < live.size(); ++i)
            if (live[i]) return fail(ErrorKind::Internal, "%{} is read before it is assigned", i);
        return {};
    }

  private:
    template <typename... Args>
    void complain(fmt::format_string<Args...> format, Args&&... args) {
        if (problem_.empty()) problem_ = fmt::format(format, std::forward<Args>(args)...);
    }

    bool exists(Reg reg) {
        if (reg.index < program_.registers.size()) return true;
        complain("there is no register %{}", reg.index);
        return false;
    }

    void expect(Reg reg, Type type) {
        if (exists(reg) && program_.type_of(reg) != type)
            complain("%{} is {}, not {}", reg.index, to_text(program_.type_of(reg)), to_text(type));
    }

    void expect(const Operand& operand, Type type) {
        std::visit(Overloaded{[&](Reg reg) { expect(reg, type); },
                              [&](Constant constant) {
                                  if (type == Type::U32 && constant.value > UINT32_MAX)
                                      complain("{:#x} does not fit u32", constant.value);
                              }},
                   operand);
    }

    void expect(BlockId id) {
        if (id.index >= program_.blocks.size()) complain("there is no block b{}", id.index);
    }

    void check(const Instruction& instruction) {
        std::visit(Overloaded{[&](const Move& move) { check_move(move); },
                              [&](const Compute& compute) {
                                  if (!exists(compute.to)) return;
                                  expect(compute.left, program_.type_of(compute.to));
                                  expect(compute.right, program_.type_of(compute.to));
                              },
                              [&](const PacketLength& length) { expect(length.to, Type::U32); }},
                   instruction);
    }

    void check_move(const Move& move) {
        if (!exists(move.to)) return;
        const Reg* from = std::get_if<Reg>(&move.from);
        if (from == nullptr)
            expect(move.from, program_.type_of(move.to));
        else
            exists(*from);  // of any type: a move converts
    }

    void check(const Terminator& terminator) {
        for (const BlockId next : successors(terminator)) expect(next);
        std::visit(Overloaded{[](const Jump&) {},
                              [&](const Branch& branch) {
                                  if (exists(branch.left))
                                      expect(branch.right, program_.type_of(branch.left));
                              },
                              [&](const LoadPacket& load) {
                                  expect(load.to, Type::U32);
                                  expect(load.base, Type::U32);
                                  if (load.width != 1 && load.width != 2 && load.width != 4)
                                      complain("a load of {} bytes", load.width);
                              },
                              [&](const Return& leave) { expect(leave.value, program_.result); }},
                   terminator);
    }

    const Program& program_;
    std::string problem_;  // the first one
};

}  // namespace

Status verify(const Program& program) {
    return Verifier(program).run();
}

}  // namespace knowhy::ir
