#include "oops/pointer/ranking.h"

#include <algorithm>
#include <tuple>

namespace knowhy::oops {
namespace {

using model::OopsGrade;
using model::OopsReading;

constexpr size_t kMostReadings = 3;

bool alike(const OopsReading& a, const OopsReading& b) {
    const auto numbers = [](const OopsReading& r) {
        return std::tie(r.pointer, r.field_offset, r.base, r.index, r.stride, r.error);
    };
    return numbers(a) == numbers(b);
}

// Of two ways that come to the same numbers: what both say.
void join(OopsReading& into, const OopsReading& other) {
    std::erase_if(into.steps, [&](model::OopsStep& step) {
        const bool both = std::ranges::any_of(other.steps, [&](const model::OopsStep& theirs) {
            return theirs.text == step.text && theirs.address == step.address;
        });
        return !both && step.grade == OopsGrade::Code;
    });
    if (into.variable == other.variable && into.field == other.field) return;
    into.variable.clear();
    into.type.clear();
    into.field.clear();
    into.expression.clear();
}

}  // namespace

OopsGrade grade_of(const OopsReading& reading) {
    OopsGrade worst = OopsGrade::Printed;
    for (const model::OopsStep& step : reading.steps) worst = std::max(worst, step.grade);
    return worst;
}

std::vector<OopsReading> ranked(std::vector<OopsReading> readings, bool complete) {
    std::vector<OopsReading> found;
    for (OopsReading& reading : readings) {
        const auto same = std::ranges::find_if(
            found, [&](const OopsReading& other) { return alike(other, reading); });
        if (same == found.end()) {
            found.push_back(std::move(reading));
        } else {
            join(*same, reading);
        }
    }
    for (OopsReading& reading : found) {
        reading.grade = grade_of(reading);
        // That a register itself is NULL is so whatever way led here; the rest is not.
        const bool by_register = found.size() == 1 && !reading.index && reading.base == 0;
        if ((found.size() > 1 || !complete) && !by_register) reading.grade = OopsGrade::Possible;
    }
    std::ranges::stable_sort(found, {}, &OopsReading::grade);
    if (found.size() > kMostReadings) found.resize(kMostReadings);
    return found;
}

}  // namespace knowhy::oops
