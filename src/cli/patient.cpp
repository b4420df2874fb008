#include "cli/patient.h"

#include <thread>

#include "cli/interrupt.h"
#include "collect/drops/host_facts.h"
#include "collect/show/bond_ports.h"
#include "explain/diagnose/diagnose.h"
#include "host/netns.h"
#include "net/snapshot/snapshot.h"

namespace knowhy::cli {
namespace {

void wait(Duration length) {
    const Interrupts interrupts;
    Interrupts::armed();
    const auto end = Clock::now() + length;
    constexpr auto kLook = std::chrono::milliseconds(50);
    while (!Interrupts::asked_to_stop() && Clock::now() < end)
        std::this_thread::sleep_for(std::min<Duration>(kLook, end - Clock::now()));
}

}  // namespace

Result<model::Observation> examine(const PatientOptions& options) {
    model::Observation seen;
    seen.clock = ClockPair::now();
    seen.scope = options.scope;
    if (seen.scope.netns == 0) {
        KW_TRY(seen.scope.netns, host::own_netns_inum());
    }
    KW_TRY(const host::Netns netns, host::open_netns(seen.scope.netns));
    const auto started = Clock::now();
    model::Counters before;
    collect::read_host_before(seen.host);
    if (options.watch) {
        KW_TRY(before, net::read_netns_counters(netns));
        wait(*options.watch);
    } else {
        seen.host.before.clear();
    }
    KW_TRY(model::NetnsState state, net::read_netns(netns));
    KW_CHECK_OK(net::read_details(netns, state));
    collect::add_live_ports(state);  // what netlink does not tell: the bonding driver's own structs
    KW_CHECK_OK(net::read_sysctls(netns, explain::sysctls_to_diagnose(state), state));
    if (options.all_sysctls) KW_CHECK_OK(net::read_all_sysctls(netns, state));
    KW_TRY(state.after, net::read_netns_counters(netns));
    state.before = std::move(before);
    collect::read_host_after(seen.host);
    seen.host.namespaces.emplace(state.inum, std::move(state));
    seen.accounting.elapsed_s = std::chrono::duration<double>(Clock::now() - started).count();
    return seen;
}

}  // namespace knowhy::cli
