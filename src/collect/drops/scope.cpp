#include "collect/drops/scope.h"

#include <net/if.h>

#include <algorithm>

#include "host/netns.h"

namespace knowhy::collect {
namespace {

// 0: no such device there.
Result<uint32_t> ifindex_in(const host::Netns& netns, const std::string& device) {
    uint32_t ifindex = 0;
    KW_CHECK_OK(host::in_netns(netns.fd.get(), [&] {
        ifindex = if_nametoindex(device.c_str());
        return Status();
    }));
    return ifindex;
}

// " (the network namespace fw has one: --ns fw)", so that nobody looks for it in the wrong place.
std::string elsewhere(const std::string& device) {
    for (const host::Netns& netns : host::named_netns()) {
        if (ifindex_in(netns, device).value_or(0) != 0)
            return fmt::format(" (the network namespace {0} has one: --ns {0})", netns.name);
    }
    return "";
}

Result<model::Scope> find_device(model::Scope scope, const host::Netns& netns,
                                 const std::string& device) {
    KW_TRY(scope.ifindex, ifindex_in(netns, device));
    scope.device = device;
    if (scope.ifindex != 0) return scope;
    if (scope.netns_name.empty())
        return fail(ErrorKind::Usage, "no device '{}' here{}", device, elsewhere(device));
    return fail(ErrorKind::Usage, "no device '{}' in the network namespace {}", device,
                scope.netns_name);
}

Result<host::Netns> find_netns(const std::string& name) {
    if (name.empty()) {
        KW_TRY(const uint32_t own, host::own_netns_inum());
        return host::open_netns(own);
    }
    for (host::Netns& netns : host::named_netns()) {
        if (netns.name == name) return std::move(netns);
    }
    return fail(ErrorKind::Usage, "no network namespace '{}' in /run/netns", name);
}

}  // namespace

Result<model::Scope> resolve_scope(const std::string& netns, const std::string& device) {
    model::Scope scope;
    if (netns.empty() && device.empty()) return scope;
    KW_TRY(const host::Netns found, find_netns(netns));
    scope.netns = found.inum;
    scope.netns_name = netns;
    if (device.empty()) return scope;
    return find_device(std::move(scope), found, device);
}

}  // namespace knowhy::collect
