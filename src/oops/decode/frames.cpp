#include "oops/decode/frames.h"

#include "oops/decode/match.h"

namespace knowhy::oops {
namespace {

using model::OopsFrame;

class Describer {
  public:
    Describer(model::OopsReport& report, ImageSet& images) : report_(report), images_(images) {}

    void describe(std::vector<OopsFrame>& frames) {
        for (OopsFrame& frame : frames) describe(frame);
    }

    void describe(OopsFrame& frame) {
        if (frame.symbol.name.empty()) return;
        symbols::OpenImage* const image = usable(frame.symbol.module);
        if (image == nullptr) return;
        const auto start = find_symbol(image->info.file(), frame.symbol);
        if (!start) return;
        const bool call = frame.return_address && frame.symbol.offset != 0;
        const auto levels = image->info.levels(*start + frame.symbol.offset - (call ? 1 : 0));
        if (!levels || levels->empty()) return;
        frame.file = levels->front().at.file;
        frame.source_line = levels->front().at.line;
        frame.inlined.clear();
        if (levels->size() == 1) return;
        for (const symbols::Level& level : *levels) {
            frame.inlined.push_back({level.function, level.at.file, level.at.line});
        }
    }

  private:
    // Sizes of several symbols that all agree, and that were found under the release that the text
    // names, are enough for a line; nothing else is said by them.
    symbols::OpenImage* usable(const std::string& module) {
        const auto [known, is_new] = usable_.try_emplace(module, nullptr);
        if (!is_new) return known->second;
        const ImageMatch match = images_.match(report_, module);
        const bool agrees = match.verdict == model::OopsImage::Unproven && match.sizes_agree;
        if (match.proven() || agrees) known->second = match.image;
        return known->second;
    }

    model::OopsReport& report_;
    ImageSet& images_;
    std::map<std::string, symbols::OpenImage*> usable_;
};

}  // namespace

void describe_frames(model::OopsReport& report, ImageSet& images) {
    Describer describer(report, images);
    report.here.symbol = report.pc;
    report.here.return_address = false;
    if (report.in_delay_slot) report.here.symbol.offset += 4;  // the pc is the branch's
    describer.describe(report.here);
    describer.describe(report.trace);
    describer.describe(report.allocated);
    describer.describe(report.freed);
}

}  // namespace knowhy::oops
