#include "bpf/codegen/layout.h"

#include <algorithm>

#include "ir/flow.h"
#include "ir/overloaded.h"

namespace knowhy::bpf {
namespace {

constexpr uint32_t kStack = 512;            // of all functions in each other: the kernel's
constexpr uint32_t kFrameStep = 32;         // frames are rounded up to this
constexpr size_t kMostDepth = 8;            // functions in each other
constexpr uint32_t kMostStackBuffers = 64;  // bytes

uint32_t rounded_up(uint32_t bytes, uint32_t to) {
    return (bytes + to - 1) / to * to;
}

// How the program uses each of its buffers.
class BufferUse {
  public:
    explicit BufferUse(const ir::Program& program)
        : used_(program.buffers.size(), false), fits_stack_(program.buffers.size(), true) {
        for (size_t i = 0; i < program.functions.size(); ++i) {
            main_ = i == 0;
            for (const ir::Block& block : program.functions[i].blocks) {
                for (const ir::Instruction& instruction : block.body)
                    std::visit([&](const auto& any) { see(any); }, instruction);
                if (const auto* lookup = std::get_if<ir::Lookup>(&block.end)) see(lookup->key, 1);
            }
        }
    }

    [[nodiscard]] bool used(size_t buffer) const { return used_[buffer]; }
    // Small, of the main function alone, at constant and aligned offsets: the verifier follows the
    // stack byte by byte, and wants to know which.
    [[nodiscard]] bool fits_stack(size_t buffer) const { return fits_stack_[buffer]; }

  private:
    void see(const ir::Place& place, uint32_t alignment) {
        const auto* buffer = std::get_if<ir::BufferId>(&place.base);
        if (buffer == nullptr) return;
        used_[buffer->index] = true;
        const auto* offset = std::get_if<ir::Constant>(&place.offset);
        if (!main_ || offset == nullptr || offset->value % alignment != 0)
            fits_stack_[buffer->index] = false;
    }
    void see(const ir::Load& load) { see(load.from, load.width); }
    void see(const ir::Store& store) { see(store.to, store.width); }
    void see(const ir::Copy& copy) {
        see(copy.to, 8);
        see(copy.from, 8);
    }
    void see(const ir::Fill& fill) { see(fill.to, 8); }
    void see(const ir::CallHelper& call) {
        for (size_t i = 0; i < call.arguments.size(); ++i) {
            const auto* place = std::get_if<ir::Place>(&call.arguments[i]);
            if (place == nullptr) continue;
            see(*place, 1);
            const auto* buffer = std::get_if<ir::BufferId>(&place->base);
            if (buffer != nullptr && size_varies(call, i)) fits_stack_[buffer->index] = false;
        }
    }
    template <typename Other>
    void see(const Other&) {}

    static bool size_varies(const ir::CallHelper& call, size_t place) {
        const auto kinds = ir::info_of(call.helper).arguments;
        if (place + 1 == kinds.size() || kinds[place + 1] != ir::ArgumentKind::Size) return false;
        return std::holds_alternative<ir::Reg>(std::get<ir::Operand>(call.arguments[place + 1]));
    }

    std::vector<bool> used_;
    std::vector<bool> fits_stack_;
    bool main_ = false;
};

class Planner {
  public:
    Planner(const ir::Program& program, ProgramKind kind, const std::vector<bool>& spills)
        : program_(program), kind_(kind), spills_(spills), depths_(program.functions.size(), 0) {}

    Result<Layout> run() {
        find_instances({{0}, Role::Main});
        layout_.depth = depth_of({0});
        if (layout_.depth > kMostDepth)
            return fail(ErrorKind::Usage, "too deep: {} functions in each other, {} is the most",
                        layout_.depth, kMostDepth);
        place_buffers();
        find_needs();
        if (layout_.scratch_bytes > kMostScratch)
            return fail(ErrorKind::Usage, "too large: {} bytes of buffers, {} is the most",
                        layout_.scratch_bytes, kMostScratch);
        share_stack();
        return std::move(layout_);
    }

  private:
    void find_instances(const Instance& instance) {
        if (std::ranges::find(layout_.instances, instance) != layout_.instances.end()) return;
        layout_.instances.push_back(instance);
        const ir::Function& function = program_.functions[instance.function.index];
        for (const ir::Block& block : function.blocks)
            for (const ir::Instruction& instruction : block.body)
                std::visit(ir::Overloaded{[&](const ir::CallFunction& call) {
                                              find_instances({call.function, Role::Called});
                                          },
                                          [&](const ir::Loop& loop) {
                                              find_instances({loop.body, Role::LoopBody});
                                          },
                                          [&](const ir::ForEach& each) {
                                              find_instances({each.body, Role::ElementBody});
                                          },
                                          [](const auto&) {}},
                           instruction);
    }

    size_t depth_of(ir::FunctionId id) {
        size_t& depth = depths_[id.index];
        if (depth != 0) return depth;
        size_t below = 0;
        for (const ir::FunctionId callee : ir::callees(program_.functions[id.index]))
            below = std::max(below, depth_of(callee));
        return depth = below + 1;
    }

    void place_buffers() {
        const BufferUse use(program_);
        for (size_t i = 0; i < program_.buffers.size(); ++i) {
            const uint32_t bytes = rounded_up(program_.buffers[i].bytes, 8);
            const bool on_stack =
                use.fits_stack(i) && layout_.stack_bytes + bytes <= kMostStackBuffers;
            uint32_t& end = on_stack ? layout_.stack_bytes : layout_.scratch_bytes;
            layout_.buffers.push_back({on_stack, end});
            if (use.used(i)) end += bytes;
        }
    }

    [[nodiscard]] bool in_scratch(const ir::Place& place) const {
        const auto* buffer = std::get_if<ir::BufferId>(&place.base);
        return buffer != nullptr && !layout_.buffers[buffer->index].on_stack;
    }

    [[nodiscard]] Needs arguments_need(const ir::CallHelper& call) const {
        Needs needs;
        for (const ir::Argument& argument : call.arguments) {
            const auto* place = std::get_if<ir::Place>(&argument);
            needs.scratch = needs.scratch || (place != nullptr && in_scratch(*place));
            needs.context = needs.context ||
                            std::holds_alternative<ir::ContextArgument>(argument) ||
                            std::holds_alternative<ir::ContextField>(argument);
        }
        return needs;
    }

    Needs needs_of(const ir::Instruction& instruction) {
        return std::visit(
            ir::Overloaded{
                [&](const ir::Load& load) {
                    return Needs{in_scratch(load.from), false};
                },
                [&](const ir::Store& store) {
                    return Needs{in_scratch(store.to), false};
                },
                [&](const ir::Copy& copy) {
                    return Needs{in_scratch(copy.to) || in_scratch(copy.from), false};
                },
                [&](const ir::Fill& fill) {
                    return Needs{in_scratch(fill.to), false};
                },
                [&](const ir::LoadContext&) { return context(kind_ == ProgramKind::Typed); },
                [&](const ir::ContextAddress&) { return context(true); },
                [&](const ir::CallHelper& call) { return arguments_need(call); },
                [](const auto&) { return Needs(); }},
            instruction);
    }

    Needs context(bool launders) {
        if (launders && !layout_.launder) {
            layout_.launder = layout_.scratch_bytes;
            layout_.scratch_bytes += 8;
        }
        return {launders, true};
    }

    static void add(Needs& to, Needs more) {
        to.scratch = to.scratch || more.scratch;
        to.context = to.context || more.context;
    }

    void find_needs() {
        for (size_t i = 0; i < program_.functions.size(); ++i) {
            Needs needs{spills_[i], false};
            for (const ir::Block& block : program_.functions[i].blocks) {
                for (const ir::Instruction& instruction : block.body)
                    add(needs, needs_of(instruction));
                const auto* lookup = std::get_if<ir::Lookup>(&block.end);
                if (lookup != nullptr) add(needs, {in_scratch(lookup->key), false});
            }
            layout_.needs.push_back(needs);
        }
        // What a function calls needs, it must have to hand on.
        for (bool changed = true; changed;) {
            changed = false;
            for (size_t i = 0; i < program_.functions.size(); ++i) {
                const Needs before = layout_.needs[i];
                for (const ir::FunctionId callee : ir::callees(program_.functions[i]))
                    add(layout_.needs[i], layout_.needs[callee.index]);
                changed = changed || layout_.needs[i] != before;
            }
        }
    }

    // Every function gets as much, that the deepest calls still fit.
    void share_stack() {
        constexpr uint32_t kCallbackState = 16;
        const uint32_t of_main = rounded_up(layout_.stack_bytes, kFrameStep);
        const uint32_t share =
            (kStack - of_main) / static_cast<uint32_t>(layout_.depth) / kFrameStep * kFrameStep;
        layout_.slot_bytes = share - kCallbackState;
    }

    const ir::Program& program_;
    ProgramKind kind_;
    const std::vector<bool>& spills_;
    std::vector<size_t> depths_;  // by function; 0 before it is known
    Layout layout_;
};

}  // namespace

Result<Layout> lay_out(const ir::Program& program, ProgramKind kind,
                       const std::vector<bool>& spills) {
    return Planner(program, kind, spills).run();
}

}  // namespace knowhy::bpf
