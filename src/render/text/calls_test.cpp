#include "render/text/calls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/fixture_trace.h"

namespace knowhy::render {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string report(const model::Trace& trace, CallOptions how = {}) {
    how.begin_ns = 5'000'001'000;
    return calls_report(trace, trace, count_calls(trace, {}), how);
}

TEST(Calls, AreToldAtTheDepthOfThoseTheyWereMadeIn) {
    const std::string text = report(model::fixture::trace());
    EXPECT_THAT(text, HasSubstr("4 calls of 3 watched functions, while this ran: ping -c 1"));
    EXPECT_THAT(text, HasSubstr("  inject [42], CPU 0\n"
                                "      0.000000  ip_rcv(dev=v1)  8.0 us\n"
                                "      0.000001    fib_lookup() = -EINVAL (-22)  1.0 us\n"));
    EXPECT_THAT(text, HasSubstr("  idle, CPU 1\n      0.000002  netif_rx(dev=v2)\n"));
    EXPECT_THAT(text, HasSubstr("fib_lookup                        ip_rcv; -EINVAL 1\n"));
}

TEST(Calls, AddressesAreThereWhenAskedFor) {
    EXPECT_THAT(report(model::fixture::trace()), Not(HasSubstr("0xffff")));
    CallOptions how;
    how.full = true;
    EXPECT_THAT(report(model::fixture::trace(), how),
                HasSubstr("dev=0xffff888000001000 {name=\"v1\"}"));
}

TEST(Calls, WhatIsMissingIsTold) {
    model::Trace trace = model::fixture::trace();
    trace.lost = 3;
    trace.cut = 1;
    trace.functions[0].missed = 2;
    trace.notes = {"weaker\x1b[2Jthan asked"};
    const std::string text = report(trace);
    EXPECT_THAT(text, HasSubstr("note: 3 calls and returns were lost"));
    EXPECT_THAT(text, HasSubstr("note: 1 call or return is left out"));
    EXPECT_THAT(text, HasSubstr("note: ip_rcv: 2 hits were missed"));
    EXPECT_THAT(text, HasSubstr("weaker\\x1b[2Jthan asked"));
}

TEST(Calls, NamesFromAFileAreEscaped) {
    model::Trace trace = model::fixture::trace();
    trace.calls[0].comm = "\x1b]0;x\x07";
    trace.functions[0].name = "f\nLOST";
    EXPECT_THAT(report(trace), Not(HasSubstr("\x1b")));
    EXPECT_THAT(report(trace), Not(HasSubstr("\nLOST")));
}

}  // namespace
}  // namespace knowhy::render
