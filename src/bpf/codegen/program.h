// Whole programs to eBPF: generate.cpp puts together what layout.h plans and program_code.h writes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "bpf/insn/insn.h"
#include "ir/ir.h"

namespace knowhy::bpf {

// What calls the program, as far as its code depends on that.
enum class ProgramKind : uint8_t {
    Untyped,  // kprobe, tracepoint, raw tracepoint, perf event: fields of the context are numbers
    Typed,  // fentry, fexit, tp_btf, iterators: the verifier knows the context's pointers as such,
            // and the program returns 0
};

// A wide instruction whose first slot waits for a map's file descriptor.
struct MapReference {
    size_t slot = 0;
    std::optional<ir::MapId> map;  // none: the scratch
};

struct Subprogram {
    size_t slot = 0;  // where it begins
    std::string name;
    uint32_t parameters = 0;
};

// From this slot on, up to the next one in the list, the code is of that place in the source.
struct SourceSlot {
    size_t slot = 0;
    uint32_t source = 0;  // as in ir::At
};

struct GeneratedProgram {
    std::vector<Insn> insns;
    std::vector<MapReference> maps;
    // Of a per-CPU array with one element of this size, which no other program may use: buffers and
    // what the stack has no room for. 0 when there is no need of one. The kernel never runs a
    // program on a CPU where it already runs (since 6.1: kprobes, tracepoints and perf events shut
    // each other out, and every other program itself), so one element a CPU is enough.
    uint32_t scratch_bytes = 0;
    std::vector<Subprogram> functions;  // the first one is the main one
    std::vector<SourceSlot> sources;    // rising
    bool calls_back = false;            // a helper calls a function: it needs function types (BTF)
};

// Generates a verified program. The result of its first function is what the kernel is told.
//
// Refused (Usage): what needs more stack, buffers or functions in each other than the kernel
// allows, or too long a jump. Unsupported: an effect that no such program can have.
Result<GeneratedProgram> generate(const ir::Program& program, ProgramKind kind);

}  // namespace knowhy::bpf
