// Texts that a program puts together: `a . b`, sprintf(). In the kernel as in user space; what is
// only printed need not be made here (outputs.cpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "lang/sema/lowering.h"
#include "model/script_format.h"

namespace knowhy::lang {

// A text of SystemTap's that grows at its end. What has no room is cut off.
class TextBuilder {
  public:
    explicit TextBuilder(Lowering& lowering);

    void append(std::string_view text);
    // A string, or as much of it.
    void append(const Value& string, std::optional<ir::Operand> most = {});
    void append_byte(ir::Operand byte);
    // A value as the conversion has it; a type that is known only where it is printed is refused.
    void append(const Value& value, const model::Conversion& how, Span span,
                std::optional<ir::Operand> width = {}, std::optional<ir::Operand> precision = {});
    void append_times(char what, ir::Operand times);

    Value finished();

  private:
    struct Digits {
        ir::Place text;  // the last one first
        ir::Operand count;
        ir::Operand negative;  // 0 or 1
    };
    Digits digits_of(ir::Operand number, unsigned base, bool is_signed, bool upper);
    void append_number(ir::Operand number, const model::Conversion& how, ir::Operand width);

    Lowering& lowering_;
    Emitter& emit_;
    ir::Place text_;
    ir::Place end_;  // where the next byte goes, 8 bytes
};

// The string in a buffer, so that each of its bytes can be told apart at run time.
ir::Place in_buffer(Lowering& lowering, const Value& string);
// How many bytes there are before its final zero.
ir::Operand length_of(Lowering& lowering, const Value& string);

// Where `needle` begins in `text`, in a place of 8 bytes; -1 nowhere.
ir::Place position_of(Lowering& lowering, const Value& text, const Value& needle);

// A call's argument that is to be a text; nullopt with an error where it is none.
std::optional<Value> string_argument(Lowering& lowering, const Call& call, size_t index);

// By SystemTap's printf; an error where a value is known only when it is printed.
Value formatted_text(Lowering& lowering, std::string_view format, const std::vector<Value>& values,
                     Span span);

}  // namespace knowhy::lang
