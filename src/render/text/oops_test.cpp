#include "render/text/oops.h"

#include <gmock/gmock.h>

#include "base/text.h"

namespace knowhy::render {
namespace {

using testing::HasSubstr;
using testing::Not;

model::OopsReport report() {
    model::OopsReport made;
    made.kind = model::OopsKind::NullDereference;
    made.headline = "CPU 0 Unable to handle kernel paging request";
    made.first_line = 3;
    made.last_line = 54;
    made.arch = "mips64";
    made.comm = "swapper";
    made.pid = 0;
    made.fault_address = 0x318;
    made.access = model::OopsAccess::Read;
    made.registers = {{"s1", 0x300}, {"s2", 0xa800}, {"k0", 7}};
    made.pc = {0xffffffffc0445a10U, "rlb_arp_recv", 0x128, 0x228, "bonding", ""};
    model::OopsFrame frame;
    frame.symbol = {std::nullopt, "netif_receive_skb", 0x3f0, 0x4d8, "", ""};
    frame.context = model::OopsFrame::Context::Softirq;
    made.trace = {frame};
    made.damage = {"2 messages of the kernel's were lost inside it"};
    return made;
}

model::OopsExplanation explanation() {
    model::OopsExplanation made;
    made.instruction = "lbu v1,24(s1)";
    made.effective_address = 0x318;
    made.agrees = true;
    model::OopsReading reading;
    reading.pointer = model::OopsPointer::ArrayElement;
    reading.base = 0;
    reading.index = 16;
    reading.stride = 48;
    reading.field_offset = 24;
    reading.grade = model::OopsGrade::Computed;
    reading.steps = {{"s1 + 24 = 0x318", model::OopsGrade::Computed, {}, 0x318, ""}};
    made.readings = {reading};
    model::OopsInstruction line;
    line.symbol = "rlb_arp_recv+0x128";
    line.bytes = "92230018";
    line.text = "lbu v1,24(s1)";
    line.faulting = true;
    made.listing = {line};
    return made;
}

TEST(OopsText, HasTheTitleFirstAndTheReadingWithItsGrades) {
    const std::string text = oops_text(report(), explanation(), "console.log", {});
    EXPECT_TRUE(text.starts_with(
        "BUG: unable to handle kernel NULL pointer dereference in rlb_arp_recv\n"));
    EXPECT_THAT(text, HasSubstr("lines 3 to 54 of console.log"));
    EXPECT_THAT(text, HasSubstr("an element of a NULL array, index 16 of 48 bytes each, +24 to the "
                                "access  [computed]"));
    EXPECT_THAT(text, HasSubstr("- s1 + 24 = 0x318  [computed]"));
    EXPECT_THAT(text, HasSubstr("address 0x318 = the fault address"));
    EXPECT_THAT(text, HasSubstr("  -> rlb_arp_recv+0x128  92230018  lbu v1,24(s1)"));
    EXPECT_THAT(text, HasSubstr("s1   0x300"));
    EXPECT_THAT(text, Not(HasSubstr("k0   0x7")));  // nothing that the fault rests on
    EXPECT_THAT(text, HasSubstr("in a softirq"));
    EXPECT_THAT(text, HasSubstr("2 messages of the kernel's were lost"));
}

TEST(OopsText, FitsThePageAndIsSafeToShow) {
    model::OopsReport hostile = report();
    hostile.comm = "a\x1b[2Jb";
    hostile.hardware = std::string(60, 'x') + " " + std::string(60, 'y');
    hostile.pc.name = "f\x07g";
    model::OopsExplanation made = explanation();
    made.summary = std::string(300, 'w') + " \x1b]0;z\x07";
    for (int i = 0; i < 60; ++i) made.notes.push_back("a note that says something\x9b");
    const std::string text = oops_text(hostile, made, "\x1b.log", {});
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
    EXPECT_THAT(text, Not(HasSubstr("\x07")));
    for (const auto line : split(oops_text(report(), explanation(), "f", {}), '\n')) {
        EXPECT_LE(line.size(), 100U) << line;
    }
}

TEST(OopsText, AnAddressThatDoesNotAgreeIsSaid) {
    model::OopsExplanation made = explanation();
    made.agrees = false;
    made.disagreement = "the registers give 0x318, the kernel says 0x319";
    const std::string text = oops_text(report(), made, "", {});
    EXPECT_THAT(text, HasSubstr("the kernel says 0x319"));
    EXPECT_THAT(text, Not(HasSubstr("= the fault address")));
}

TEST(OopsText, ATableHasTheMostFrequentAsGiven) {
    const std::string text =
        oops_table_text({{"0123456789abcdef", "WARNING in f", 3, "a.log", 7, {"6.1.0"}, 2}}, 4, {});
    EXPECT_THAT(text, HasSubstr("3 crashes in 4 files: 1 kind\n"));
    EXPECT_THAT(text, HasSubstr("WARNING in f"));
    EXPECT_THAT(text, HasSubstr("in 2 files, first at a.log:7; 6.1.0"));
}

}  // namespace
}  // namespace knowhy::render
