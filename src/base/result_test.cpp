#include "base/result.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace knowhy {
namespace {

Result<int> half(int n) {
    if (n % 2 != 0) return fail(ErrorKind::Usage, "{} is odd", n);
    return n / 2;
}

Result<int> quarter(int n) {
    KW_TRY(const int h, half(n));
    KW_TRY(const int q, half(h));
    return q;
}

TEST(Result, TryHandsTheErrorUp) {
    EXPECT_EQ(quarter(8).value(), 2);
    EXPECT_EQ(quarter(6).error().message, "3 is odd");
    EXPECT_EQ(quarter(6).error().in("halving").message, "halving: 3 is odd");
}

TEST(Result, ErrnoDecidesTheKind) {
    EXPECT_EQ(fail_errno(EPERM, "x").value().kind, ErrorKind::Privilege);
    EXPECT_EQ(fail_errno(-ENOENT, "open f").value().message, "open f: No such file or directory");
    EXPECT_EQ(errno_name(-22), "EINVAL");
    EXPECT_EQ(errno_name(4095), "errno 4095");
}

}  // namespace
}  // namespace knowhy
