// Network namespaces: finding them by inode number, naming them, acting inside them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace knowhy::host {

struct Netns {
    uint32_t inum = 0;  // of the nsfs inode, as `readlink /proc/self/ns/net` shows it
    std::string name;   // in /run/netns; "" for none
    UniqueFd fd;        // keeps the namespace alive while it is open
};

Result<uint32_t> own_netns_inum();

// Looks in /run/netns first, then through /proc/*/ns/net. Error when the namespace is gone.
Result<Netns> open_netns(uint32_t inum);

// The namespaces that have a name, by inum.
std::vector<Netns> named_netns();

// Runs `action` on a thread of its own that has entered the namespace, and waits for it. Sockets
// opened there stay in that namespace; /proc/sys/net and /proc/thread-self/net read there are its.
Status in_netns(int netns_fd, const std::function<Status()>& action);

}  // namespace knowhy::host
