#include "model/comparison.h"

#include <array>

namespace knowhy::model {
namespace {

template <size_t N, typename Enum>
std::string_view named(const std::array<std::string_view, N>& names, Enum value) {
    return names.at(static_cast<size_t>(value));
}

}  // namespace

std::string_view name_of(Side side) {
    return side == Side::Good ? "good" : "bad";
}

std::string_view name_of(PathStep::Kind kind) {
    static constexpr std::array<std::string_view, 4> kNames = {"alike", "values", "good_only",
                                                               "bad_only"};
    return named(kNames, kind);
}

std::string_view name_of(Divergence::Kind kind) {
    static constexpr std::array<std::string_view, 5> kNames = {"missing_call", "argument", "return",
                                                               "missing_packet", "loss"};
    return named(kNames, kind);
}

std::string_view name_of(StateDifference::Rank rank) {
    static constexpr std::array<std::string_view, 4> kNames = {"read", "setting", "condition",
                                                               "other"};
    return named(kNames, rank);
}

}  // namespace knowhy::model
