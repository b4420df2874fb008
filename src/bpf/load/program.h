// Generated programs and their maps into the kernel.
#pragma once

#include <linux/bpf.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "bpf/codegen/program.h"
#include "ir/ir.h"

namespace knowhy::bpf {

// A map of this kind and size. A perf event array has an element for each possible CPU, a stack
// trace map the kernel's usual depth, where the sizes are 0.
Result<UniqueFd> create_map(const ir::Map& map);

// A place in a script, as the kernel keeps it for tools that list programs.
struct SourceLine {
    std::string file;
    std::string text;
    uint32_t line = 1;    // from 1
    uint32_t column = 1;  // from 1
};

struct ProgramRequest {
    std::string name = {};
    bpf_prog_type type = BPF_PROG_TYPE_UNSPEC;
    bpf_attach_type expected_attach = {};
    uint32_t attach_btf_id = 0;  // of fentry, fexit, tp_btf and iterators
    int attach_btf_fd = 0;       // of the module that has the type; 0 for vmlinux
    std::vector<int> maps = {};  // by ir::MapId; -1 for those that the program does not name
    // What ir::At's number stands for; may be empty.
    std::function<SourceLine(uint32_t source)> source = {};
};

struct LoadedProgram {
    UniqueFd program;
    UniqueFd scratch;  // the program's own map; the kernel keeps it as long as the program
};

// Why the kernel did not take a program.
struct ProgramRefusal {
    Error error;                     // one line; with the verifier's reason where there is one
    std::string log;                 // the verifier's, or ""
    std::optional<size_t> slot;      // the instruction that it stopped at
    std::optional<uint32_t> source;  // and where that comes from, as in ir::At
};

tl::expected<LoadedProgram, ProgramRefusal> load_program(const GeneratedProgram& generated,
                                                         const ProgramRequest& request);

}  // namespace knowhy::bpf
