#include "oops/parse/scan.h"

#include "base/text.h"

namespace knowhy::oops {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_hex_digit(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool Scan::skip(std::string_view literal) {
    if (!rest().starts_with(literal)) return false;
    at_ += literal.size();
    return true;
}

void Scan::blanks() {
    while (!done() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
}

std::optional<uint64_t> Scan::hex(size_t least, size_t most) {
    size_t digits = 0;
    while (at_ + digits < text_.size() && is_hex_digit(text_[at_ + digits])) ++digits;
    if (digits < least || digits > most) return std::nullopt;
    const auto value = parse_u64(text_.substr(at_, digits), 16);
    if (value) at_ += digits;
    return value;
}

std::optional<uint64_t> Scan::number16() {
    const size_t start = at_;
    skip("0x");
    const auto value = hex();
    if (!value) at_ = start;
    return value;
}

std::optional<uint64_t> Scan::decimal() {
    size_t digits = 0;
    while (at_ + digits < text_.size() && is_digit(text_[at_ + digits])) ++digits;
    const auto value = parse_u64(text_.substr(at_, digits));
    if (value) at_ += digits;
    return value;
}

std::string_view Scan::word() {
    const size_t end = std::min(text_.find_first_of(" \t", at_), text_.size());
    const std::string_view found = text_.substr(at_, end - at_);
    at_ = end;
    return found;
}

std::optional<std::string_view> Scan::until(std::string_view end) {
    const size_t found = text_.find(end, at_);
    if (found == std::string_view::npos) return std::nullopt;
    const std::string_view part = text_.substr(at_, found - at_);
    at_ = found + end.size();
    return part;
}

std::optional<std::string_view> between(std::string_view text, std::string_view before,
                                        std::string_view after) {
    Scan scan(text);
    if (!scan.until(before)) return std::nullopt;
    if (after.empty()) return scan.rest();
    return scan.until(after);
}

std::optional<uint64_t> hex_after(std::string_view text, std::string_view label) {
    Scan scan(text);
    if (!scan.until(label)) return std::nullopt;
    scan.blanks();
    return scan.number16();
}

std::optional<uint64_t> register_after(std::string_view text, std::string_view label) {
    Scan scan(text);
    if (!scan.until(label)) return std::nullopt;
    scan.blanks();
    auto value = scan.hex(16, 16);
    return value ? value : scan.hex(8, 8);
}

std::optional<uint64_t> decimal_after(std::string_view text, std::string_view label) {
    Scan scan(text);
    if (!scan.until(label)) return std::nullopt;
    scan.blanks();
    return scan.decimal();
}

}  // namespace knowhy::oops
