// The kernel's objects of sockets: its own iterator tells where they are (/proc/net/tcp reads by
// the same one). Nothing is attached.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"

namespace knowhy::collect {

// Addresses (struct sock_common) of all sockets of the calling thread's network namespace.
// `iterator`: the BTF id of the kernel's function bpf_iter_tcp or bpf_iter_udp.
Result<std::vector<uint64_t>> list_sockets(uint32_t iterator);

}  // namespace knowhy::collect
