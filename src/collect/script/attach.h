// Attaching programs to the places of a plan (lang/plan/plan.h). Everything hangs on file
// descriptors: nothing is written to tracefs and nothing is pinned, so that even SIGKILL leaves
// nothing behind.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "collect/script/running_kernel.h"
#include "lang/plan/plan.h"

namespace knowhy::collect {

// What a program for such a place is loaded as (bpf(2), BPF_PROG_LOAD).
struct LoadAs {
    uint32_t type = 0;        // BPF_PROG_TYPE_*
    uint32_t attach = 0;      // expected_attach_type
    uint32_t btf_id = 0;      // attach_btf_id; 0: it has none, and one program serves all targets
    std::string btf_module;   // whose BTF that is; "" for vmlinux
    bool has_cookie = false;  // it can ask what it was attached with
};

// Unsupported for a place that this kernel does not have, Internal for one of user space.
Result<LoadAs> load_as(const lang::AttachAt& at, RunningKernel& kernel);

// A module's BTF, as a program to be attached to its functions is loaded with it.
Result<UniqueFd> module_btf(const std::string& module);

// A program at its place, until this goes: links, one per CPU where the kernel has it so.
using Attached = std::vector<UniqueFd>;

struct Attach {
    int program = -1;
    const lang::AttachAt* at = nullptr;
    uint64_t cookie = 0;
    uint32_t event_id = 0;  // of a tracepoint
    int pid = -1;           // of clocks and software events: in this process alone
};

// For several threads at once.
Result<Attached> attach(const Attach& what);

// An iterator's whole walk. What its program writes into the kernel's seq_file is handed to `take`.
Status walk_iterator(const Attached& link, const std::function<void(std::string_view)>& take);

// Calls `task` with 0 to count - 1 on a few threads, and `progress` now and then on this one with
// how many are done. Attaching waits for the kernel more than it computes.
void in_parallel(size_t count, const std::function<void(size_t)>& task,
                 const std::function<void(size_t done)>& progress = {});

}  // namespace knowhy::collect
