// The running kernel, for showing its objects. Read only; nothing is attached.
#pragma once

#include <memory>

#include "collect/show/kernel_view.h"
#include "symbols/debugfile/debugfile.h"

namespace knowhy::collect {

struct LiveOptions {
    std::optional<symbols::SearchPlaces> files;  // debug files, for types that BTF does not have
    std::string cache_dir;                       // of their indexes
};

// Privilege where memory may not be read; Unsupported without BTF and debug files.
Result<std::unique_ptr<KernelView>> view_running_kernel(LiveOptions options = {});

// Addresses of the sockets of a namespace ("tcp" or "udp"; struct sock_common), of the running
// kernel only.
Result<std::vector<uint64_t>> sockets_in(const std::string& protocol, uint32_t netns);

}  // namespace knowhy::collect
