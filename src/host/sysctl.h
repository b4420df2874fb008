// Sysctls by their dotted names. Those under net. are the calling thread's namespace's: use them
// inside in_netns() for another one's.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace knowhy::host {

// "net.ipv4.conf.eth0.7.rp_filter" -> "/proc/sys/net/ipv4/conf/eth0.7/rp_filter": in the folders
// that are kept by device, everything up to the last dot is the device's name. Names with slashes
// ("net/ipv4/conf/eth0.7/rp_filter") are taken as they are. nullopt for a name that would leave
// /proc/sys or has an empty part.
std::optional<std::string> sysctl_path(std::string_view name);

// The value without its trailing newline; nullopt when this kernel has no such sysctl (an absent
// module, a device that went away). Error when it is there and cannot be read.
Result<std::optional<std::string>> read_sysctl(std::string_view name);

// All that can be read below a folder ("net"), by their dotted names. Left out are secrets, those
// that can only be written, and those that have no value yet.
Result<std::map<std::string, std::string>> read_sysctls_below(const std::string& folder);

// Its value is a key, and is never to be read: the one that TCP's fast open cookies, or stable
// IPv6 addresses, are made with.
bool sysctl_is_secret(std::string_view name);

Status write_sysctl(std::string_view name, std::string_view value);

}  // namespace knowhy::host
