#include "symbols/locate/place.h"

#include <algorithm>
#include <limits>

#include "base/text.h"

namespace knowhy::symbols {
namespace {

// What is longer is no name of anything; it is only costly.
constexpr size_t kLongest = 4096;

std::optional<uint64_t> number(std::string_view text) {
    if (text.starts_with("0x")) return parse_u64(text.substr(2), 16);
    return parse_u64(text);
}

bool is_name(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](unsigned char c) {
        return c > ' ' && c != 0x7f && c != '+' && c != ':';
    });
}

tl::unexpected<Error> not_a_place(std::string_view text) {
    return fail(ErrorKind::Usage,
                "'{}' is not a place: FUNCTION, FUNCTION+OFFSET, FILE:LINE, FILE:*, 0xADDRESS, "
                "each also behind MODULE:",
                escaped(text.substr(0, 80)));
}

bool is_file(std::string_view text) {
    return text.ends_with(".c") || text.ends_with(".h") || text.ends_with(".S") ||
           text.find('/') != std::string_view::npos;
}

// "0x1b", or as the kernel prints it, with the function's size behind it: "0x1b/0xc3".
std::optional<uint64_t> offset_of(std::string_view text) {
    const size_t slash = text.find('/');
    if (slash != std::string_view::npos && !number(text.substr(slash + 1))) return std::nullopt;
    return number(text.substr(0, slash));
}

Result<PlaceName> parse_in_function(std::string_view text) {
    PlaceName place;
    const size_t plus = text.find('+');
    place.function = text.substr(0, plus);
    if (plus != std::string_view::npos) {
        const auto offset = offset_of(text.substr(plus + 1));
        if (!offset) return not_a_place(text);
        place.kind = PlaceName::Kind::Offset;
        place.value = *offset;
    }
    if (!is_name(place.function)) return not_a_place(text);
    if (is_file(place.function)) {
        return fail(ErrorKind::Usage, "'{0}' is a file, not a place: {0}:LINE, or '{0}:*' for all",
                    escaped(place.function));
    }
    return place;
}

Result<PlaceName> parse_line(std::string_view file, std::string_view line) {
    PlaceName place;
    place.kind = PlaceName::Kind::Line;
    // As a shell completes it: debug information names files from the source's own top.
    while (file.starts_with("./") || file.starts_with("../"))
        file.remove_prefix(file.find('/') + 1);
    place.file = file;
    if (line != "*") {
        const auto value = number(line);
        if (!value || *value == 0 || *value > std::numeric_limits<uint32_t>::max()) {
            return fail(ErrorKind::Usage, "'{}' is no line of {}: a number from 1, or * for all",
                        escaped(line.substr(0, 80)), escaped(file.substr(0, 80)));
        }
        place.line = static_cast<uint32_t>(*value);
    }
    if (!is_name(file)) return not_a_place(file);
    return place;
}

// A kernel's address as it prints them, without 0x.
bool is_bare_address(std::string_view text) {
    constexpr size_t kDigits = 16;
    return text.size() == kDigits && parse_u64(text, 16).has_value();
}

Result<PlaceName> parse_one(std::string_view text) {
    const bool bare = is_bare_address(text);
    if (!bare && !text.starts_with("0x")) return parse_in_function(text);
    const auto address = bare ? parse_u64(text, 16) : number(text);
    if (!address) return not_a_place(text);
    PlaceName place;
    place.kind = PlaceName::Kind::Address;
    place.value = *address;
    return place;
}

bool is_line(std::string_view text) {
    return text == "*" || number(text).has_value();
}

Result<PlaceName> in_module(std::string_view module, Result<PlaceName> place) {
    if (!is_name(module) || module.find('/') != std::string_view::npos) return not_a_place(module);
    if (place) place->module = module;
    return place;
}

}  // namespace

Result<PlaceName> parse_place(std::string_view text) {
    if (text.size() > kLongest) return not_a_place(text);
    if (const size_t bracket = text.find(" ["); bracket != text.npos && text.ends_with(']')) {
        const std::string_view inside = text.substr(bracket + 2, text.size() - bracket - 3);
        // A build-id may follow the module's name.
        const std::string_view module = inside.substr(0, inside.find(' '));
        return in_module(module, parse_in_function(text.substr(0, bracket)));
    }
    const auto parts = split(text, ':');
    if (parts.size() == 1) return parse_one(text);
    if (parts.size() == 3) return in_module(parts[0], parse_line(parts[1], parts[2]));
    if (parts.size() != 2) return not_a_place(text);
    const bool is_file = parts[0].find_first_of("./") != std::string_view::npos;
    const bool is_address = parts[1].starts_with("0x");
    if (is_file || (is_line(parts[1]) && !is_address)) return parse_line(parts[0], parts[1]);
    return in_module(parts[0], parse_one(parts[1]));
}

}  // namespace knowhy::symbols
