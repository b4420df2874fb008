// Values in bpftrace's JSON.
#pragma once

#include <string>
#include <string_view>

#include "model/script.h"
#include "render/script/options.h"

namespace knowhy::render {

std::string peer_json_string(std::string_view text);
std::string peer_json_value(const model::Value& value, const ScriptOptions& options,
                            uint64_t divisor = 1);
// A key is a string: its text, the elements of a tuple without blanks between them.
std::string peer_json_key(const model::Value& key, const ScriptOptions& options);

}  // namespace knowhy::render
