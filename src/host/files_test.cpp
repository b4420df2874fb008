#include "host/files.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "host/sysctl.h"

namespace knowhy::host {
namespace {

TEST(Files, ReadsAFileWhoseSizeIsNotKnownBefore) {
    const auto text = read_kernel_file("/proc/self/status");
    ASSERT_TRUE(text) << text.error().message;
    EXPECT_EQ(text->rfind("Name:", 0), 0U);
    EXPECT_EQ(text->back(), '\n');
}

TEST(Files, SaysWhatCannotBeRead) {
    const auto missing = read_kernel_file("/proc/self/no such file\x1b[2J");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().os_errno, ENOENT);
    EXPECT_EQ(missing.error().message.find('\x1b'), std::string::npos);
    EXPECT_FALSE(read_kernel_file("/proc/self"));
    EXPECT_FALSE(write_kernel_file("/proc/self/no such file", "1"));
}

TEST(Files, ListsADirectorySorted) {
    const auto names = list_directory("/proc/self/ns");
    ASSERT_TRUE(names) << names.error().message;
    EXPECT_TRUE(std::is_sorted(names->begin(), names->end()));
    EXPECT_NE(std::find(names->begin(), names->end(), "net"), names->end());
    EXPECT_FALSE(list_directory("/proc/self/status"));
    EXPECT_TRUE(file_exists("/proc/self/ns/net"));
    EXPECT_FALSE(file_exists("/proc/self/ns/none"));
}

TEST(Sysctl, NamesBecomePaths) {
    EXPECT_EQ(sysctl_path("net.ipv4.ip_forward"), "/proc/sys/net/ipv4/ip_forward");
    EXPECT_EQ(sysctl_path("net.ipv4.conf.v1.accept_local"),
              "/proc/sys/net/ipv4/conf/v1/accept_local");
    EXPECT_EQ(sysctl_path("net.ipv4.conf.eth0.7.rp_filter"),
              "/proc/sys/net/ipv4/conf/eth0.7/rp_filter");
    EXPECT_EQ(sysctl_path("net.ipv6.neigh.a.b.c.gc_stale_time"),
              "/proc/sys/net/ipv6/neigh/a.b.c/gc_stale_time");
    EXPECT_EQ(sysctl_path("net/ipv4/conf/eth0.7/rp_filter"),
              "/proc/sys/net/ipv4/conf/eth0.7/rp_filter");
    EXPECT_EQ(sysctl_path("net.ipv4.neigh.default.gc_thresh3"),
              "/proc/sys/net/ipv4/neigh/default/gc_thresh3");
}

TEST(Sysctl, NamesThatLeaveTheTreeAreNone) {
    EXPECT_EQ(sysctl_path("net/../../etc/passwd"), std::nullopt);
    EXPECT_EQ(sysctl_path("net.ipv4.conf....rp_filter"), std::nullopt);
    EXPECT_EQ(sysctl_path("net..ipv4"), std::nullopt);
    EXPECT_EQ(sysctl_path(""), std::nullopt);
    EXPECT_EQ(sysctl_path(std::string_view("net.ipv4\0.x", 11)), std::nullopt);
}

TEST(Sysctl, AValueIsTrimmedAndAnAbsentNameIsNoError) {
    const auto release = read_sysctl("kernel.ostype");
    ASSERT_TRUE(release) << release.error().message;
    EXPECT_EQ(*release, "Linux");
    EXPECT_EQ(read_sysctl("net.ipv4.no_such_thing").value(), std::nullopt);
    EXPECT_EQ(read_sysctl("kernel.ostype.deeper").value(), std::nullopt);
    EXPECT_FALSE(write_sysctl("net..x", "1"));
}

}  // namespace
}  // namespace knowhy::host
