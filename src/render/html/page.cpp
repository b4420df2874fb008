#include "render/html/page.h"

#include <fmt/format.h>

#include <array>
#include <ctime>

#include "base/clock.h"
#include "page_script.text.h"
#include "page_style.text.h"

namespace knowhy::render {
namespace {

std::string base64(const std::string& bytes) {
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (size_t i = 0; i < bytes.size(); i += 3) {
        uint32_t group = 0;
        for (size_t j = 0; j < 3; ++j) {
            group = group << 8U | (i + j < bytes.size() ? static_cast<uint8_t>(bytes[i + j]) : 0U);
        }
        for (size_t j = 0; j < 4; ++j) {
            const bool has_bits = i + j <= bytes.size();
            out += has_bits ? kDigits[group >> (18 - 6 * j) & 63U] : '=';
        }
    }
    return out;
}

// As a content security policy names what it allows.
std::string source_of_hash(std::string_view hexadecimal) {
    std::string bytes;
    for (size_t i = 0; i + 1 < hexadecimal.size(); i += 2) {
        const auto digit = [&](size_t at) {
            const char c = hexadecimal[at];
            return c <= '9' ? c - '0' : c - 'a' + 10;
        };
        bytes += static_cast<char>(digit(i) * 16 + digit(i + 1));
    }
    return "'sha256-" + base64(bytes) + "'";
}

}  // namespace

std::string date_words(uint64_t realtime_ns, std::optional<int32_t> utc_offset_s) {
    const std::tm parts = local_time(realtime_ns, utc_offset_s);
    std::array<char, 64> text{};
    const size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S %z", &parts);
    return {text.data(), length};
}

std::string page_begin(std::string_view title) {
    return fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
        "style-src {}; script-src {}; base-uri 'none'; form-action 'none'\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"referrer\" content=\"no-referrer\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n"
        "<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n"
        "<a class=\"skip\" href=\"#main\">Skip to the content</a>\n",
        source_of_hash(kpage_style_sha256), source_of_hash(kpage_script_sha256), html(title),
        kpage_style_text);
}

std::string page_bar(const std::vector<PageSection>& sections) {
    std::string links;
    for (const PageSection& section : sections) {
        const std::string count =
            section.count == 0 ? ""
                               : fmt::format(" <span class=\"count\">{}</span>", section.count);
        links += fmt::format("<a href=\"#{}\">{}{}</a>\n", section.id, section.name, count);
    }
    return fmt::format(
        "<div class=\"bar\"><div>\n<nav aria-label=\"Sections\">{}</nav>\n"
        "<form class=\"js\" role=\"search\"><label>Search <input type=\"search\" id=\"search\" "
        "autocomplete=\"off\" spellcheck=\"false\" placeholder=\"all of this page; press "
        "/\"></label>"
        "<output id=\"found\" for=\"search\"></output></form>\n</div></div>\n<main id=\"main\" "
        "tabindex=\"-1\">\n",
        links);
}

std::string page_end(const std::string& data) {
    const std::string embedded =
        data.empty() ? ""
                     : fmt::format("<script type=\"application/json\" id=\"data\">{}</script>\n",
                                   json_in_script(data));
    return fmt::format(
        "</main>\n<footer>Made by knowhy. This page is complete: it asks no other machine for "
        "anything.</footer>\n{}<script>{}</script>\n</body>\n</html>\n",
        embedded, kpage_script_text);
}

}  // namespace knowhy::render
