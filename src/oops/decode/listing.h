// The code around a fault, as it is printed.
#pragma once

#include <vector>

#include "model/oops.h"
#include "oops/decode/code_line.h"
#include "oops/decode/images.h"

namespace knowhy::oops {

// The Code line's instructions; with lines and source where the image is proven to be the report's.
std::vector<model::OopsInstruction> list_code(const model::OopsReport& report, const CodeLine& line,
                                              const symbols::Decoder& decoder,
                                              const ImageMatch& match, ImageSet& images);

// An address of the text's view in print: "rlb_arp_recv+0x128"; "" outside of the function.
std::string place_text(const model::OopsReport& report, const CodeLine& line, uint64_t address);

}  // namespace knowhy::oops
