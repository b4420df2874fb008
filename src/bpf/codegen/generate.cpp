#include <algorithm>

#include "bpf/codegen/layout.h"
#include "bpf/codegen/program.h"
#include "bpf/codegen/program_code.h"
#include "ir/flow.h"
#include "ir/simplify.h"

namespace knowhy::bpf {
namespace {

// Which functions have more values at once than their share of the stack holds. What they keep in
// the scratch instead takes a register for its pointer, which may make others spill: so again until
// nothing changes.
Result<Layout> settled_layout(const ir::Program& program, ProgramKind kind) {
    std::vector<bool> spills(program.functions.size(), false);
    for (;;) {
        KW_TRY(Layout layout, lay_out(program, kind, spills));
        bool changed = false;
        for (size_t i = 0; i < program.functions.size(); ++i) {
            const auto machine = program_machine(layout.needs[i]);
            const ir::Function& function = program.functions[i];
            const Homes homes =
                allocate(function, ir::reverse_postorder(function), machine.overwritten);
            const size_t on_stack = machine.homes.size() + layout.slot_bytes / 8;
            if (homes.used <= on_stack || spills[i]) continue;
            spills[i] = changed = true;
        }
        if (!changed) return layout;
    }
}

class ProgramGenerator {
  public:
    ProgramGenerator(const ir::Program& program, ProgramKind kind, const Layout& layout)
        : layout_(layout), all_{program, kind, layout, {}, code_, result_} {}

    Result<GeneratedProgram> run() {
        result_.scratch_bytes = layout_.scratch_bytes;
        for (const Instance& instance : layout_.instances)
            all_.labels[instance] = code_.add_label();
        for (const Instance& instance : layout_.instances) KW_CHECK_OK(write(instance));
        if (result_.scratch_bytes > kMostScratch)
            return fail(ErrorKind::Usage, "too complex: {} bytes of values at once, {} is the most",
                        result_.scratch_bytes, kMostScratch);
        KW_TRY(result_.insns, code_.finish());
        return std::move(result_);
    }

  private:
    Status write(const Instance& instance) {
        const ir::Function& function = all_.program.functions[instance.function.index];
        result_.functions.push_back(
            {code_.position(), function.name, static_cast<uint32_t>(function.parameters.size())});
        ProgramCode code(all_, instance, result_.scratch_bytes);
        result_.scratch_bytes += code.spilled_bytes();
        return code.run();
    }

    const Layout& layout_;
    GeneratedProgram result_;
    Assembler code_;
    Generation all_;
};

}  // namespace

Result<GeneratedProgram> generate(const ir::Program& program, ProgramKind kind) {
    if (ir::has(ir::effects_of(program), ir::Effects::ReadsPacket))
        return fail(ErrorKind::Unsupported, "only a filter can read a packet's copy");
    if (ir::has(ir::effects_of(program), ir::Effects::KeepsOrder))
        return fail(ErrorKind::Unsupported, "a program in the kernel walks a map in no order");
    ir::Program simple = program;
    for (ir::Function& function : simple.functions) ir::simplify(function);
    KW_TRY(const Layout layout, settled_layout(simple, kind));
    return ProgramGenerator(simple, kind, layout).run();
}

}  // namespace knowhy::bpf
