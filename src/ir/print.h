// The IR as text, for --dump and for tests:
//
//     returns u32
//     b0:
//         %0:u32 = packet u16 at 12; then b1, past end b3, past copy b4
//     b1:
//         %1:u32 = %0 & 0xfff
//         if %1 == 0x800 then b2 else b3
//     b2:
//         return 0x1
//
// $1[8] is byte 8 of buffer 1, [%2 + 8] byte 8 from an Address, @3 a map and f1 a function.
#pragma once

#include <string>
#include <string_view>

#include "ir/ir.h"

namespace knowhy::ir {

std::string to_text(const Program& program);
std::string to_text(const Function& function);
std::string_view to_text(Type type);
std::string_view to_text(Op op);
std::string_view to_text(Compare compare);
std::string_view to_text(Map::Kind kind);

}  // namespace knowhy::ir
