#include "symbols/probe/probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <random>

#include "symbols/probe/restricted.h"

namespace knowhy::symbols {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(Blacklist, IsReadAsRangesOfTheImage) {
    const auto ranges = parse_kprobe_blacklist(
        "0xffffffff81001000-0xffffffff81001040\tdo_int3\n"
        "0xffffffff81002000-0xffffffff81002004\texc_nmi\n",
        0x1000);
    ASSERT_TRUE(ranges.has_value());
    EXPECT_THAT(*ranges, ElementsAre(Pair(0xffffffff81000000, 0xffffffff81000040),
                                     Pair(0xffffffff81001000, 0xffffffff81001004)));
    EXPECT_TRUE(parse_kprobe_blacklist("", 0)->empty());
    for (const char* text : {"do_int3\n", "0x1000\tx\n", "1000-2000\tx\n", "0x1-0xg\tx\n"}) {
        EXPECT_FALSE(parse_kprobe_blacklist(text, 0).has_value()) << text;
    }
}

class Stepping : public ::testing::Test {
  protected:
    // The last of the words, in their order; little-endian.
    static std::string why(Arch arch, std::initializer_list<uint32_t> words) {
        const Machine machine{arch, false, 0};
        const Decoder decoder = Decoder::open(machine).value();
        std::vector<Instruction> instructions;
        std::vector<uint8_t> bytes;
        for (const uint32_t word : words) {
            bytes.clear();
            for (unsigned i = 0; i < 4; ++i) bytes.push_back(static_cast<uint8_t>(word >> 8 * i));
            instructions.push_back(decoder.decode(bytes, 0x1000 + 4 * instructions.size()));
        }
        return why_not_stepped(machine, instructions, bytes);
    }
};

TEST_F(Stepping, NotBetweenALoadExclusiveAndItsStore) {
    constexpr uint32_t kLdxr = 0x885f7c20;
    constexpr uint32_t kAdd = 0x11000400;
    constexpr uint32_t kStxr = 0x88027c20;
    EXPECT_EQ(why(Arch::Arm64, {kAdd, kLdxr, kStxr, kAdd}), "");
    EXPECT_NE(why(Arch::Arm64, {kLdxr, kAdd}), "");
    EXPECT_NE(why(Arch::Arm64, {kLdxr, kAdd, kStxr}), "");
    EXPECT_NE(why(Arch::Arm64, {kLdxr}), "");
}

TEST_F(Stepping, NotInADelaySlotNorOnASystemInstruction) {
    EXPECT_NE(why(Arch::Mips64, {0x10000003, 0x02002025}), "");  // b; move
    EXPECT_EQ(why(Arch::Mips64, {0x02002025, 0x02002025}), "");
    EXPECT_NE(why(Arch::Arm64, {0xd5384100}), "");    // mrs
    EXPECT_EQ(why(Arch::Arm64, {0xd503201f}), "");    // nop
    EXPECT_EQ(why(Arch::Arm64, {0xd503233f}), "");    // paciasp
    EXPECT_EQ(why(Arch::Arm64, {0xd503245f}), "");    // bti c
    EXPECT_NE(why(Arch::Arm64, {0xd50323bf}), "");    // autiasp
    EXPECT_NE(why(Arch::Arm64, {0xd503205f}), "");    // wfe
    EXPECT_NE(why(Arch::Arm64, {0xd4210000}), "");    // brk
    EXPECT_NE(why(Arch::Riscv64, {0x14059573}), "");  // csrrw
    EXPECT_EQ(why(Arch::Riscv64, {0x00813403}), "");  // ld
}

#ifdef KNOWHY_PROBE_SAMPLE

class Sample : public ::testing::TestWithParam<const char*> {
  protected:
    Sample() {
        auto opened = ElfFile::open(std::string(KNOWHY_PROBE_SAMPLE) + GetParam());
        image_ = std::make_shared<const ElfFile>(std::move(opened).value());
        safety_.emplace(ProbeSafety::open(image_).value());
    }
    uint64_t address(std::string_view label) const {
        for (const ElfFile::Symbol& symbol : image_->symbols()) {
            if (symbol.name == label) return symbol.address;
        }
        ADD_FAILURE() << label;
        return 0;
    }
    ProbeVerdict at(std::string_view label, uint64_t offset = 0) const {
        return safety_->at(address(label) + offset);
    }
    CodeNotes notes() const {
        const uint64_t from = address("probed");
        const CodeRange range{from, image_->bytes_at(from).first(address("traced") - from)};
        return safety_->notes_for({&range, 1});
    }

    std::shared_ptr<const ElfFile> image_;
    std::optional<ProbeSafety> safety_;
};

TEST_P(Sample, OrdinaryInstructionsAreSafe) {
    for (const char* label : {"probed", "plain", "jump_target", "fixup"}) {
        EXPECT_THAT(at(label).reasons, IsEmpty()) << label;
        EXPECT_TRUE(at(label).safe);
    }
}

TEST_P(Sample, TheFtraceSiteIsSafeAtItsStartOnly) {
    EXPECT_TRUE(at("ftrace_site").safe);
    EXPECT_TRUE(at("ftrace_site").ftrace_site);
    EXPECT_FALSE(at("plain").ftrace_site);
    EXPECT_THAT(at("ftrace_site", 1).reasons, Contains("inside an ftrace site"));
}

TEST_P(Sample, EachTablesPlaceIsRefusedWithItsReason) {
    EXPECT_THAT(at("jump_label").reasons, ElementsAre("a jump label"));
    EXPECT_THAT(at("static_call").reasons, ElementsAre("a static call"));
    EXPECT_THAT(at("alternative").reasons, ElementsAre("inside an alternative"));
    EXPECT_THAT(at("access").reasons, ElementsAre("an access with an exception-table fixup"));
    EXPECT_THAT(at("warning").reasons, Contains("a BUG or WARN trap"));
    EXPECT_THAT(at("bug").reasons, Contains("a BUG or WARN trap"));
    EXPECT_THAT(at("early").reasons, ElementsAre(HasSubstr("init text")));
    EXPECT_THAT(at("quiet").reasons, ElementsAre("in noinstr text"));
}

TEST_P(Sample, AFunctionWithoutAnFtraceSiteIsRefused) {
    EXPECT_THAT(at("traced").reasons, ElementsAre(HasSubstr("no ftrace site")));
}

TEST_P(Sample, TheBlacklistHoldsForAFunctionAndItsClones) {
    const std::string why = "the function is on the kprobe blacklist";
    EXPECT_THAT(at("hidden").reasons, ElementsAre(why));
    EXPECT_THAT(at("hidden", 1).reasons, ElementsAre(why));
    EXPECT_THAT(at("hidden.cold").reasons, ElementsAre(why));
}

TEST_P(Sample, TheMiddleOfAnInstructionIsRefused) {
    EXPECT_THAT(at("fixup", 2).reasons, ElementsAre(HasSubstr("inside the instruction at +")));
    EXPECT_THAT(at("table").reasons, ElementsAre("not in the image's code"));
}

TEST_P(Sample, WhatTheRunningKernelRefusesIsRefused) {
    const uint64_t plain = address("plain");
    const std::pair<uint64_t, uint64_t> range{plain, plain + 1};
    safety_->also_refuse({&range, 1});
    EXPECT_FALSE(at("plain").safe);
    EXPECT_TRUE(at("jump_target").safe);
}

TEST_P(Sample, TheNotesAreWhatTheTablesSay) {
    const CodeNotes found = notes();
    const uint64_t second = address("alternative") + 3;
    EXPECT_THAT(found.entered, ElementsAre(address("fixup")));
    EXPECT_THAT(found.jumps, ElementsAre(Pair(address("jump_label"), address("jump_target"))));
    EXPECT_THAT(found.final_traps, ElementsAre(address("bug")));
    // A barrier instead of a nop changes nothing; the other alternative writes a register.
    EXPECT_THAT(found.patched, ElementsAre(Pair(second, second + 3)));
}

TEST_P(Sample, CodeBuiltWithTheNotesIsComplete) {
    const uint64_t from = address("probed");
    const CodeRange range{from, image_->bytes_at(from).first(address("traced") - from)};
    const Code code = build_code(safety_->decoder(), {&range, 1}, notes());
    EXPECT_FALSE(code.incomplete);
    EXPECT_EQ(code.at(address("ftrace_site"))->kind, Instruction::Kind::Nop);
    EXPECT_EQ(code.at(address("static_call"))->target, address("traced"));
    EXPECT_TRUE(code.at(address("alternative") + 3)->writes.all());
    EXPECT_FALSE(code.at(address("alternative"))->writes.any());
}

INSTANTIATE_TEST_SUITE_P(Images, Sample, ::testing::Values(".o", ".linked"),
                         [](const auto& tested) {
                             return tested.param == std::string(".o") ? "Module" : "Linked";
                         });

// Any byte may be another one: whatever then is read, nothing breaks and nothing hangs.
TEST_P(Sample, DamageDoesNoHarm) {
    std::ifstream in(std::string(KNOWHY_PROBE_SAMPLE) + GetParam(), std::ios::binary);
    const std::string whole{std::istreambuf_iterator<char>(in), {}};
    const std::string path = ::testing::TempDir() + "knowhy-probe-damaged" + GetParam();
    std::mt19937 random(1);  // NOLINT(cert-msc51-cpp): the same damage every time
    size_t opened_in_spite = 0;
    for (int i = 0; i < 200; ++i) {
        std::string damaged = whole;
        for (int byte = 0; byte < 4; ++byte) {
            damaged[random() % damaged.size()] = static_cast<char>(random());
        }
        std::ofstream(path, std::ios::binary | std::ios::trunc) << damaged;
        auto opened = ElfFile::open(path);
        if (!opened) continue;
        auto damaged_image = std::make_shared<const ElfFile>(std::move(*opened));
        const auto safety = ProbeSafety::open(damaged_image);
        if (!safety) continue;
        ++opened_in_spite;
        for (const ElfFile::Symbol& symbol : damaged_image->symbols()) {
            const ProbeVerdict verdict = safety->at(symbol.address);
            EXPECT_EQ(verdict.safe, verdict.reasons.empty());
        }
    }
    EXPECT_GT(opened_in_spite, 50U);
    std::remove(path.c_str());
}

TEST(Relocations, AConstantThatIsNotThereYetIsNotClaimed) {
    auto image = std::make_shared<const ElfFile>(
        ElfFile::open(std::string(KNOWHY_PROBE_SAMPLE) + ".o").value());
    const ProbeSafety safety = ProbeSafety::open(image).value();
    uint64_t target = 0;
    for (const ElfFile::Symbol& symbol : image->symbols()) {
        if (symbol.name == "jump_target") target = symbol.address;
    }
    const CodeRange range{target, image->bytes_at(target).first(9)};
    const Code code = build_code(safety.decoder(), {&range, 1}, safety.notes_for({&range, 1}));
    // movq $table,%rsi
    EXPECT_EQ(code.at(target + 1)->transfer.kind, Transfer::Kind::None);
    EXPECT_TRUE(code.at(target + 1)->writes.test(4));
}

#endif

}  // namespace
}  // namespace knowhy::symbols
