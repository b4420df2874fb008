#include "render/text/located.h"

#include <gtest/gtest.h>

namespace knowhy::render {
namespace {

model::Place place(uint64_t offset) {
    return {0x1000 + offset, "outer", "outer", offset, "mod", "a.c", 7, {}};
}

model::Located inlined_parameter() {
    model::LocatedVariable port{
        "port", "inner", "struct port *", true, false, "%r13", "debug information", "", {}};
    port.spans = {{{place(0x10), 0x20}, "%r13"}, {{place(0x40), 8}, "[%rsp+0x18]"}};
    model::LocatedInstance instance;
    instance.at = place(0x10);
    instance.function = "inner";
    instance.inlined = true;
    instance.chain = {{"inner", "a.c", 7}, {"outer", "a.c", 20}};
    instance.ranges = {{place(0x10), 0x20}, {place(0x40), 8}};
    instance.probe = {true, {}, {}};
    instance.variables = {port};
    instance.best = {place(0x10), "port", "%r13", true, "", "bpftrace -e 'printf(\"\\n\")'"};
    return {"inner", "port", "mod", "6.1", "/d/mod.ko", "", {}, {instance}};
}

TEST(LocatedText, AnInlinedParameterRangeByRange) {
    EXPECT_EQ(located_text(inlined_parameter(), false, {}),
              R"(inner          in mod of 6.1: 1 place, inlined
  debug file   /d/mod.ko

outer+0x10     safe to probe
  line         a.c:7
  inlined      inner into outer at a.c:20
  code         +0x10 to +0x30, +0x40 to +0x48
  variable     struct port *port   of inner
  here         %r13, by debug information
  everywhere   +0x10 to +0x30           %r13
               +0x40 to +0x48           [%rsp+0x18]
  probe        outer+0x10, where it is in %r13
               bpftrace -e 'printf("\n")'
)");
}

TEST(LocatedText, WhatIsGoneAndWhatIsUnsafeSaySo) {
    model::Located located = inlined_parameter();
    model::LocatedInstance& instance = located.instances.front();
    instance.probe = {false, {"a jump label"}, place(0x15)};
    instance.best.reset();
    instance.variables.front().location = "";
    instance.variables.front().how = "last in %r13 until +0x30";
    const std::string text = located_text(located, false, {});
    EXPECT_NE(text.find("not to be probed: a jump label; safe at +0x15\n"), std::string::npos)
        << text;
    EXPECT_NE(text.find("gone here; last in %r13 until +0x30"), std::string::npos) << text;
    EXPECT_NE(text.find("nowhere in this code"), std::string::npos) << text;
}

TEST(LocatedText, HowTheValueIsKnownIsSaidOnce) {
    model::Located located = inlined_parameter();
    model::LocatedVariable& port = located.instances.front().variables.front();
    port.grade = "proven copy";
    const std::string copy = located_text(located, false, {});
    EXPECT_NE(copy.find("here         %r13  (a copy that holds it on every way here)\n"),
              std::string::npos)
        << copy;
    port.location = "%rdi at entry";
    port.grade = "entry value";
    port.how = "a probe at the entry of f has it in %di";
    const std::string entry = located_text(located, false, {});
    EXPECT_NE(entry.find("%rdi at entry  (a probe at the entry of f has it in %di)\n"),
              std::string::npos)
        << entry;
}

TEST(LocatedText, WhatIsLoadedAgainIsShownAsAProbeFetchesIt) {
    model::Located located = inlined_parameter();
    model::LocatedVariable& port = located.instances.front().variables.front();
    port.location = "[%rbx+0x38]";
    port.fetch = "+0x38(%bx):x64";
    port.grade = "may be stale";
    port.how = "loaded from slave->port at +0x10; memory may have changed since";
    const std::string text = located_text(located, false, {});
    EXPECT_NE(text.find("+0x38(%bx):x64  (loaded from slave->port at +0x10; memory may have"),
              std::string::npos)
        << text;
}

TEST(LocatedText, NamesOutOfFilesAreEscaped) {
    model::Located located = inlined_parameter();
    located.instances.front().variables.front().name = "\x1b[1m";
    located.instances.front().best->command = "\x1b[1m";
    EXPECT_EQ(located_text(located, false, {}).find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace knowhy::render
