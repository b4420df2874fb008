// Where a program's memory is, and which of its functions need what.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/result.h"
#include "bpf/codegen/program.h"
#include "ir/ir.h"

namespace knowhy::bpf {

// The same function may be called in more than one way, and is then generated for each.
enum class Role : uint8_t { Main, Called, LoopBody, ElementBody };

struct Instance {
    ir::FunctionId function;
    Role role = Role::Main;
    bool operator==(const Instance&) const = default;
    auto operator<=>(const Instance& other) const {
        return std::pair(function.index, role) <=> std::pair(other.function.index, other.role);
    }
};

// What a function is handed besides its parameters, because it or what it calls uses it.
struct Needs {
    bool scratch = false;
    bool context = false;
    bool operator==(const Needs&) const = default;
};

struct BufferPlace {
    bool on_stack = false;
    uint32_t offset = 0;  // in the scratch, or in the main function's buffers
};

struct Layout {
    std::vector<Instance> instances;  // the main one first; the others as they are first called
    std::vector<Needs> needs;         // by function
    std::vector<BufferPlace> buffers;
    uint32_t stack_bytes = 0;  // of buffers, in the main function's frame
    uint32_t scratch_bytes = 0;
    std::optional<uint32_t>
        launder;              // 8 bytes of scratch in which a typed pointer becomes a number
    size_t depth = 0;         // functions in each other, at most
    uint32_t slot_bytes = 0;  // of the stack, for each function's values
};

// One element of a per-CPU map is no larger.
inline constexpr uint32_t kMostScratch = 32U << 10U;

// `spills` has the functions that need scratch for values without room on the stack.
Result<Layout> lay_out(const ir::Program& program, ProgramKind kind,
                       const std::vector<bool>& spills);

}  // namespace knowhy::bpf
