// sample_page FOLDER CALLS: what a recording of so many calls comes to, as FOLDER/page.html,
// FOLDER/trace.json and, compared with another, FOLDER/diff.html. Names in it are hostile.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "model/comparison.h"
#include "model/fixture.h"
#include "model/fixture_trace.h"
#include "render/chrome/trace_events.h"
#include "render/html/comparison.h"
#include "render/html/report.h"

namespace {

using namespace knowhy;  // NOLINT(google-build-using-namespace): a program of one file
using Kind = model::TracedCall::Kind;

constexpr const char* kHostile = "</script><img src=x onerror=document.title='owned'>";

// Three threads and the idle CPUs, each with calls inside calls.
model::Trace trace_of(size_t calls, uint64_t begin) {
    model::Trace trace = model::fixture::trace();
    trace.calls.clear();
    trace.functions[1].name = kHostile;
    uint64_t now = begin;
    for (uint32_t i = 0; i * 3UL < calls; ++i) {
        const uint32_t pid = i % 4;
        const uint32_t cpu = i % 2;
        const auto add = [&](Kind kind, uint32_t function, std::vector<model::TracedValue> values) {
            now += 700 + i % 13 * 100;
            trace.calls.push_back(
                model::fixture::call(kind, now, function, std::move(values), pid, cpu));
        };
        add(Kind::Entered, 0, {model::fixture::device("eth0")});
        add(Kind::Entered, 1, {model::fixture::device(kHostile)});
        add(Kind::Returned, 1, {{"return", "int", model::Value::integer(-22, true, 4), {}}});
        add(Kind::Entered, 2, {});
        add(Kind::Returned, 0, {});
        now += 40'000;
    }
    return trace;
}

model::NetnsState state() {
    model::NetnsState state;
    state.inum = 4026532741;
    state.name = "fw";
    for (uint32_t i = 1; i <= 40; ++i) {
        model::Link link;
        link.ifindex = i;
        link.name = i == 1 ? kHostile : "eth" + std::to_string(i);
        link.kind = "veth";
        link.operstate = "UP";
        link.mtu = 1500 + i % 3;
        state.links.push_back(link);
        state.sysctls["net.ipv4.conf." + link.name + ".rp_filter"] = std::to_string(i % 3);
    }
    state.before["snmp.Udp.NoPorts"] = 3;
    state.after["snmp.Udp.NoPorts"] = 15;
    return state;
}

model::Comparison comparison() {
    model::Comparison found;
    found.good.name = "good.knowhy";
    found.bad.name = kHostile;
    found.paths_compared = found.state_compared = true;
    model::ComparedPath path;
    path.subject = "net_device eth0";
    path.alike = 12;
    model::ComparedCall good{"netif_carrier_off", "", {{"dev", "eth0", false}}, {}, "ip", 10};
    model::ComparedCall both{kHostile, "", {{"dev", "eth0", false}}, {}, "ip", 20};
    model::ComparedCall other = both;
    both.returned = model::ComparedValue{"return", "0", true};
    other.returned = model::ComparedValue{"return", "-EINVAL", true};
    path.steps = {{model::PathStep::Kind::GoodOnly, 0, good, {}},
                  {model::PathStep::Kind::Values, 1, both, other}};
    path.rest_good = path.rest_bad = 4;
    model::Divergence first;
    first.function = "netif_carrier_off";
    first.lacking = model::Side::Bad;
    first.sentence = "netif_carrier_off(eth0) is called on the good side and not on the bad side";
    first.path = path;
    found.first = first;
    found.further = {first};
    model::StateDifference operstate;
    operstate.rank = model::StateDifference::Rank::Read;
    operstate.kind = "link";
    operstate.name = "operstate";
    operstate.device = "eth0";
    operstate.good = "UP";
    operstate.bad = "UNKNOWN";
    operstate.read_by = "rfc2863_policy";
    found.state = {operstate};
    found.losses = {{model::Side::Bad, model::fixture::martian_finding()}};
    found.equal_facts = 812;
    found.uncompared = {kHostile};
    return found;
}

template <typename Write>
bool written(const std::string& path, const Write& write) {
    std::ofstream file(path);
    const Status done = write([&file](std::string_view part) -> Status {
        file << part;
        return {};
    });
    return done.has_value() && file.flush().good();
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    const std::string folder = argv[1];
    model::Observation seen = model::fixture::observation();
    seen.trace = trace_of(std::strtoul(argv[2], nullptr, 10), seen.clock.monotonic_ns);
    seen.host.namespaces[4026532741] = state();
    render::ReportPage page{kHostile, seen, {model::fixture::martian_finding()}, {}, {}, {}};
    page.findings.push_back(model::fixture::harmless_finding());
    for (uint64_t i = 0; i < 12; ++i) {
        page.drops.push_back({seen.clock.monotonic_ns + i * 100'000'000, i % 2, 1, 42, "inject",
                              "10.9.0.1:1111 > 10.9.0.2:4791 udp"});
    }
    const model::Comparison found = comparison();
    const bool all =
        written(folder + "/page.html",
                [&](const Sink& out) { return render::write_report_page(page, out); }) &&
        written(folder + "/trace.json",
                [&](const Sink& out) {
                    return render::write_trace_events(seen, page.findings, page.drops, out);
                }) &&
        written(folder + "/diff.html", [&](const Sink& out) {
            return render::write_comparison_page(found, seen, seen, out);
        });
    return all ? 0 : 1;
}
