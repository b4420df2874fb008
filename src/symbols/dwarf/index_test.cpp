// The index says the same as a pass over everything, and a damaged one says nothing.
#include "symbols/dwarf/index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/file.h"
#include "symbols/dwarf/dwarf.h"

namespace knowhy::symbols {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const IndexSource kSource{{1, 2, 3}, 1000};

IndexContent content() {
    IndexContent content;
    content.functions = {{"beta", 0, 40}, {"alpha", 500, 540}, {"beta", 500, 600}};
    content.files = {{"net/b.c", {500}}, {"a.h", {500, 0}}};
    content.types = {{"struct s", 70}, {"u32", 20}, {"struct s", 60}};
    return content;
}

// Aligned, as a mapped file is.
std::vector<uint64_t> aligned(const std::string& bytes) {
    std::vector<uint64_t> words((bytes.size() + 7) / 8);
    std::memcpy(words.data(), bytes.data(), bytes.size());
    return words;
}

Result<Index> index_over(const std::vector<uint64_t>& words, size_t size,
                         const IndexSource& source = kSource) {
    return Index::over({reinterpret_cast<const uint8_t*>(words.data()), size}, source);
}

std::vector<uint64_t> dies(const Index& index, std::string_view name) {
    std::vector<uint64_t> found;
    index.functions_named(name, [&](const NamedScope& scope) { found.push_back(scope.die); });
    return found;
}

TEST(Index, GivesBackWhatWasPutIn) {
    const std::string bytes = index_bytes(kSource, content()).value();
    const auto words = aligned(bytes);
    const Index index = index_over(words, bytes.size()).value();
    EXPECT_THAT(dies(index, "beta"), ElementsAre(40, 600));
    EXPECT_THAT(dies(index, "alpha"), ElementsAre(540));
    EXPECT_THAT(dies(index, "gamma"), IsEmpty());
    EXPECT_THAT(index.units_of_files([](auto name) { return name == "a.h"; }), ElementsAre(0, 500));
    EXPECT_THAT(index.units_of_files([](auto) { return true; }), ElementsAre(0, 500));
    EXPECT_EQ(index.type_named("struct s"), 60U);
    EXPECT_EQ(index.type_named("s"), std::nullopt);
}

TEST(Index, OfNothingIsAnIndex) {
    const std::string bytes = index_bytes(kSource, {}).value();
    const auto words = aligned(bytes);
    const Index index = index_over(words, bytes.size()).value();
    EXPECT_THAT(dies(index, "beta"), IsEmpty());
    EXPECT_EQ(index.type_named("u32"), std::nullopt);
}

TEST(Index, OfAnotherFileIsRefused) {
    const std::string bytes = index_bytes(kSource, content()).value();
    const auto words = aligned(bytes);
    EXPECT_FALSE(index_over(words, bytes.size(), {{1, 2, 4}, 1000}).has_value());
    EXPECT_FALSE(index_over(words, bytes.size(), {{1, 2, 3}, 1001}).has_value());
}

TEST(Index, WithAnyByteChangedOrMissingIsRefused) {
    const std::string bytes = index_bytes(kSource, content()).value();
    for (size_t i = 0; i < bytes.size(); ++i) {
        EXPECT_FALSE(index_over(aligned(bytes), i).has_value()) << "cut off at " << i;
        std::string damaged = bytes;
        damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
        const auto words = aligned(damaged);
        EXPECT_FALSE(index_over(words, damaged.size()).has_value()) << "changed at " << i;
    }
}

class IndexFile : public ::testing::Test {
  protected:
    IndexFile() {
        char name[] = "/tmp/knowhy-index-XXXXXX";
        dir_ = ::mkdtemp(name);
    }
    ~IndexFile() override { std::filesystem::remove_all(dir_); }

    DebugInfo opened(const std::string& cache) const {
        return DebugInfo::open(file_, cache).value();
    }
    static std::vector<std::string> answers(DebugInfo info) {
        std::vector<std::string> all;
        const auto instances = info.instances("*").value();
        for (const Instance& instance : instances) {
            all.push_back(fmt::format("{} {:x} {}", instance.function, instance.entry,
                                      instance.chain.size()));
        }
        const auto rows = info.addresses_of("functions.c", 0).value();
        for (const LineRow& row : rows) {
            all.push_back(fmt::format("{:x} {}", row.address, row.line.line));
        }
        const auto type = info.type_named("struct flexible").value();
        all.push_back(type ? info.types().text(*type) : "");
        return all;
    }

    std::string dir_;
    std::shared_ptr<const ElfFile> file_ =
        std::make_shared<const ElfFile>(ElfFile::open(KNOWHY_SAMPLES "/functions5").value());
};

TEST_F(IndexFile, AnswersAreTheSameWithAndWithout) {
    const std::string cache = dir_ + "/made/here";
    double last = 0;
    ASSERT_TRUE(opened(cache).build_index([&](double done) { last = done; }).has_value());
    EXPECT_EQ(last, 1.0);
    EXPECT_TRUE(std::filesystem::exists(index_path(cache, *file_->build_id())));
    EXPECT_EQ(answers(opened(cache)), answers(opened("")));
}

TEST_F(IndexFile, ADamagedOneChangesNoAnswer) {
    ASSERT_TRUE(opened(dir_).build_index([](double) {}).has_value());
    const std::string path = index_path(dir_, *file_->build_id());
    std::string bytes = read_file(path, 1 << 20).value();
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    std::ofstream(path, std::ios::binary) << bytes;
    EXPECT_EQ(answers(opened(dir_)), answers(opened("")));
    std::filesystem::resize_file(path, 10);
    EXPECT_EQ(answers(opened(dir_)), answers(opened("")));
}

// Its checksum holds, but it is of something else: what it leads to is looked at.
TEST_F(IndexFile, OneThatLiesChangesNoAnswer) {
    const IndexSource source{*file_->build_id(), [&] {
                                 (void)file_->dwarf();
                                 return file_->debug_section(".debug_info").size();
                             }()};
    IndexContent lies;
    lies.functions = {{"outer", 0, 3}, {"leaf", 0, 1'000'000}};
    lies.types = {{"struct flexible", 11}};
    lies.files = {{"functions.c", {0}}};
    const std::string bytes = index_bytes(source, lies).value();
    ASSERT_TRUE(write_index(dir_, source.build_id, bytes).has_value());
    EXPECT_EQ(answers(opened(dir_)), answers(opened("")));
}

TEST_F(IndexFile, ADirectoryThatCannotBeMadeIsAnError) {
    std::ofstream(dir_ + "/file") << "x";
    const auto status = opened(dir_ + "/file/below").build_index([](double) {});
    ASSERT_FALSE(status.has_value());
    EXPECT_FALSE(opened("").build_index([](double) {}).has_value());
}

}  // namespace
}  // namespace knowhy::symbols
