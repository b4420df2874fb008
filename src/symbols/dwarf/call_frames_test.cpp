// Where frames are, beside libdw's answers; and by hand, what compilers seldom write.
#include "symbols/dwarf/call_frames.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "symbols/debugfile/debugfile.h"

namespace knowhy::symbols {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// "7+16" for the CFA; "" for none, "?" for what is no register and offset.
std::string text_of(const std::vector<ExpressionOp>& cfa) {
    if (cfa.empty()) return "";
    if (cfa.size() != 1 || cfa[0].atom != DW_OP_bregx) return "?";
    return std::to_string(cfa[0].number) + "+" +
           std::to_string(static_cast<int64_t>(cfa[0].number2));
}

std::string libdw_at(Dwarf_CFI* table, uint64_t address) {
    Dwarf_Frame* raw = nullptr;
    if (dwarf_cfi_addrframe(table, address, &raw) != 0) return "";
    const std::unique_ptr<Dwarf_Frame, decltype(&std::free)> frame(raw, std::free);
    Dwarf_Op* ops = nullptr;
    size_t count = 0;
    if (dwarf_frame_cfa(frame.get(), &ops, &count) != 0 || count != 1) return "?";
    return text_of({{DW_OP_bregx, ops[0].number, ops[0].number2}});
}

class Samples : public testing::TestWithParam<const char*> {};

TEST_P(Samples, EveryAddressIsAsLibdwHasIt) {
    const ElfFile file = ElfFile::open(KNOWHY_SAMPLES "/" + std::string(GetParam())).value();
    Dwarf_CFI* const table = dwarf_getcfi(file.dwarf().value());
    ASSERT_NE(table, nullptr);
    CallFrames frames(file.debug_section(".debug_frame"), file.machine().big_endian,
                      file.machine().address_bytes());
    unsigned told = 0;
    for (const ElfFile::Section& section : file.sections()) {
        if (!section.code) continue;
        for (uint64_t at = section.address; at < section.address + section.size; ++at) {
            const CallFrames::Function* const function = frames.around(at);
            std::string ours;
            uint64_t expected = function == nullptr ? 0 : function->range.from;
            for (const FrameRow& row :
                 function == nullptr ? std::vector<FrameRow>{} : function->rows) {
                EXPECT_EQ(row.range.from, expected);
                expected = row.range.to;
                if (at >= row.range.from && at < row.range.to) ours = text_of(row.cfa);
            }
            EXPECT_EQ(ours, libdw_at(table, at)) << std::hex << at;
            told += !ours.empty();
        }
    }
    EXPECT_GT(told, 100U);
}

// Without MIPS: clang says there of which register the frame is, and never how far from it.
INSTANTIATE_TEST_SUITE_P(Machines, Samples,
                         testing::Values("functions4.o", "functions5.o", "functions4", "functions5",
                                         "compressed.o", "aarch64.o", "riscv64.o", "i386.o"));

// One entry for 0x1000 to 0x1100 behind one that it shares, which sets the CFA to register 7
// plus 8.
class ByHand : public testing::Test {
  protected:
    static std::string unit(const std::string& body) {
        std::string bytes(4, '\0');
        bytes[0] = static_cast<char>(body.size());
        return bytes + body;
    }
    static std::string address(uint64_t value) {
        std::string bytes;
        for (unsigned i = 0; i < 8; ++i) bytes += static_cast<char>(value >> 8 * i);
        return bytes;
    }
    std::string common_ = unit(std::string("\xff\xff\xff\xff\x03\0\x04\x78\x10\x0c\x07\x08", 12));

    std::vector<std::string> rows(const std::string& program) {
        const std::string section =
            common_ + unit(std::string(4, '\0') + address(0x1000) + address(0x100) + program);
        CallFrames frames({reinterpret_cast<const uint8_t*>(section.data()), section.size()}, false,
                          8);
        EXPECT_EQ(frames.around(0xfff), nullptr);
        EXPECT_EQ(frames.around(0x1100), nullptr);
        std::vector<std::string> found;
        const CallFrames::Function* const function = frames.around(0x10ff);
        if (function == nullptr) return {"none"};
        for (const FrameRow& row : function->rows) {
            found.push_back(std::to_string(row.range.from - 0x1000) + " " + text_of(row.cfa));
        }
        return found;
    }
};

TEST_F(ByHand, WhatIsSharedComesFirst) {
    EXPECT_THAT(rows(""), ElementsAre("0 7+8"));
    EXPECT_THAT(rows("\x41\x0e\x10"), ElementsAre("0 7+8", "4 7+16"));
}

TEST_F(ByHand, EveryWayToMoveOn) {
    using namespace std::string_literals;
    EXPECT_THAT(rows("\x02\x02\x0e\x10\x03\x02\0\x0e\x18\x04\x02\0\0\0\x0e\x20"s),
                ElementsAre("0 7+8", "8 7+16", "16 7+24", "24 7+32"));
    EXPECT_THAT(rows("\x01" + address(0x1020) + "\x0e\x10"), ElementsAre("0 7+8", "32 7+16"));
    EXPECT_THAT(rows("\x1d" + address(3) + "\x0e\x10"), ElementsAre("0 7+8", "12 7+16"));
    // Beyond the end, and back: nothing is told twice.
    EXPECT_THAT(rows("\x1d" + address(~uint64_t{0}) + "\x0e\x10"), ElementsAre("0 7+8"));
    EXPECT_THAT(rows("\x42\x01" + address(0x1000) + "\x0e\x10"), ElementsAre("0 7+8", "8 7+16"));
}

TEST_F(ByHand, EveryWayToDefine) {
    EXPECT_THAT(rows("\x41\x0d\x06"), ElementsAre("0 7+8", "4 6+8"));
    EXPECT_THAT(rows("\x41\x0c\x0a\x05"), ElementsAre("0 7+8", "4 10+5"));
    EXPECT_THAT(rows("\x41\x12\x0a\x7e"), ElementsAre("0 7+8", "4 10+16"));
    EXPECT_THAT(rows("\x41\x13\x7d"), ElementsAre("0 7+8", "4 7+24"));
    EXPECT_THAT(rows("\x0a\x41\x0e\x10\x41\x0b"), ElementsAre("0 7+8", "4 7+16", "8 7+8"));
}

TEST_F(ByHand, OtherRegistersRulesArePassedOver) {
    const std::string others =
        "\x83\x02\xc3\x05\x03\x07\x06\x03\x07\x03\x08\x03\x09\x03\x04" +
        std::string("\x10\x03\x02\x11\x22\x16\x03\x01\x33\x2d\x2e\x08\x00", 13) +
        "\x11\x03\x7e\x14\x03\x02\x15\x03\x02\x2f\x03\x02\x41\x0e\x10";
    EXPECT_THAT(rows(others), ElementsAre("0 7+8", "4 7+16"));
}

// They are left to libdw: expressions, what no standard has, what is cut off.
TEST_F(ByHand, WhatIsNotUnderstoodHasNoRows) {
    EXPECT_THAT(rows("\x41\x0f\x01\x57"), IsEmpty());
    EXPECT_THAT(rows("\x3c"), IsEmpty());
    EXPECT_THAT(rows("\x0b"), IsEmpty());
    EXPECT_THAT(rows("\x0c\x07"), IsEmpty());
    EXPECT_THAT(rows(std::string(70, '\x0a')), IsEmpty());
    common_ = unit(std::string("\xff\xff\xff\xff\x03zR\0\x04\x78\x10\x0c\x07\x08", 14));
    EXPECT_THAT(rows(""), IsEmpty());
    common_ = unit(std::string("\xff\xff\xff\xff\x09\0\x04\x78\x10\x0c\x07\x08", 12));
    EXPECT_THAT(rows(""), IsEmpty());
}

TEST_F(ByHand, ASectionThatIsCutOffEndsThere) {
    const std::string whole =
        common_ + unit(std::string(4, '\0') + address(0x1000) + address(0x100) + "\x41\x0e\x10");
    for (size_t size = 0; size < whole.size(); ++size) {
        const std::vector<uint8_t> part(whole.begin(),
                                        whole.begin() + static_cast<ptrdiff_t>(size));
        CallFrames frames(part, false, 8);
        EXPECT_EQ(frames.around(0x1000), nullptr) << size;
    }
}

}  // namespace
}  // namespace knowhy::symbols
