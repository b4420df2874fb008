#include "host/child.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>

namespace knowhy::host {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Words, AsAShellTakesThemApart) {
    EXPECT_THAT(*split_words("sleep  1"), ElementsAre("sleep", "1"));
    EXPECT_THAT(*split_words(R"(sh -c 'a "b" c' "d e"f g\ h '')"),
                ElementsAre("sh", "-c", "a \"b\" c", "d ef", "g h", ""));
    EXPECT_THAT(*split_words("  "), IsEmpty());
    EXPECT_FALSE(split_words("echo 'a"));
}

bool ended(int descriptor, int timeout_ms) {
    pollfd wait{descriptor, POLLIN, 0};
    return ::poll(&wait, 1, timeout_ms) == 1;
}

TEST(HeldChild, BeginsWhenItIsLetGo) {
    const std::string file = ::testing::TempDir() + "/knowhy-child";
    std::filesystem::remove(file);
    auto child = Child::start_held({"touch", file});
    ASSERT_TRUE(child) << child.error().message;
    EXPECT_GT(child->pid(), 0);
    EXPECT_FALSE(ended(child->descriptor(), 50));
    EXPECT_FALSE(std::filesystem::exists(file));
    ASSERT_TRUE(child->let_go());
    EXPECT_TRUE(ended(child->descriptor(), 10'000));
    EXPECT_EQ(::waitpid(child->pid(), nullptr, 0), child->pid());
    EXPECT_TRUE(std::filesystem::remove(file));
}

TEST(HeldChild, WhatCannotBeRunIsSaid) {
    auto child = Child::start_held({"/no such command"});
    ASSERT_TRUE(child) << child.error().message;
    const auto gone = child->let_go();
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().kind, ErrorKind::Usage);
    EXPECT_FALSE(Child::start_held({}));
}

TEST(HeldChild, NeverLetGoIsGone) {
    int pid = 0;
    {
        const auto child = Child::start_held({"sleep", "100"});
        ASSERT_TRUE(child);
        pid = child->pid();
        EXPECT_TRUE(watch_process(pid));
    }
    EXPECT_FALSE(watch_process(pid));
}

}  // namespace
}  // namespace knowhy::host
