#include "cli/checks.h"

#include <gmock/gmock.h>

#include <optional>

namespace knowhy::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(DebugFile, OfAnotherBuildIsNamedWithBothIds) {
    const std::string image = KNOWHY_SAMPLES "/functions5";
    symbols::SearchPlaces places;
    places.release = "1.2.3-test";
    places.vmlinux = image;
    places.only_named = true;
    const auto id = symbols::ElfFile::open(image).value().build_id().value();
    const auto other = symbols::ElfFile::open(KNOWHY_SAMPLES "/functions4").value().build_id();
    for (const auto& wanted : {std::optional<symbols::BuildId>(), {id}, other}) {
        places.build_id = wanted;
        const model::Check check = check_debug_file(places);
        const bool right = wanted != other;
        EXPECT_EQ(check.works, right);
        EXPECT_EQ(check.cost.empty(), right);
        EXPECT_EQ(check.remedy.empty(), right);
        EXPECT_THAT(check.found, AllOf(HasSubstr(image), HasSubstr(symbols::build_id_text(id)),
                                       HasSubstr(symbols::build_id_text(right ? id : *other))));
    }
    places.vmlinux.reset();
    EXPECT_EQ(check_debug_file(places).works, false);
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
