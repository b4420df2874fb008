#include "base/file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "base/fd.h"

namespace knowhy {
namespace {

class FileTest : public ::testing::Test {
  protected:
    FileTest() : file_(::mkstemp(path_.data())) {}
    ~FileTest() override { ::unlink(path_.c_str()); }

    std::string path_ = "/tmp/knowhy-file-test-XXXXXX";
    UniqueFd file_;
};

TEST_F(FileTest, WholeContentsAlsoWhenLargerThanOneRead) {
    const std::string contents(700'001, 'x');
    std::ofstream(path_) << contents;
    EXPECT_EQ(read_file(path_, 1'000'000).value(), contents);
}

TEST_F(FileTest, TheLimitIsTheLastSizeThatIsRead) {
    std::ofstream(path_) << "12345678";
    EXPECT_EQ(read_file(path_, 8).value(), "12345678");
    const auto refused = read_file(path_, 7);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().kind, ErrorKind::Usage);
    EXPECT_NE(refused.error().message.find(path_), std::string::npos);
}

TEST(File, SizesThatAreNotKnownBeforehand) {
    EXPECT_NE(read_file("/proc/self/status", 1 << 20).value().find("Name:"), std::string::npos);
}

TEST(File, WhatCannotBeReadIsNamed) {
    EXPECT_EQ(read_file("/nonexistent/file", 1).error().os_errno, ENOENT);
    EXPECT_EQ(read_file("/", 1).error().os_errno, EISDIR);
    EXPECT_NE(read_file("/nonexistent/file", 1).error().message.find("/nonexistent/file"),
              std::string::npos);
}

TEST(File, AllIsWrittenOrTheErrorIsTold) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    const UniqueFd out(ends[0]);
    const UniqueFd in(ends[1]);
    EXPECT_EQ(write_all(in.get(), "all of it"), 0);
    std::array<char, 16> read{};
    EXPECT_EQ(::read(out.get(), read.data(), read.size()), 9);
    EXPECT_EQ(write_all(out.get(), "x"), EBADF);
    EXPECT_EQ(write_all(out.get(), ""), 0);
}

}  // namespace
}  // namespace knowhy
