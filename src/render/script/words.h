// Words that more than one printer has.
#pragma once

#include <string>

#include "model/script.h"

namespace knowhy::render {

// Why a helper failed: its errno's text, and in the language's terms where that says little.
std::string helper_error_words(const model::HelperError& error);

}  // namespace knowhy::render
