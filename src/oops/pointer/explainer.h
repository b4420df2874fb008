// explain(), one part after the other.
#pragma once

#include <optional>
#include <vector>

#include "model/oops.h"
#include "oops/decode/code_line.h"
#include "oops/decode/images.h"
#include "oops/decode/machine.h"
#include "oops/pointer/fault.h"
#include "oops/pointer/names.h"
#include "oops/pointer/readings.h"

namespace knowhy::oops {

class Explainer {
  public:
    Explainer(const model::OopsReport& report, ImageSet& images)
        : report_(report), images_(images), match_(images.match(report)) {}

    model::OopsExplanation run();

  private:
    void note_image();
    void decode();
    void look_at_fault();
    void look_at_pointer();
    [[nodiscard]] std::vector<model::OopsReading> readings_by(const Ways& all);
    void doubt_unchecked();
    void name_divisor();
    void judge_general_protection();
    [[nodiscard]] bool is_about_a_pointer() const;
    [[nodiscard]] Ways ways();
    [[nodiscard]] TextOf text_of_line() const;
    [[nodiscard]] TextOf text_of_image() const;
    [[nodiscard]] uint64_t image_fault() const;

    const model::OopsReport& report_;
    ImageSet& images_;
    ImageMatch match_;
    model::OopsExplanation explanation_;
    std::optional<symbols::Decoder> decoder_;
    std::optional<CodeLine> line_;
    std::optional<Names> names_;
    Registers registers_;
    Fault fault_;
    bool by_image_ = false;  // the ways are the image's, not the Code line's
};

}  // namespace knowhy::oops
