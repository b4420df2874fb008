#include "collect/memory/flattened.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <array>
#include <string>

namespace knowhy::collect {
namespace {

UniqueFd file_of(const std::string& bytes) {
    UniqueFd file(memfd_create("flattened", 0));
    EXPECT_EQ(pwrite(file.get(), bytes.data(), bytes.size(), 0), ssize_t(bytes.size()));
    return file;
}

std::string big_endian(int64_t number) {
    const uint64_t swapped = __builtin_bswap64(static_cast<uint64_t>(number));
    return {reinterpret_cast<const char*>(&swapped), sizeof(swapped)};
}

std::string header() {
    std::string bytes = "makedumpfile";
    bytes.resize(4096);
    return bytes;
}

std::string block(int64_t place, const std::string& bytes) {
    return big_endian(place) + big_endian(static_cast<int64_t>(bytes.size())) + bytes;
}

TEST(Flattened, BlocksComeToTheirPlaces) {
    const UniqueFd file = file_of(header() + block(6, "world") + block(0, "hello ") +
                                  block(0, "H") + big_endian(-1) + big_endian(-1));
    const auto whole = unflatten(file.get());
    ASSERT_TRUE(whole) << whole.error().message;
    ASSERT_TRUE(*whole);
    std::array<char, 12> bytes{};
    EXPECT_EQ(pread((*whole)->get(), bytes.data(), bytes.size(), 0), 11);
    EXPECT_EQ(std::string(bytes.data()), "Hello world");
}

TEST(Flattened, OtherFilesStayAsTheyAre) {
    EXPECT_FALSE(*unflatten(file_of("KDUMP   and so on").get()));
    EXPECT_FALSE(*unflatten(file_of("").get()));
}

TEST(Flattened, DamageIsSaid) {
    const std::string whole = header() + block(6, "world");
    for (const std::string& bytes :
         {whole, whole.substr(0, whole.size() - 2), header(), header() + block(-2, "x"),
          header() + big_endian(0) + big_endian(int64_t{1} << 60U),
          header() + big_endian(1) + big_endian(-7)}) {
        const auto result = unflatten(file_of(bytes).get());
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().kind, ErrorKind::Usage);
    }
}

}  // namespace
}  // namespace knowhy::collect
