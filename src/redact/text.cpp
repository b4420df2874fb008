#include "redact/text.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string_view>

#include "base/text.h"

namespace knowhy::redact {
namespace {

using model::IpAddress;

bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
}
bool is_address(char c) {
    return std::isxdigit(static_cast<unsigned char>(c)) != 0 || c == '.' || c == ':';
}

// The address that a run of its characters begins with, and what stands for it.
struct Match {
    size_t length = 0;
    std::string other;
};

// The run may end with a full stop or a colon that is the sentence's, or with a port.
std::optional<Match> match(std::string_view run, AddressMap& map) {
    const size_t trimmed = run.find_last_not_of(".:") + 1;
    for (const size_t length : {run.size(), trimmed, run.find(':')}) {
        if (length == 0 || length > run.size()) continue;
        const std::string_view part = run.substr(0, length);
        const auto mac = part.size() == 17 ? model::MacAddress::parse(part) : std::nullopt;
        if (mac) return Match{length, map.mac(*mac).text()};
        const auto ip = IpAddress::parse(part);
        if (ip) return Match{length, map.ip(*ip).text()};
    }
    return std::nullopt;
}

std::string without_addresses(const std::string& text, AddressMap& map) {
    std::string other;
    for (size_t at = 0; at < text.size();) {
        const auto from = text.begin() + static_cast<ptrdiff_t>(at);
        const auto end = std::find_if_not(from, text.end(), is_address);
        if (end == from) {
            other += text[at++];
            continue;
        }
        const std::string_view run(&*from, static_cast<size_t>(end - from));
        // A part of a word is none: of "eth0.10.0.0.1", of "deadlock".
        const bool whole =
            (at == 0 || !is_word(text[at - 1])) && (end == text.end() || !is_word(*end));
        const auto found = whole ? match(run, map) : std::nullopt;
        other += found ? std::string_view(found->other) : run;
        at += found ? found->length : run.size();
    }
    return other;
}

std::string without_name(const std::string& text, const std::string& name) {
    std::string other;
    size_t at = 0;
    for (size_t found = text.find(name); found != std::string::npos;
         found = text.find(name, found)) {
        const size_t end = found + name.size();
        const bool whole = (found == 0 || !is_word(text[found - 1])) &&
                           (end == text.size() || !is_word(text[end]));
        other.append(text, at, found - at);
        other += whole ? "host" : name;
        at = found = end;
    }
    return other.append(text, at);
}

}  // namespace

std::string redact_text(const std::string& text, AddressMap& map,
                        const std::vector<std::string>& names) {
    // Most texts have neither.
    const bool may_hold = std::count(text.begin(), text.end(), '.') >= 3 ||
                          std::count(text.begin(), text.end(), ':') >= 2;
    std::string other = may_hold ? without_addresses(text, map) : text;
    for (const std::string& name : names)
        if (!name.empty()) other = without_name(other, name);
    return other;
}

}  // namespace knowhy::redact
