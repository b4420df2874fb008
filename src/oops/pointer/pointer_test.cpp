#include "oops/pointer/pointer.h"

#include <gmock/gmock.h>

#include "base/file.h"
#include "oops/parse/parse.h"
#include "oops/pointer/testing.h"

namespace knowhy::oops {
namespace {

using model::OopsGrade;
using model::OopsPointer;
using oops::testing::crash;
using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

ImageSet no_images() {
    ImageOptions nothing;
    nothing.only_named = true;
    return ImageSet(nothing);
}

model::OopsExplanation explained(const model::OopsReport& report) {
    ImageSet images = no_images();
    return explain(report, images);
}

model::OopsReport incident() {
    const auto text =
        read_file(KNOWHY_SOURCE_DIR "/tests/oops/texts/rlb_arp_recv.mips64.txt", 1 << 20);
    auto reports = parse(text.value_or(""));
    return reports.empty() ? model::OopsReport() : reports.front();
}

auto step_with(const std::string& text) {
    return Contains(Field(&model::OopsStep::text, HasSubstr(text)));
}

TEST(Incident, ElementSixteenOfANullArray) {
    const auto found = explained(incident());
    EXPECT_EQ(found.instruction, "lbu v1,24(s1)");
    EXPECT_EQ(found.effective_address, 0x318U);
    EXPECT_EQ(found.agrees, true);
    ASSERT_THAT(found.readings, SizeIs(1));
    const auto& reading = found.readings[0];
    EXPECT_EQ(reading.pointer, OopsPointer::ArrayElement);
    EXPECT_EQ(reading.base, 0U);
    EXPECT_EQ(reading.index, 16U);
    EXPECT_EQ(reading.stride, 48U);
    EXPECT_EQ(reading.field_offset, 24);
    EXPECT_NE(reading.grade, OopsGrade::Possible);
    EXPECT_THAT(reading.steps, step_with("s1 = [s2+616] + 0x10 * 48"));
    EXPECT_EQ(reading.variable + reading.type + reading.field, "");
}

TEST(Incident, ListingHasTheFaultingInstructionMarked) {
    const auto found = explained(incident());
    ASSERT_THAT(found.listing, SizeIs(9));
    EXPECT_EQ(found.listing[0].text, "ld a0,616(s2)");
    EXPECT_EQ(found.listing[1].text, "dmul v0,v0,v1");
    EXPECT_TRUE(found.listing[3].faulting);
    EXPECT_EQ(found.listing[3].symbol, "rlb_arp_recv+0x128");
    EXPECT_EQ(found.listing[8].text, "lwr v0,27(s0)");
}

// s1, a0, v0 and v1 stand in equations: with any bit of them wrong, they do not hold.
TEST(Incident, OneBitOfARegisterFlippedIsNoticed) {
    for (const char* reg : {"s1", "a0", "v0"}) {
        for (unsigned bit = 0; bit < 64; ++bit) {
            auto report = incident();
            report.registers[reg] ^= uint64_t{1} << bit;
            const auto found = explained(report);
            EXPECT_EQ(found.agrees, false) << reg << " bit " << bit;
            EXPECT_THAT(found.readings, IsEmpty()) << reg << " bit " << bit;
            EXPECT_NE(found.disagreement, "");
        }
    }
}

TEST(Incident, AnotherMultiplierIsNotTakenForTheStride) {
    for (unsigned bit = 0; bit < 64; ++bit) {
        auto report = incident();
        report.registers["v1"] ^= uint64_t{1} << bit;
        const auto found = explained(report);
        for (const auto& reading : found.readings) {
            const bool sure = reading.grade != OopsGrade::Possible && reading.stride;
            // 0x300 is a multiple of some other numbers, too: of those the text cannot know better.
            if (!sure) continue;
            EXPECT_EQ(*reading.stride * *reading.index, 0x300U) << bit;
        }
    }
}

TEST(Incident, ShuffledCodeIsNotExplained) {
    auto report = incident();
    std::rotate(report.code.bytes.begin(), report.code.bytes.begin() + 4, report.code.bytes.end());
    const auto found = explained(report);
    EXPECT_EQ(found.agrees, false);
    EXPECT_THAT(found.readings, IsEmpty());
}

TEST(Incident, TruncatedCodeSaysWhatIsMissing) {
    auto report = incident();
    report.code.bytes.resize(12);  // the marked word is gone
    const auto found = explained(report);
    EXPECT_THAT(found.listing, IsEmpty());
    EXPECT_THAT(found.notes, Contains(HasSubstr("Code line")));
    ASSERT_THAT(found.readings, SizeIs(1));
    EXPECT_EQ(found.readings[0].grade, OopsGrade::Possible);
    EXPECT_EQ(found.readings[0].index, std::nullopt);
}

// ld a0,616(s2); dmul v0,v0,v1; daddu s1,a0,v0; b +4; lbu v1,24(s1) in its delay slot.
TEST(Mips, AFaultInADelaySlotIsTheNextInstructions) {
    auto report = incident();
    report.code.bytes = testing::from_hex("de440268 70431003 0082882d 10000003 92230018");
    report.in_delay_slot = true;
    const auto found = explained(report);
    EXPECT_EQ(found.instruction, "lbu v1,24(s1)");
    ASSERT_THAT(found.readings, SizeIs(1));
    EXPECT_EQ(found.readings[0].index, 16U);
}

TEST(Mips, ADelaySlotWithoutABranchIsADisagreement) {
    auto report = incident();
    report.in_delay_slot = true;
    const auto found = explained(report);
    EXPECT_THAT(found.disagreement, HasSubstr("no branch"));
    EXPECT_THAT(found.readings, IsEmpty());
}

// movslq %esi,%rsi; shl $5,%rsi; add 0x48(%rdi),%rsi; mov %edx,0x18(%rsi)
TEST(X86, AnArrayThatIsAddedFromMemory) {
    const auto found =
        explained(crash("x86_64", "4863f6 48c1e605 48037748 <895618 c3", 0xb,
                        {{"rsi", 0x3e0}, {"rdi", 0xffff888000001000}, {"rdx", 1}}, 0x3f8));
    EXPECT_EQ(found.agrees, true);
    ASSERT_THAT(found.readings, SizeIs(1));
    EXPECT_EQ(found.readings[0].pointer, OopsPointer::ArrayElement);
    EXPECT_EQ(found.readings[0].index, 31U);
    EXPECT_EQ(found.readings[0].stride, 32U);
    EXPECT_EQ(found.readings[0].field_offset, 0x18);
    EXPECT_EQ(found.readings[0].grade, OopsGrade::BySize);
}

// The line starts in the middle of movslq: what is read of it before shl is not sure.
TEST(X86, CodeThatStartsWithinAnInstruction) {
    const auto found = explained(crash(
        "x86_64", "f6 0f1f440000 4889e5 53 0f1f840000000000 4889fb 48c1e605 4801fe <895618 c3",
        0x80, {{"rsi", 0x3e0}, {"rdi", 0}, {"rdx", 1}}, 0x3f8));
    EXPECT_EQ(found.instruction, "movl %edx, 0x18(%rsi)");
    ASSERT_THAT(found.readings, SizeIs(1));
    EXPECT_EQ(found.readings[0].base, 0U);
    bool sure = false;
    for (const auto& line : found.listing) {
        EXPECT_TRUE(line.sure || !sure) << "what follows a sure instruction is sure";
        sure = line.sure;
    }
    EXPECT_TRUE(sure);
}

TEST(X86, AGeneralProtectionFaultHasTheAddressOfItsRegisters) {
    auto report = crash("x86_64", "<488b4708", 0x10, {{"rdi", 0xdead000000000122}}, 0);
    report.kind = model::OopsKind::GeneralProtection;
    report.fault_address.reset();
    const auto found = explained(report);
    EXPECT_EQ(found.effective_address, 0xdead00000000012aU);
    EXPECT_EQ(found.agrees, std::nullopt);
    ASSERT_THAT(found.readings, SizeIs(1));
    EXPECT_EQ(found.readings[0].pointer, OopsPointer::ListPoison);
    EXPECT_EQ(found.readings[0].base, 0xdead000000000122U);
    EXPECT_EQ(found.readings[0].field_offset, 8);
    EXPECT_EQ(found.readings[0].grade, OopsGrade::Possible) << "there is nothing to check it by";
}

TEST(X86, AGeneralProtectionFaultAtAGoodAddressIsADisagreement) {
    auto report = crash("x86_64", "<488b4708", 0x10, {{"rdi", 0xffff888000000000}}, 0);
    report.kind = model::OopsKind::GeneralProtection;
    report.fault_address.reset();
    EXPECT_EQ(explained(report).agrees, false);
}

TEST(X86, ErrorsPoisonsAndShadows) {
    struct Case {
        uint64_t value;
        OopsPointer pointer;
    };
    for (const Case& one :
         std::initializer_list<Case>{{0xfffffffffffffff4, OopsPointer::ErrPtr},
                                     {0xdead000000000100, OopsPointer::ListPoison},
                                     {0x6b6b6b6b6b6b6b6b, OopsPointer::SlabPoison},
                                     {0x5a5a5a5a5a5a5a5a, OopsPointer::SlabPoison},
                                     {0x4141414141414141, OopsPointer::NonCanonical},
                                     {0x00007f0012340000, OopsPointer::User},
                                     {0xdffffc0000000003, OopsPointer::KasanShadow},
                                     {0, OopsPointer::NullPlusOffset}}) {
        // mov (%rdi),%rax
        const auto found =
            explained(crash("x86_64", "<488b07", 0x10, {{"rdi", one.value}}, one.value));
        ASSERT_THAT(found.readings, SizeIs(1)) << std::hex << one.value;
        EXPECT_EQ(found.readings[0].pointer, one.pointer) << std::hex << one.value;
    }
}

TEST(X86, WhereAnErrorMayBeAContainerItIsOnlyPossible) {
    const auto grade = [](uint64_t value) {
        const auto found = explained(crash("x86_64", "<488b07", 0x10, {{"rdi", value}}, value));
        return found.readings.at(0).grade;
    };
    EXPECT_NE(grade(0 - uint64_t{22}), OopsGrade::Possible);
    EXPECT_EQ(grade(0 - uint64_t{16}), OopsGrade::Possible);
}

TEST(X86, TheDivisorThatIsZeroIsNamed) {
    auto report = crash("x86_64", "<f7f1", 0x10, {{"rcx", 0}}, 0);  // div %ecx
    report.kind = model::OopsKind::DivideError;
    report.fault_address.reset();
    const auto found = explained(report);
    EXPECT_THAT(found.notes, Contains(HasSubstr("%ecx, which is 0")));
    EXPECT_THAT(found.readings, IsEmpty());
}

// mov w4,#24; umaddl x1,w1,w4,x0; mov x0,x3; ldrb w3,[x1,#10]
TEST(Arm64, AProductAndASumInOne) {
    const auto found = explained(crash("arm64", "04038052 2100a49b e00303aa <23284039", 0xc,
                                       {{"x0", 4}, {"x1", 0xdc8}, {"x3", 4}, {"x4", 24}}, 0xdd2));
    ASSERT_THAT(found.readings, SizeIs(1));
    EXPECT_EQ(found.readings[0].pointer, OopsPointer::ArrayElement);
    EXPECT_EQ(found.readings[0].index, 147U);
    EXPECT_EQ(found.readings[0].stride, 24U);
    EXPECT_EQ(found.readings[0].field_offset, 10);
}

// slli a1,a1,32; srli a1,a1,28; add a0,a0,a1; lw a0,4(a0): a 32-bit index times 16.
TEST(Riscv, ShiftsThatWidenAnIndex) {
    const auto found = explained(crash("riscv64", "93950502 93d5c501 3305b500 <03254500", 0xc,
                                       {{"a0", 0x50}, {"a1", 0x50}}, 0x54));
    ASSERT_THAT(found.readings, SizeIs(1));
    EXPECT_EQ(found.readings[0].base, 0U);
    EXPECT_EQ(found.readings[0].index, 5U);
    EXPECT_EQ(found.readings[0].stride, 16U);
    EXPECT_EQ(found.readings[0].field_offset, 4);
}

TEST(Text, AnArchitectureWithoutADecoderIsSaidToBeOne) {
    auto report = incident();
    report.arch = "s390x";
    const auto found = explained(report);
    EXPECT_THAT(found.notes, Contains(HasSubstr("not decoded")));
    EXPECT_THAT(found.listing, IsEmpty());
}

TEST(Text, AWarningHasNoBadPointer) {
    auto report = crash("x86_64", "<0f0b", 0x10, {{"rdi", 0}}, 0);
    report.kind = model::OopsKind::Warning;
    report.fault_address.reset();
    EXPECT_THAT(explained(report).readings, IsEmpty());
}

}  // namespace
}  // namespace knowhy::oops
