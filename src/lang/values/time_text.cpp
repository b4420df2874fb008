#include <fmt/format.h>

#include <array>
#include <ctime>

#include "lang/values/decode.h"

namespace knowhy::lang {
namespace {

constexpr uint64_t kSecond = 1000000000;

// strftime() has no %f.
std::string with_microseconds(const std::string& format, uint64_t nanoseconds) {
    std::string out;
    for (size_t i = 0; i < format.size(); ++i) {
        const bool pair = format[i] == '%' && i + 1 < format.size();
        if (!pair) {
            out += format[i];
        } else if (format[++i] == 'f') {
            out += fmt::format("{:06}", nanoseconds / 1000);
        } else {
            out += {'%', format[i]};
        }
    }
    return out;
}

}  // namespace

std::string time_text(const std::string& format, uint64_t realtime_ns) {
    const auto seconds = static_cast<time_t>(realtime_ns / kSecond);
    std::tm local{};
    localtime_r(&seconds, &local);
    // Zero may also mean that it came to nothing: one more character tells that apart from too
    // little room.
    const std::string asked = with_microseconds(format, realtime_ns % kSecond) + ' ';
    std::string text(asked.size() * 4 + 64, '\0');
    size_t length = 0;
    for (; length == 0 && text.size() < (1U << 20); text.resize(text.size() * 2)) {
        length = strftime(text.data(), text.size(), asked.c_str(), &local);
        if (length != 0) break;
    }
    text.resize(length == 0 ? 0 : length - 1);
    return text;
}

}  // namespace knowhy::lang
