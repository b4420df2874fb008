// With images: an object that is compiled here, and a report of a crash in it.
#include <gmock/gmock.h>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "oops/decode/frames.h"
#include "oops/pointer/pointer.h"
#include "oops/pointer/testing.h"

namespace knowhy::oops {
namespace {

using model::OopsImage;
using symbols::ElfFile;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kSource = R"(
struct entry { int a, b; long c[3]; char assigned; };
struct info { long pad[9]; struct entry *table; };
long pick(struct info *info, unsigned hash)
{
    return info->table[hash].assigned;
}
)";
constexpr uint64_t kElement = 40;
constexpr uint64_t kAssigned = 32;

class Image : public ::testing::Test {
  protected:
    void SetUp() override {
#ifndef __x86_64__
        GTEST_SKIP() << "the object is compiled for this machine, and its crash made for x86-64";
#endif
        directory_ =
            std::filesystem::temp_directory_path() / ("knowhy-oops-" + std::to_string(::getpid()));
        std::filesystem::create_directories(directory_);
        std::ofstream(directory_ / "broken.c") << kSource;
        object_ = directory_ / "broken.ko";
        const std::string command = "gcc -O2 -g -c -fno-pic -fcf-protection=none -o " +
                                    object_.string() + " " + (directory_ / "broken.c").string();
        ASSERT_EQ(std::system(command.c_str()), 0) << command;
        make_report();
    }
    void TearDown() override {
        std::filesystem::remove_all(directory_);
    }

    // The report of reading element 16 of a table that is NULL.
    void make_report() {
        const auto file = ElfFile::open(object_);
        ASSERT_TRUE(file) << file.error().message;
        const auto decoder = symbols::Decoder::open(file->machine());
        ASSERT_TRUE(decoder);
        file->each_symbol([&](const ElfFile::Symbol& symbol) {
            if (symbol.name == "pick") function_ = symbol;
        });
        const auto code = file->bytes_at(function_.address).first(function_.size);
        for (size_t at = 0; at < code.size();) {
            const auto next = decoder->decode(code.subspan(at), function_.address + at);
            const bool faults = !next.memory.empty() && next.memory[0].displacement == kAssigned;
            if (faults) return make_report(code, at, next.memory[0]);
            at += next.length;
        }
        FAIL() << "no access to the field";
    }

    void make_report(std::span<const uint8_t> code, size_t at,
                     const symbols::MemoryOperand& operand) {
        constexpr uint64_t kIndex = 16;
        const auto name = [](symbols::Register reg) {
            return symbols::register_name(symbols::Arch::X86_64, reg);
        };
        report_ = testing::crash("x86_64", "", at, {{"rdi", 0xffff888000001000}}, 0);
        ASSERT_TRUE(operand.base);
        report_.registers[name(*operand.base)] = operand.index ? 0 : kIndex * kElement;
        if (operand.index) {
            report_.registers[name(*operand.index)] = kIndex * kElement / operand.scale;
        }
        report_.fault_address = kIndex * kElement + kAssigned;
        report_.code.bytes.assign(code.begin(), code.end());
        report_.code.marker = at;
        report_.pc.name = "pick";
        report_.pc.module = "broken";
        report_.pc.size = function_.size;
        model::OopsFrame frame;
        frame.symbol = report_.pc;
        frame.return_address = false;
        report_.trace.push_back(frame);
    }

    [[nodiscard]] ImageSet images() const {
        ImageOptions options;
        options.only_named = true;
        options.modules["broken"] = object_;
        return ImageSet(options);
    }

    std::filesystem::path directory_;
    std::filesystem::path object_;
    ElfFile::Symbol function_;
    model::OopsReport report_;
};

TEST_F(Image, NamesComeFromTheOneThatMatches) {
    ImageSet set = images();
    const auto found = explain(report_, set);
    EXPECT_EQ(found.image, OopsImage::Matches) << found.image_how;
    ASSERT_THAT(found.readings, SizeIs(1));
    EXPECT_EQ(found.readings[0].expression, "info->table[16].assigned");
    EXPECT_EQ(found.readings[0].variable, "info->table");
    EXPECT_EQ(found.readings[0].type, "struct entry");
    EXPECT_EQ(found.readings[0].field, "assigned");
    EXPECT_EQ(found.meanings.at("rdi"), "info (struct info *)");
}

TEST_F(Image, FramesHaveTheirLines) {
    ImageSet set = images();
    describe_frames(report_, set);
    EXPECT_THAT(report_.trace[0].file, HasSubstr("broken.c"));
    EXPECT_EQ(report_.trace[0].source_line, 6U);
}

TEST_F(Image, AnotherBuildsCodeNamesNothing) {
    report_.code.bytes[0] ^= 0x40;
    ImageSet set = images();
    const auto found = explain(report_, set);
    EXPECT_EQ(found.image, OopsImage::Differs);
    EXPECT_THAT(found.image_how, HasSubstr("code bytes"));
    EXPECT_THAT(found.meanings, IsEmpty());
    for (const auto& reading : found.readings) {
        EXPECT_EQ(reading.variable + reading.type + reading.field, "");
    }
    describe_frames(report_, set);
    EXPECT_EQ(report_.trace[0].file, "");
}

TEST_F(Image, AFunctionOfAnotherSizeIsAnotherBuilds) {
    report_.pc.size += 0x100;
    ImageSet set = images();
    const auto found = explain(report_, set);
    EXPECT_EQ(found.image, OopsImage::Differs);
    EXPECT_THAT(found.image_how, HasSubstr("pick"));
    EXPECT_EQ(found.effective_address, report_.fault_address)
        << "the text is explained all the same";
}

TEST_F(Image, APrintedBuildIdDecides) {
    report_.pc.build_id = "0123456789abcdef0123456789abcdef01234567";
    ImageSet set = images();
    const auto found = explain(report_, set);
    // The object has none of its own, so that its code is what counts.
    EXPECT_EQ(found.image, OopsImage::Matches);
}

TEST_F(Image, WithoutCodeBytesNothingIsProven) {
    report_.code = {};
    ImageSet set = images();
    const auto found = explain(report_, set);
    EXPECT_EQ(found.image, OopsImage::Unproven);
    EXPECT_THAT(found.meanings, IsEmpty());
}

}  // namespace
}  // namespace knowhy::oops
