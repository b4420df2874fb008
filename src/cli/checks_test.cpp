#include "cli/checks.h"

#include <gmock/gmock.h>

#include <cstdint>

namespace knowhy::cli {
namespace {

using testing::Contains;

std::string word(uint32_t value) {
    return {reinterpret_cast<const char*>(&value), sizeof value};
}

std::string note(uint32_t type, const std::string& owner, const std::string& body) {
    const auto padded = [](std::string text) {
        text.resize((text.size() + 3) / 4 * 4);
        return text;
    };
    return word(owner.size()) + word(body.size()) + word(type) + padded(owner) + padded(body);
}

const std::string& gnu() {
    static const std::string owner("GNU\0", 4);
    return owner;
}

TEST(BuildId, IsFoundAmongOtherNotes) {
    const std::string notes =
        note(1, "Xen", "odd") + note(3, gnu(), "\x12\xab\xff") + note(2, "", "");
    EXPECT_EQ(build_id_in_notes(notes), "12abff");
}

TEST(BuildId, AnotherOwnersTypeThreeIsNone) {
    EXPECT_EQ(build_id_in_notes(note(3, "GNX", "abcd")), "");
}

TEST(BuildId, NotesThatLieAboutTheirLengthEndTheSearch) {
    const std::string whole = note(3, gnu(), "\x12\xab\xff");
    for (size_t size = 0; size + 1 < whole.size(); ++size) {
        EXPECT_EQ(build_id_in_notes(whole.substr(0, size)), "") << size;
    }
    EXPECT_EQ(build_id_in_notes(word(0xffffffff) + word(0xffffffff) + word(3)), "");
}

TEST(DebugFile, IsLookedForByBuildIdAndByRelease) {
    const auto paths = debug_file_paths("6.1.0-9-amd64", "48dc54");
    EXPECT_THAT(paths, Contains("/usr/lib/debug/.build-id/48/dc54.debug"));
    EXPECT_THAT(paths, Contains("/usr/lib/debug/boot/vmlinux-6.1.0-9-amd64"));
    EXPECT_THAT(debug_file_paths("6.1", ""),
                testing::Not(Contains(testing::HasSubstr("build-id"))));
}

TEST(Features, OneThatIsMissingSaysWhatItCosts) {
    bpf::Features features;
    features.attaches = {{"fexit", false, "EPERM"}, {"raw_tp", true, ""}};
    const model::CheckGroup group = check_attaches(features);
    ASSERT_EQ(group.checks.size(), 2U);
    EXPECT_EQ(group.checks[0].works, false);
    EXPECT_EQ(group.checks[0].found, "EPERM");
    EXPECT_FALSE(group.checks[0].cost.empty());
    EXPECT_EQ(group.checks[1].works, true);
    EXPECT_TRUE(group.checks[1].cost.empty());
}

}  // namespace
}  // namespace knowhy::cli
