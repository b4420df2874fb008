// The tapset's functions that move a terminal's cursor and set its colours: ECMA-48's sequences.
#include "lang/sema/tapset.h"

namespace knowhy::lang {
namespace {

template <Fixed Format>
Value sequence(Lowering& lowering, const Call& call, Span span) {
    std::vector<Value> numbers;
    for (const ExprPtr& argument : call.arguments)
        numbers.push_back(Value::integer(lowering.number(*argument), true));
    lowering.send(PrintfOutput{Format.text, PrintfOutput::To::Out}, numbers, span);
    return Value::none();
}

Value set_color(Lowering& lowering, const Call& call, Span span) {
    const size_t count = call.arguments.size();
    return count == 1   ? sequence<"\033[%dm">(lowering, call, span)
           : count == 2 ? sequence<"\033[%d;%dm">(lowering, call, span)
                        : sequence<"\033[%d;%d;%dm">(lowering, call, span);
}

// Columns come first, as SystemTap has it, and last in the sequence.
Value move_cursor(Lowering& lowering, const Call& call, Span span) {
    const Value column = Value::integer(lowering.number(*call.arguments[0]), true);
    const Value row = Value::integer(lowering.number(*call.arguments[1]), true);
    lowering.send(PrintfOutput{"\033[%d;%dH", PrintfOutput::To::Out}, {row, column}, span);
    return Value::none();
}

}  // namespace

std::vector<FunctionInfo> screen_tapset() {
    return {
        {"ansi_clear_screen", "ansi_clear_screen()", "an empty screen, from its top", 0, 0, false,
         sequence<"\033[1;1H\033[J">},
        {"ansi_set_color", "ansi_set_color(colour[, behind[, how]])",
         "the colour of what follows, of what is behind it; bold, underlined...", 1, 3, false,
         set_color},
        {"ansi_reset_color", "ansi_reset_color()", "colours as they were", 0, 0, false,
         sequence<"\033[0;0m">},
        {"ansi_new_line", "ansi_new_line()", "ends the line", 0, 0, false, sequence<"\n">},
        {"ansi_cursor_move", "ansi_cursor_move(column, row)", "the cursor there", 2, 2, false,
         move_cursor},
        {"ansi_cursor_hide", "ansi_cursor_hide()", "no cursor", 0, 0, false, sequence<"\033[?25l">},
        {"ansi_cursor_show", "ansi_cursor_show()", "a cursor again", 0, 0, false,
         sequence<"\033[?25h">},
        {"ansi_cursor_save", "ansi_cursor_save()", "remembers where the cursor is", 0, 0, false,
         sequence<"\033[s">},
        {"ansi_cursor_restore", "ansi_cursor_restore()", "the cursor where it was", 0, 0, false,
         sequence<"\033[u">},
    };
}

}  // namespace knowhy::lang
