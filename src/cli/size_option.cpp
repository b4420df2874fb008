#include "cli/size_option.h"

#include <fmt/format.h>

#include "base/text.h"

namespace knowhy::cli {
namespace {

constexpr uint64_t kMost = 1ULL << 63U;

uint64_t unit_of(char letter) {
    switch (letter) {
        case 'k':
        case 'K':
            return 1'000;
        case 'M':
            return 1'000'000;
        case 'G':
            return 1'000'000'000;
        default:
            return 1;
    }
}

}  // namespace

std::optional<uint64_t> parse_size(std::string_view text) {
    const uint64_t unit = text.empty() ? 1 : unit_of(text.back());
    const auto number = parse_u64(unit == 1 ? text : text.substr(0, text.size() - 1));
    if (!number || *number == 0 || *number > kMost / unit) return std::nullopt;
    return *number * unit;
}

CLI::Option* add_size(CLI::App& app, const std::string& name, uint64_t& target,
                      const std::string& help) {
    return app
        .add_option_function<std::string>(
            name,
            [&target, name](const std::string& text) {
                const auto size = parse_size(text);
                if (!size) {
                    throw CLI::ValidationError(
                        name, fmt::format("'{}' is no size; try 500k, 100M or 2G", text));
                }
                target = *size;
            },
            help)
        ->type_name("SIZE");
}

}  // namespace knowhy::cli
