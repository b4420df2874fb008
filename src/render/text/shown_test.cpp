#include "render/text/shown.h"

#include <gtest/gtest.h>

namespace knowhy::render {
namespace {

using model::Shown;
using Kind = Shown::Kind;

Shown value(std::string name, Kind kind, std::string text, uint64_t number = 0) {
    Shown shown;
    shown.name = std::move(name);
    shown.type = "int";
    shown.kind = kind;
    shown.text = std::move(text);
    shown.number = number;
    shown.address = 0xffff888000001000;
    return shown;
}

std::string text(std::vector<Shown> members, bool layout = false) {
    model::ShownObject object;
    object.title = "struct port";
    object.module = "bonding";
    object.note = "d0 of bond0";
    object.root = value("", Kind::Struct, "");
    object.root.bytes = 160;
    object.root.members = std::move(members);
    return showing_text({"6.1", "", {object}}, layout, {});
}

TEST(ShownText, ValuesInColumns) {
    Shown pair = value("pair", Kind::Struct, "");
    pair.members = {value("a", Kind::Number, "1"), value("b", Kind::Pointer, "", 0)};
    EXPECT_EQ(text({value("name", Kind::Text, "lo\x1b"), value("next", Kind::Pointer, "eth0", 16),
                    value("gone", Kind::Missing, "0x318 cannot be read"), pair,
                    value("closed", Kind::Struct, "{12 members}")}),
              "struct port at 0xffff888000001000, 160 bytes, module bonding (d0 of bond0)\n"
              "  name    \"lo\\x1b\"\n"
              "  next    0x10  eth0\n"
              "  gone    not read: 0x318 cannot be read\n"
              "  pair    {a = 1, b = NULL}\n"
              "  closed  {12 members}\n");
}

TEST(ShownText, OpenGroupsAreIndented) {
    Shown group = value("group", Kind::Struct, "");
    group.type = "struct inner";
    group.members = {value("flags", Kind::Flags, "UP (0x1)", 1), value("n", Kind::Number, "2")};
    Shown choice = value("", Kind::Union, "");
    choice.members = {value("one", Kind::Number, "3")};
    EXPECT_EQ(text({group, choice}),
              "struct port at 0xffff888000001000, 160 bytes, module bonding (d0 of bond0)\n"
              "  group    struct inner\n"
              "    flags  UP (0x1)\n"
              "    n      2\n"
              "  union    in the same bytes:\n"
              "    one    3\n");
}

TEST(ShownText, Layout) {
    Shown bits = value("up", Kind::Number, "1", 1);
    bits.address += 0x2c;
    bits.bit_offset = 3;
    bits.bit_size = 2;
    EXPECT_NE(text({bits}, true).find("up     +0x2c bits 3..4 (int) 1\n"), std::string::npos);
}

TEST(ShownText, ASingleValueHasARow) {
    EXPECT_NE(text({}).find("\n  value  {}\n"), std::string::npos);
}

}  // namespace
}  // namespace knowhy::render
