#include "oops/parse/symbol.h"

#include <algorithm>

#include "base/text.h"

namespace knowhy::oops {
namespace {

using Context = model::OopsFrame::Context;

constexpr size_t kLongestName = 512;  // KSYM_NAME_LEN since Rust

bool is_name(std::string_view name) {
    return !name.empty() && name.size() <= kLongestName && !is_digit(name[0]) &&
           std::none_of(name.begin(), name.end(), [](char c) {
               return static_cast<unsigned char>(c) <= ' ' || c == '(' || c == ')' || c == '[' ||
                      c == ']' || c == '+' || c == '/';
           });
}

bool is_module_name(std::string_view name) {
    return !name.empty() && name.size() < 64 && std::all_of(name.begin(), name.end(), [](char c) {
        return is_hex_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
               c == '-';
    });
}

// " [bonding 0123456789abcdef...]"
void take_module(Scan& scan, model::OopsSymbol& symbol) {
    const size_t start = scan.at();
    scan.blanks();
    const auto inside = scan.skip("[") ? scan.until("]") : std::nullopt;
    if (inside) {
        const auto words = split_whitespace(*inside);
        if (!words.empty() && words.size() <= 3 && is_module_name(words[0])) {
            symbol.module = words[0];
            if (words.size() > 1 && words[1].size() >= 16 &&
                std::all_of(words[1].begin(), words[1].end(), is_hex_digit)) {
                symbol.build_id = words[1];
            }
            return;
        }
    }
    scan.back_to(start);
}

std::optional<uint64_t> take_plain_address(Scan& scan) {
    const size_t start = scan.at();
    auto value = scan.hex(16, 16);
    if (!value) value = scan.hex(8, 8);
    if (value && (scan.done() || scan.next() == ' ' || scan.next() == '\t')) return value;
    scan.back_to(start);
    return std::nullopt;
}

// "f from g+0x1/0x2", "[<addr>] (f) from [<addr>] (g+0x1/0x2 [mod])": arm's.
std::optional<FrameLine> take_arm_frame(std::string_view text) {
    const size_t from = text.find(" from ");
    if (from == std::string_view::npos) return std::nullopt;
    Scan left(text.substr(0, from));
    Scan right(text.substr(from + 6));
    FrameLine line;
    model::OopsSymbol callee;
    callee.address = take_bracketed_address(left);
    left.blanks();
    const bool bracketed = left.skip("(");
    std::string_view name = left.rest();
    if (bracketed && name.ends_with(')')) name.remove_suffix(1);
    Scan whole(name);
    if (auto symbol = take_symbol(whole)) {
        symbol->address = callee.address;
        callee = std::move(*symbol);
    } else if (is_name(trimmed(name.substr(0, name.find(" ["))))) {
        callee.name = trimmed(name.substr(0, name.find(" [")));
        Scan module(name.substr(callee.name.size()));
        take_module(module, callee);
    } else {
        return std::nullopt;
    }
    line.frame.symbol.address = take_bracketed_address(right);
    right.blanks();
    right.skip("(");
    auto symbol = take_symbol(right);
    if (!symbol) return std::nullopt;
    symbol->address = line.frame.symbol.address;
    line.frame.symbol = std::move(*symbol);
    line.callee = std::move(callee);
    return line;
}

}  // namespace

std::optional<model::OopsSymbol> take_symbol(Scan& scan) {
    const size_t start = scan.at();
    const std::string_view word = scan.word();
    scan.back_to(start);
    const size_t plus = word.find("+0x");
    if (plus == std::string_view::npos || !is_name(word.substr(0, plus))) return std::nullopt;
    model::OopsSymbol symbol;
    symbol.name = word.substr(0, plus);
    scan.skip(symbol.name);
    scan.skip("+0x");
    const auto offset = scan.hex();
    const auto size = scan.skip("/0x") ? scan.hex() : std::nullopt;
    const char end = scan.next();
    const bool ends = end == '\0' || end == ' ' || end == '\t' || end == ')' || end == '(' ||
                      end == ']' || end == ',' || end == '/' || end == ':';
    if (!offset || !ends) {
        scan.back_to(start);
        return std::nullopt;
    }
    symbol.offset = *offset;
    symbol.size = size.value_or(0);
    // Kernels of 2.6 close a WARNING's symbol with "()".
    scan.skip("()");
    take_module(scan, symbol);
    return symbol;
}

std::optional<uint64_t> take_bracketed_address(Scan& scan) {
    const size_t start = scan.at();
    if (scan.skip("[")) {
        const bool angle = scan.skip("<");
        const auto value = scan.hex(8, 16);
        if (value && (!angle || scan.skip(">")) && scan.skip("]")) return value;
    }
    scan.back_to(start);
    return std::nullopt;
}

std::optional<model::OopsSymbol> take_place(Scan& scan) {
    const size_t start = scan.at();
    auto address = take_bracketed_address(scan);
    if (!address) address = take_plain_address(scan);
    if (!address && scan.skip("0x")) {
        address = scan.hex(1, 16);
        if (!address) {
            scan.back_to(start);
            return std::nullopt;
        }
    }
    const size_t after = scan.at();
    scan.blanks();
    auto again = take_bracketed_address(scan);  // "RIP: 0010:[<addr>]  [<addr>] f+0x1/0x2"
    if (again) scan.blanks();
    if (auto symbol = take_symbol(scan)) {
        symbol->address = address;
        return symbol;
    }
    scan.back_to(after);
    if (!address) return std::nullopt;
    model::OopsSymbol bare;
    bare.address = address;
    return bare;
}

std::optional<FrameLine> take_frame(std::string_view text) {
    if (auto arm = take_arm_frame(trimmed(text))) return arm;
    Scan scan(text);
    FrameLine line;
    scan.blanks();
    if (scan.skip("--- interrupt: ")) {
        scan.word();
        scan.blanks();
        if (!scan.skip("at ")) return std::nullopt;
        line.exception_return = true;
    }
    const bool bracket = scan.skip("(");  // s390's first, which may be anything
    if (scan.skip("? ")) line.frame.reliable = false;
    scan.blanks();
    auto address = take_bracketed_address(scan);
    scan.blanks();
    // powerpc: the stack's address first, then the code's.
    if (const auto second = address ? take_bracketed_address(scan) : std::nullopt) address = second;
    scan.blanks();
    if (scan.skip("? ")) line.frame.reliable = false;
    scan.blanks();
    scan.skip("(");  // riscv and arm once wrapped the symbol
    auto symbol = take_symbol(scan);
    if (!symbol) {
        if (!address) return std::nullopt;
        scan.blanks();
        if (scan.skip("0x")) scan.hex();
        scan.blanks();
        if (!scan.done() && scan.next() != '(' && scan.next() != ')') return std::nullopt;
        symbol.emplace();
    }
    symbol->address = address;
    line.frame.symbol = std::move(*symbol);
    if (bracket || scan.rest().find("(unreliable)") != std::string_view::npos) {
        line.frame.reliable = false;
    }
    // Prose that begins with a symbol is no frame: at most a file's place or a remark follows.
    scan.skip(")");
    scan.blanks();
    const std::string_view rest = scan.rest();
    const bool remark = rest.empty() || rest[0] == '(' || rest[0] == ')' || rest[0] == '[' ||
                        rest.find(':') != std::string_view::npos;
    if (!remark) return std::nullopt;
    return line;
}

std::optional<ContextMark> take_mark(std::string_view text) {
    text = trimmed(text);
    if (text.empty() || text[0] != '<') return std::nullopt;
    Scan scan(text);
    ContextMark mark;
    scan.skip("<");
    scan.skip("<");  // "<<EOE>>"
    mark.ends = scan.skip("/");
    const auto name = scan.until(">");
    if (!name || name->empty() || name->size() > 16) return std::nullopt;
    scan.skip(">");
    scan.blanks();
    mark.rest = scan.rest();
    if (*name == "IRQ" || *name == "HARDIRQ") {
        mark.context = Context::Irq;
    } else if (*name == "SOFTIRQ") {
        mark.context = Context::Softirq;
    } else if (*name == "NMI" || *name == "MCE") {
        mark.context = Context::Nmi;
    } else if ((*name)[0] == '#' || *name == "ENTRY_TRAMPOLINE" || *name == "EXCEPTION") {
        mark.context = Context::Exception;
    } else if (*name == "EOI" || *name == "EOE") {
        mark.ends = true;
    } else if (*name != "TASK") {
        return std::nullopt;
    }
    return mark;
}

}  // namespace knowhy::oops
