// Values of C types: structs, unions, arrays, enums, bitfields.
#pragma once

#include "lang/values/reader.h"
#include "model/script.h"
#include "symbols/types/types.h"

namespace knowhy::lang {

// An array of characters is a text. What has no known size, or is not there whole, is Nothing.
model::Value decode_c(symbols::TypeId type, ByteSpan bytes, const symbols::Types& types);

// With the enumerator's name.
model::Value decode_enum(symbols::TypeId type, ByteSpan bytes, uint32_t size,
                         const symbols::Types& types);

// Up to the first zero.
model::Value text_value(ByteSpan bytes);

}  // namespace knowhy::lang
