#include "cli/output.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>

#include "base/file.h"

namespace knowhy::cli {
namespace {

TEST(Output, AFileIsNoTerminal) {
    const std::string path = testing::TempDir() + "knowhy-output";
    auto output = Output::open(path);
    ASSERT_TRUE(output);
    ASSERT_TRUE(output->write("one\n"));
    ASSERT_TRUE(output->write("two\n"));
    EXPECT_FALSE(output->is_terminal());
    EXPECT_FALSE(output->wants_colour());
    EXPECT_EQ(output->width(), 100U);
    EXPECT_EQ(*read_file(path, 100), "one\ntwo\n");
    std::filesystem::remove(path);
}

TEST(Output, AFullDiskNamesTheFile) {
    auto output = Output::open("/dev/full");
    ASSERT_TRUE(output);
    const Status written = output->write("x");
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().os_errno, ENOSPC);
    EXPECT_NE(written.error().message.find("/dev/full"), std::string::npos);
}

TEST(Output, AnUnwritablePathIsTold) {
    const auto output = Output::open("/nonexistent/file");
    ASSERT_FALSE(output);
    EXPECT_NE(output.error().message.find("/nonexistent/file"), std::string::npos);
}

}  // namespace
}  // namespace knowhy::cli
