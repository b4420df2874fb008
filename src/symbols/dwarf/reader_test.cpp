#include "symbols/dwarf/reader.h"

#include <gtest/gtest.h>

#include <vector>

namespace knowhy::symbols {
namespace {

struct Case {
    std::vector<uint8_t> bytes;
    uint64_t unsigned_value;
    int64_t signed_value;
};

TEST(Reader, ReadsLeb128) {
    const std::vector<Case> cases = {
        {{0x00}, 0, 0},
        {{0x3f}, 63, 63},
        {{0x40}, 64, -64},
        {{0x7f}, 127, -1},
        {{0xe5, 0x8e, 0x26}, 624485, 624485},
        {{0xc0, 0xbb, 0x78}, 1973696, -123456},
        {{0x80, 0x80, 0x00}, 0, 0},  // longer than it need be
        {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}, ~uint64_t{0}, -1},
        {{0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f}, 1ULL << 63, INT64_MIN},
        {{0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7e}, 1, 1},
    };
    for (const Case& each : cases) {
        Reader as_unsigned(each.bytes, false);
        EXPECT_EQ(as_unsigned.uleb(), each.unsigned_value);
        EXPECT_TRUE(as_unsigned.ok() && as_unsigned.at_end());
        Reader as_signed(each.bytes, false);
        EXPECT_EQ(as_signed.sleb(), each.signed_value);
        EXPECT_TRUE(as_signed.ok() && as_signed.at_end());
    }
}

TEST(Reader, BehindTheEndEverythingIsZero) {
    const std::vector<uint8_t> bytes = {0x80, 0x80};
    Reader leb(bytes, false);
    EXPECT_EQ(leb.uleb(), 0U);
    EXPECT_FALSE(leb.ok());
    Reader number(bytes, true);
    EXPECT_EQ(number.u32(), 0U);
    EXPECT_EQ(number.u16(), 0U);
    EXPECT_FALSE(number.ok());
    Reader text(bytes, true);
    EXPECT_EQ(text.string(), "");
    EXPECT_FALSE(text.ok());
    EXPECT_EQ(Reader(bytes, true).u16(), 0x8080U);
}

}  // namespace
}  // namespace knowhy::symbols
