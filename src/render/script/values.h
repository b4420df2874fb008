// A script's values as bpftrace prints them. Strings come out as they are, whatever is in them: a
// script may well print escape sequences. Who writes to a terminal decides.
#pragma once

#include <string>

#include "model/script.h"
#include "render/script/options.h"

namespace knowhy::render {

// Integers are divided by `divisor`, those of arrays, tuples and structs too.
std::string value_text(const model::Value& value, const ScriptOptions& options,
                       uint64_t divisor = 1);

// As it stands between a map's brackets: the elements of a tuple without its parentheses.
std::string key_text(const model::Value& key, const ScriptOptions& options);

// Decimal, by its sign.
std::string integer_text(const model::Value::Integer& value);
model::Value::Integer divided(const model::Value::Integer& value, uint64_t divisor);

enum class BufferStyle { Ascii, Escaped, Hex };  // %r, %rx, %rh
std::string buffer_text(const std::string& raw, BufferStyle style);

// "18:C0:4D:08:2E:BB"
std::string mac_text(const model::MacAddress& address);

std::string histogram_text(const model::Value::Histogram& histogram, const ScriptOptions& options,
                           uint64_t divisor = 1);

}  // namespace knowhy::render
