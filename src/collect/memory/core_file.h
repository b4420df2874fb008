// A crashed kernel's memory: a vmcore, as makedumpfile or QEMU's dump-guest-memory writes it. Read
// with libkdumpfile, which knows the formats and walks the kernel's own page tables.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "collect/memory/kernel_memory.h"

namespace knowhy::collect {

class CoreFile : public KernelMemory {
  public:
    // Usage for what is no vmcore. `machine`, as uname -m has it, is for dumps that do not say what
    // they are of (QEMU's). makedumpfile's flattened form is laid out in a temporary file.
    static Result<std::unique_ptr<CoreFile>> open(const std::string& path,
                                                  const std::string& machine);

    // A line of the kernel's own notes (VMCOREINFO,
    // Documentation/admin-guide/kdump/vmcoreinfo.rst): "OSRELEASE", "BUILD-ID", "KERNELOFFSET"
    // (hex, of KASLR). nullopt: the dump has no such line.
    [[nodiscard]] virtual std::optional<std::string> note(const std::string& key) const = 0;
};

}  // namespace knowhy::collect
