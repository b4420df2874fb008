#include "render/html/report.h"

#include <gmock/gmock.h>

#include <cstdlib>

#include "model/fixture.h"
#include "model/fixture_trace.h"
#include "render/html/markup.h"

namespace knowhy::render {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kHostile = "</script><img src=x onerror=alert(1)>\x1b[31m\"'&";

std::string written(const ReportPage& page) {
    std::string text;
    const Status done = write_report_page(page, [&](std::string_view part) -> Status {
        text += part;
        return {};
    });
    EXPECT_TRUE(done.has_value());
    return text;
}

ReportPage page_of(const model::Observation& seen) {
    return {"lost.knowhy", seen, {model::fixture::martian_finding()}, {}, {}, {}};
}

TEST(HtmlReport, FindingsAndBooksAreThereWithoutAScript) {
    setenv("TZ", "UTC", 1);
    const model::Observation seen = model::fixture::observation();
    const std::string text = written(page_of(seen));
    const std::string document = text.substr(0, text.find("<script"));
    EXPECT_THAT(document, HasSubstr("<span class=\"word\">LOST</span>"));
    EXPECT_THAT(document, HasSubstr("10.9.0.1 is one of this host&#39;s own addresses"));
    EXPECT_THAT(document, HasSubstr("<code>sysctl -w net.ipv4.conf.v1.accept_local=1</code>"));
    EXPECT_THAT(document, HasSubstr("<li>ip_rcv_finish_core+0x1ab  net/ipv4/ip_input.c:424</li>"));
    EXPECT_THAT(document, HasSubstr("0000  02 00 00"));
    EXPECT_THAT(document, HasSubstr("36 events = 12 lost"));
    EXPECT_THAT(document, HasSubstr("2027-01-15 08:00:00 +0000"));
}

TEST(HtmlReport, NothingIsAskedOfTheNetwork) {
    const model::Observation seen = model::fixture::observation();
    const std::string text = written(page_of(seen));
    EXPECT_THAT(text, HasSubstr("default-src 'none'; style-src 'sha256-"));
    for (const char* outside : {"http:", "https:", "src=", "@import", "url("}) {
        EXPECT_THAT(text, Not(HasSubstr(outside)));
    }
}

TEST(HtmlReport, NamesCannotLeaveTheirPlace) {
    model::Observation seen = model::fixture::observation();
    seen.host.kernel_release = kHostile;
    seen.filter = kHostile;
    seen.trace = model::fixture::trace();
    seen.trace.scenario = kHostile;
    seen.trace.functions[0].name = kHostile;
    seen.trace.calls[0].comm = kHostile;
    seen.trace.calls[0].values = {model::fixture::device(kHostile)};
    model::NetnsState state;
    state.name = kHostile;
    state.problems = {kHostile};
    state.sysctls[kHostile] = kHostile;
    model::Link link;
    link.name = kHostile;
    link.kind = "bridge";
    state.links = {link};
    seen.host.namespaces[1] = state;
    ReportPage page = page_of(seen);
    page.name = kHostile;
    page.findings[0].sentence = page.findings[0].device = kHostile;
    page.findings[0].evidence[0].value = page.findings[0].try_next[0].command = kHostile;
    page.findings[0].sample->comm = kHostile;
    page.drops = {{5'000'000'000, 0, 1, 42, kHostile, kHostile}};
    const std::string text = written(page);
    EXPECT_THAT(text, Not(HasSubstr("<img")));
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
    EXPECT_THAT(text, HasSubstr("&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;\\x1b[31m"));
    EXPECT_THAT(text, HasSubstr("\\u003c/script>"));
}

TEST(HtmlReport, CallsAreThereForTheScript) {
    model::Observation seen = model::fixture::observation();
    seen.trace = model::fixture::trace();
    const std::string text = written(page_of(seen));
    EXPECT_THAT(text, HasSubstr("\"functions\":[\"ip_rcv\",\"fib_lookup\",\"netif_rx\"]"));
    EXPECT_THAT(text, HasSubstr("\"lanes\":[\"inject 42\",\"idle, CPU 1\"]"));
    EXPECT_THAT(text, HasSubstr("\"took\":[8000,1000,-1,-1]"));
    EXPECT_THAT(text, HasSubstr("4 calls of 3 functions watched; 1 return of calls"));
}

TEST(HtmlReport, WhatIsLeftOutIsTold) {
    model::Observation seen = model::fixture::observation();
    seen.trace.functions = {{"f", "", "fentry", "", 0}};
    for (uint64_t i = 0; i < kMostCalls + 5; ++i) {
        seen.trace.calls.push_back(
            model::fixture::call(model::TracedCall::Kind::Entered, 5'000'000'000 + i, 0, {}));
    }
    const std::string text = written(page_of(seen));
    EXPECT_THAT(text, HasSubstr("The first 20000 of 20005 calls are in this page"));
    EXPECT_THAT(text, HasSubstr("\"density\":[5"));
}

TEST(HtmlReport, AnErrorOfWhoWritesComesBack) {
    const model::Observation seen = model::fixture::observation();
    const Status done = write_report_page(
        page_of(seen), [](std::string_view) -> Status { return fail(ErrorKind::System, "full"); });
    EXPECT_FALSE(done.has_value());
}

TEST(HtmlTable, RowsPastTheMostAreCounted) {
    Table table("routes", {"destination", "#metric"});
    for (size_t i = 0; i < Table::kMostRows + 3; ++i) table.row({"10.0.0.0/8", "1"});
    const std::string text = table.take();
    EXPECT_THAT(text, HasSubstr("<span class=\"count\">20003</span>"));
    EXPECT_THAT(text, HasSubstr("3 more are in the recording"));
    EXPECT_EQ(Table("nothing", {"x"}).take(), "");
}

}  // namespace
}  // namespace knowhy::render
