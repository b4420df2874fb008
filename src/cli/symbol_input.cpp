#include "cli/symbol_input.h"

#include "base/text.h"

namespace knowhy::cli {
namespace {

// The number in `open`NUMBER`close`, and where `open` stands.
struct Enclosed {
    uint64_t number = 0;
    size_t begin = 0;
};

std::optional<Enclosed> enclosed_number(std::string_view line, std::string_view open,
                                        std::string_view close) {
    for (size_t begin = line.find(open); begin != std::string_view::npos;
         begin = line.find(open, begin + 1)) {
        const size_t inside = begin + open.size();
        const size_t end = line.find(close, inside);
        if (end == std::string_view::npos) return std::nullopt;
        if (const auto number = parse_u64(line.substr(inside, end - inside), 16)) {
            return Enclosed{*number, begin};
        }
    }
    return std::nullopt;
}

// The word that ends right before `end`, when it reads SYMBOL+OFFSET.
std::optional<Claim> claim_before(std::string_view line, size_t end) {
    const std::string_view before = line.substr(0, end);
    const std::string_view words = trimmed(before);
    if (words.empty()) return std::nullopt;
    const std::string_view word = split_whitespace(words).back();
    const size_t plus = word.rfind('+');
    if (plus == std::string_view::npos || plus == 0) return std::nullopt;
    const auto offset = parse_u64(word.substr(plus + 1), 16);
    if (!offset) return std::nullopt;
    return Claim{static_cast<size_t>(word.data() - line.data()), word.size(),
                 std::string(word.substr(0, plus)), *offset};
}

// The first word of several is an address when it cannot be taken for a count.
bool looks_like_address(std::string_view word) {
    constexpr size_t kShortest = 8;  // digits of a 32-bit kernel's addresses
    return word.starts_with("0x") || word.size() >= kShortest;
}

}  // namespace

Result<AskedLine> parse_asked(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    AskedLine asked;
    asked.text = line;
    if (const auto found = enclosed_number(line, "(0x", ")")) {
        asked.address = found->number;
        asked.claim = claim_before(line, found->begin);
        return asked;
    }
    if (const auto found = enclosed_number(line, "[<", ">]")) {
        asked.address = found->number;
        return asked;
    }
    const auto words = split_whitespace(line);
    if (words.empty()) return asked;
    if (words.size() == 1 || looks_like_address(words.front())) {
        asked.address = parse_u64(words.front(), 16);
    }
    if (words.size() == 1 && !asked.address) {
        return fail(ErrorKind::Usage, "'{}' is no address (hexadecimal, with or without 0x)",
                    words.front());
    }
    return asked;
}

}  // namespace knowhy::cli
