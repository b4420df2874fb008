#include "oops/parse/pairs.h"

#include "oops/parse/scan.h"

namespace knowhy::oops {
namespace {

bool is_label_char(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

std::string_view take_label(Scan& scan) {
    size_t length = 0;
    const std::string_view rest = scan.rest();
    while (length < rest.size() && is_label_char(rest[length])) ++length;
    scan.skip(rest.substr(0, length));
    return rest.substr(0, length);
}

// The digits of a value, and nothing else up to the blank. What is no number stands for itself, so
// that the row goes on behind it.
NamedValue take_value(Scan& scan, std::string_view name) {
    NamedValue found;
    found.name = name;
    scan.skip("[<");
    const std::string_view rest = scan.rest();
    while (found.digits < rest.size() && is_hex_digit(rest[found.digits])) ++found.digits;
    const auto value = scan.hex(1, 16);
    found.value = value.value_or(0);
    found.readable = value.has_value();
    scan.skip(">]");
    if (scan.next() == '(') scan.until(")");  // "FS:  00007f(0000)"
    scan.skip(",");
    if (!scan.done() && scan.next() != ' ' && scan.next() != '\t') {
        found.readable = false;
        scan.word();
    }
    return found;
}

}  // namespace

std::vector<NamedValue> named_values(std::string_view text) {
    std::vector<NamedValue> found;
    Scan scan(text);
    while (found.size() < 64) {
        scan.blanks();
        const std::string_view label = take_label(scan);
        if (label.empty()) break;
        scan.blanks();
        if (!scan.skip(":")) break;
        scan.blanks();
        if (scan.done()) break;
        found.push_back(take_value(scan, label));
    }
    return found;
}

std::vector<NamedValue> bare_values(std::string_view text) {
    std::vector<NamedValue> found;
    Scan scan(text);
    while (found.size() < 64) {
        scan.blanks();
        if (scan.done()) break;
        NamedValue value = take_value(scan, "");
        if (value.readable && value.digits != 8 && value.digits != 16) value.readable = false;
        found.push_back(value);
    }
    return found;
}

}  // namespace knowhy::oops
