// A small trace for the tests of those who store, draw or compare calls: on one thread ip_rcv calls
// fib_lookup twice, of which the second never returns; an interrupt of the idle CPU 1 between them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "model/trace.h"

namespace knowhy::model::fixture {

inline TracedCall call(TracedCall::Kind kind, uint64_t time_ns, uint32_t function,
                       std::vector<TracedValue> values, uint32_t pid = 42, uint32_t cpu = 0) {
    TracedCall call;
    call.kind = kind;
    call.time_ns = time_ns;
    call.cpu = cpu;
    call.pid = pid;
    call.comm = pid == 0 ? "swapper/1" : "inject";
    call.function = function;
    call.values = std::move(values);
    return call;
}

inline TracedValue device(std::string name) {
    TracedValue dev{"dev", "struct net_device *", {Value::Pointer{0xffff888000001000}}, {}};
    dev.members.push_back({"name", "char[16]", Value::text(std::move(name)), {}});
    return dev;
}

inline Trace trace() {
    using enum TracedCall::Kind;
    const TracedValue came_back{"return", "int", Value::integer(-22, true, 4), {}};
    Trace trace;
    trace.functions = {{"ip_rcv", "", "fentry", "", 0},
                       {"fib_lookup", "", "fentry", "", 0},
                       {"netif_rx", "veth", "kprobe", "", std::nullopt}};
    trace.calls = {call(Entered, 5'000'001'000, 0, {device("v1")}),
                   call(Entered, 5'000'002'000, 1, {}),
                   call(Entered, 5'000'002'500, 2, {device("v2")}, 0, 1),
                   call(Returned, 5'000'003'000, 1, {came_back}),
                   call(Entered, 5'000'004'000, 1, {}),
                   call(Returned, 5'000'009'000, 0, {}),
                   call(Returned, 5'000'009'500, 0, {})};
    trace.scenario = "ping -c 1 10.9.0.2";
    return trace;
}

}  // namespace knowhy::model::fixture
