// Types for a generated program: names and prototypes of its functions, and its source lines (BTF).
#pragma once

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "bpf/codegen/program.h"
#include "bpf/load/program.h"

namespace knowhy::bpf {

// The name with '_' for every character that C identifiers do not have.
std::string identifier(std::string_view name);

class ProgramTypes {
  public:
    // Nothing when there is nothing to say (one function without sources), or the kernel takes no
    // such types.
    static std::optional<ProgramTypes> make(
        const GeneratedProgram& generated,
        const std::function<SourceLine(uint32_t source)>& source);

    // Refers to this object, which must outlive the load.
    void describe(bpf_prog_load_opts& options) const;

  private:
    UniqueFd btf_;
    std::vector<bpf_func_info> functions_;
    std::vector<bpf_line_info> lines_;
};

}  // namespace knowhy::bpf
