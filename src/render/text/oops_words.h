// What a report says, in a paragraph: for where no code explains more. Escaped.
#pragma once

#include <string>
#include <vector>

#include "model/oops.h"

namespace knowhy::render {

std::string oops_summary(const model::OopsReport& report);
std::vector<std::string> oops_next(const model::OopsReport& report);
// "rlb_arp_recv+0x128/0x228 [bonding]"; the address where there is no name.
std::string oops_symbol_words(const model::OopsSymbol& symbol);

}  // namespace knowhy::render
