// A file system of the kernel's own (tracefs, debugfs) that may be mounted, somewhere, or not.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace knowhy::host {

class KernelMount {
  public:
    // Takes the first of `places` that is a mount of the type (a name of mount(8) and its number of
    // linux/magic.h). Where none is, as in a container or a freshly made mount namespace, mounts it
    // for this process alone: nobody else sees it, and it goes with this object. That needs
    // CAP_SYS_ADMIN; Error otherwise.
    static Result<KernelMount> open(const std::string& type, uint32_t magic,
                                    const std::vector<std::string>& places);

    // Of a file in it, for open(2) and its like, as long as this object lives.
    [[nodiscard]] std::string path(std::string_view file) const;

  private:
    std::string root_;
    UniqueFd own_;  // of a mount of ours
};

}  // namespace knowhy::host
