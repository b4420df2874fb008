// Any text: what is read out of its Code line and registers is explained, or it is said why not.
#include "oops/pointer/pointer.h"

#include <cstdlib>

#include "oops/decode/frames.h"
#include "oops/parse/parse.h"

using namespace knowhy;  // NOLINT(google-build-using-namespace)

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

void check(const model::OopsExplanation& explanation) {
    constexpr size_t kMostReadings = 3;
    require(explanation.readings.size() <= kMostReadings);
    require(explanation.agrees != false || !explanation.disagreement.empty());
    for (const model::OopsReading& reading : explanation.readings) {
        // Names need an image, and none is given here.
        require(reading.field.empty() && reading.type.empty() && reading.variable.empty());
        require(!reading.steps.empty());
    }
}

// The bytes behind the first decide on what a text seldom has: another architecture, no address.
void spoil(model::OopsReport& report, const uint8_t* data, size_t size) {
    constexpr const char* kArchs[] = {"x86_64", "arm64", "mips64", "mips", "riscv64", "arm", ""};
    const uint8_t choice = size == 0 ? 0 : data[size - 1];
    if ((choice & 1) != 0) report.arch = kArchs[(choice >> 1) % std::size(kArchs)];
    if ((choice & 0x10) != 0) report.in_delay_slot = true;
    if ((choice & 0x20) != 0) report.fault_address.reset();
    if ((choice & 0x40) != 0) report.kind = model::OopsKind::PagingRequest;
    if ((choice & 0x80) != 0 && !report.code.bytes.empty()) {
        report.code.marker = choice % report.code.bytes.size();
    }
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    oops::ImageOptions nothing;
    nothing.only_named = true;
    oops::ImageSet images(nothing);
    for (model::OopsReport& report : oops::parse(text)) {
        spoil(report, data, size);
        oops::describe_frames(report, images);
        check(oops::explain(report, images));
    }
    return 0;
}
