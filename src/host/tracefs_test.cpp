#include "host/tracefs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/magic.h>

#include <algorithm>
#include <cerrno>

#include "host/files.h"

namespace knowhy::host {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;

// skb:kfree_skb of 6.1, with fields of other events of its kernel.
constexpr const char* kFormat =
    "name: kfree_skb\n"
    "ID: 1543\n"
    "format:\n"
    "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
    "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n"
    "\n"
    "\tfield:void * skbaddr;\toffset:8;\tsize:8;\tsigned:0;\n"
    "\tfield:const char * const * argv;\toffset:16;\tsize:8;\tsigned:0;\n"
    "\tfield:char prev_comm[16];\toffset:24;\tsize:16;\tsigned:1;\n"
    "\tfield:__data_loc char[] name;\toffset:40;\tsize:4;\tsigned:1;\n"
    "\tfield:unsigned long args[6];\toffset:48;\tsize:48;\tsigned:0;\n"
    "\n"
    "print fmt: \"skbaddr=%p protocol=%u; field:x\", REC->skbaddr, REC->protocol\n";

TEST(EventFormat, HasFieldsWithTheirPlaces) {
    const auto format = parse_event_format(kFormat);
    ASSERT_TRUE(format) << format.error().message;
    EXPECT_EQ(format->id, 1543U);
    std::vector<std::string> declared;
    for (const EventField& field : format->fields)
        declared.push_back(field.type + " " + field.name);
    EXPECT_THAT(declared,
                ElementsAre("unsigned short common_type", "int common_pid", "void * skbaddr",
                            "const char * const * argv", "char[16] prev_comm",
                            "__data_loc char[] name", "unsigned long[6] args"));
    EXPECT_EQ(format->fields[4].offset, 24U);
    EXPECT_EQ(format->fields[4].bytes, 16U);
    EXPECT_TRUE(format->fields[1].is_signed);
    EXPECT_FALSE(format->fields[2].is_signed);
}

TEST(EventFormat, RefusesWhatItCannotRead) {
    EXPECT_FALSE(parse_event_format(""));
    EXPECT_FALSE(parse_event_format("ID: many\n"));
    EXPECT_FALSE(parse_event_format("ID: 1\n\tfield:int x;\toffset:0;\n"));
    EXPECT_FALSE(parse_event_format("ID: 1\n\tfield:;\toffset:0;\tsize:4;\n"));
    EXPECT_FALSE(parse_event_format("ID: 1\n\tfield:int x;\toffset:4294967296;\tsize:4;\n"));
}

TEST(TraceableFunctions, HaveTheirModule) {
    const auto functions = parse_traceable_functions(
        "ip_rcv\nbond_open [bonding]\n__ftrace_invalid_address___16\n0xffffffff81000000 tcp_ack\n");
    EXPECT_THAT(functions, ElementsAre(TraceableFunction{"ip_rcv", ""},
                                       TraceableFunction{"bond_open", "bonding"},
                                       TraceableFunction{"tcp_ack", ""}));
}

TEST(KprobeBlacklist, GivesNames) {
    EXPECT_THAT(
        parse_kprobe_blacklist_names("0xffffffff81000000-0xffffffff81000010\tdo_nmi\n\nx\n"),
        ElementsAre("do_nmi"));
}

TEST(RunningTracefs, EventsAndTheirRecords) {
    const auto tracefs = Tracefs::open();
    if (!tracefs) GTEST_SKIP() << tracefs.error().message;
    const auto events = tracefs->events();
    ASSERT_TRUE(events) << events.error().message;
    const EventName known{"skb", "kfree_skb"};
    EXPECT_THAT(*events, Contains(known));
    EXPECT_TRUE(tracefs->has_event(known));
    const auto format = tracefs->format(known);
    ASSERT_TRUE(format) << format.error().message;
    EXPECT_GT(format->id, 0U);
    const auto& fields = format->fields;
    const auto skb = std::find_if(fields.begin(), fields.end(),
                                  [](const EventField& field) { return field.name == "skbaddr"; });
    ASSERT_NE(skb, fields.end());
    EXPECT_EQ(skb->type, "void *");
    EXPECT_EQ(skb->bytes, sizeof(void*));

    EXPECT_FALSE(tracefs->has_event({"skb", "no_such_event"}));
    EXPECT_EQ(tracefs->format({"skb", "no_such_event"}).error().os_errno, ENOENT);
}

TEST(KernelMount, IsMadeWhereThereIsNone) {
    const auto own = KernelMount::open("tracefs", TRACEFS_MAGIC, {"/no such place", "/proc"});
    if (!own) GTEST_SKIP() << own.error().message;
    EXPECT_TRUE(file_exists(own->path("events/skb/kfree_skb/id")));
    const auto mounts = read_kernel_file("/proc/self/mounts");
    ASSERT_TRUE(mounts);
    EXPECT_EQ(mounts->find("/proc/self/fd"), std::string::npos);
}

// Whatever a new event brings, its record can be read.
TEST(RunningTracefs, EveryFormatIsUnderstood) {
    const auto tracefs = Tracefs::open();
    if (!tracefs) GTEST_SKIP() << tracefs.error().message;
    const auto events = tracefs->events();
    ASSERT_TRUE(events) << events.error().message;
    for (const EventName& event : *events) {
        const auto format = tracefs->format(event);
        // "ftrace" and others have events without one.
        if (!format && format.error().os_errno == ENOENT) continue;
        ASSERT_TRUE(format) << event.system << ':' << event.name << ' ' << format.error().message;
    }
}

TEST(RunningTracefs, FunctionsThatCanBeTraced) {
    const auto tracefs = Tracefs::open();
    if (!tracefs) GTEST_SKIP() << tracefs.error().message;
    const auto functions = tracefs->traceable_functions();
    if (!functions) GTEST_SKIP() << functions.error().message;
    EXPECT_THAT(*functions, Contains(TraceableFunction{"ip_rcv", ""}));
}

}  // namespace
}  // namespace knowhy::host
