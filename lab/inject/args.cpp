#include "args.h"

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>

namespace knowhy::lab {

void die(const std::string& message) {
    fmt::print(stderr, "kw-inject: {}\n", message);
    std::exit(1);
}

int checked(int result, const std::string& what) {
    if (result < 0) {
        die(fmt::format("{}: {}", what, std::strerror(errno)));
    }
    return result;
}

Args::Args(const std::vector<std::string>& words) {
    for (const auto& word : words) {
        const auto equals = word.find('=');
        if (equals == std::string::npos) {
            die(fmt::format("'{}' is not of the form key=value", word));
        }
        values_[word.substr(0, equals)] = word.substr(equals + 1);
    }
}

std::string Args::text(const std::string& key, const std::string& fallback) const {
    asked_[key] = true;
    const auto found = values_.find(key);
    return found == values_.end() ? fallback : found->second;
}

int64_t Args::number(const std::string& key, int64_t fallback) const {
    const auto value = text(key, "");
    if (value.empty()) {
        return fallback;
    }
    char* end = nullptr;
    const auto result = std::strtoll(value.c_str(), &end, 0);
    if (*end != '\0') {
        die(fmt::format("{}={}: not a number", key, value));
    }
    return result;
}

std::vector<uint8_t> Args::hex(const std::string& key) const {
    const auto value = text(key, "");
    std::vector<uint8_t> bytes;
    for (size_t at = 0; at < value.size(); at += 2) {
        uint8_t byte = 0;
        const auto* first = value.data() + at;
        if (at + 2 > value.size() || std::from_chars(first, first + 2, byte, 16).ptr != first + 2) {
            die(fmt::format("{}={}: not hexadecimal bytes", key, value));
        }
        bytes.push_back(byte);
    }
    return bytes;
}

void Args::reject_unknown() const {
    for (const auto& [key, value] : values_) {
        if (!asked_.contains(key)) {
            die(fmt::format("unknown key '{}'", key));
        }
    }
}

}  // namespace knowhy::lab
