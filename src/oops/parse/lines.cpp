#include "oops/parse/lines.h"

#include <algorithm>

#include "base/text.h"
#include "oops/parse/scan.h"

namespace knowhy::oops {
namespace {

constexpr size_t kLongestLine = 16384;  // the rest of a longer one is not kept
constexpr size_t kNoise = 160;          // how far into a line a time may come, after other output

constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// "123.456789]" or "T123]" after the bracket. A journal's and dmesg's absolute times count, too.
enum class Bracket { None, Time, Caller, Other };

struct Bracketed {
    Bracket kind = Bracket::None;
    double at = 0;
    std::string_view inside;
    size_t length = 0;  // with both brackets
};

std::optional<double> seconds(std::string_view text) {
    const size_t dot = text.find('.');
    if (dot == std::string_view::npos) return std::nullopt;
    const auto whole = parse_u64(text.substr(0, dot));
    const auto part = parse_u64(text.substr(dot + 1));
    if (!whole || !part || text.size() - dot - 1 > 9) return std::nullopt;
    double value = static_cast<double>(*part);
    for (size_t i = dot + 1; i < text.size(); ++i) value /= 10;
    return static_cast<double>(*whole) + value;
}

bool is_caller(std::string_view text) {
    return text.size() > 1 && (text[0] == 'T' || text[0] == 'C') &&
           std::all_of(text.begin() + 1, text.end(), is_digit);
}

// "2026-11-21 22:18:23", "Sat Nov 21 22:18:23 2026": dmesg -T, and loggers of serial consoles.
bool is_clock(std::string_view text) {
    const auto colons = std::count(text.begin(), text.end(), ':');
    return text.size() >= 8 && text.size() <= 40 && colons >= 2 &&
           text.find_first_not_of(
               "0123456789:.,+-/ TZWedThuFriSatSunMonueJanFebMarAprMayJulAugSep"
               "OctNovDec") == std::string_view::npos;
}

Bracketed bracketed(std::string_view text) {
    if (text.empty() || text[0] != '[') return {};
    const size_t end = text.find(']');
    if (end == std::string_view::npos || end > 42) return {};
    Bracketed found;
    found.length = end + 1;
    found.inside = trimmed(text.substr(1, end - 1));
    if (const auto at = seconds(found.inside)) {
        found.kind = Bracket::Time;
        found.at = *at;
    } else if (is_caller(found.inside)) {
        found.kind = Bracket::Caller;
    } else if (is_clock(found.inside)) {
        found.kind = Bracket::Other;
    }
    return found;
}

bool skip_level(std::string_view& text) {
    Scan scan(text);
    if (!scan.skip("<") || !scan.decimal() || !scan.skip(">")) return false;
    if (scan.at() > 5) return false;
    text.remove_prefix(scan.at());
    return true;
}

// "4,879,1234567,-,caller=T123;text"
bool skip_kmsg(std::string_view& text, LogLine& line) {
    if (text.empty() || !is_digit(text[0])) return false;
    Scan scan(text);
    if (!scan.decimal() || !scan.skip(",") || !scan.decimal() || !scan.skip(",")) return false;
    const auto microseconds = scan.decimal();
    if (!microseconds || !scan.skip(",")) return false;
    const auto fields = scan.until(";");
    if (!fields || fields->size() > 80) return false;
    if (const auto caller = between(*fields, "caller=", "")) {
        line.caller = caller->substr(0, caller->find(','));
    }
    line.at = static_cast<double>(*microseconds) / 1e6;
    text = scan.rest();
    return true;
}

// "kern  :warn  : " of dmesg -x.
bool skip_facility(std::string_view& text) {
    if (!text.starts_with("kern  :")) return false;
    const size_t end = text.find(':', 7);
    if (end == std::string_view::npos || end > 16) return false;
    text.remove_prefix(end + 1);
    if (text.starts_with(' ')) text.remove_prefix(1);
    return true;
}

// "Nov 21 22:18:23 " and "2026-11-21T22:18:23.123456+00:00 ".
bool skip_date(Scan& scan) {
    for (const std::string_view month : kMonths) {
        if (!scan.skip(month)) continue;
        scan.blanks();
        if (!scan.decimal()) return false;
        scan.blanks();
        const std::string_view clock = scan.word();
        return clock.size() >= 8 && is_digit(clock[0]) && clock[2] == ':';
    }
    const std::string_view word = scan.word();
    return word.size() >= 19 && word[4] == '-' && word[7] == '-' && is_digit(word[0]) &&
           (word[10] == 'T' || word[10] == ' ');
}

// "Nov 21 22:18:23 host kernel: ", with or without a date, as syslog and the journal write it.
bool skip_syslog(std::string_view& text) {
    if (text.empty()) return false;
    Scan scan(text);
    if (!skip_date(scan)) {
        scan.back_to(0);
    } else {
        scan.blanks();
    }
    const bool dated = scan.at() != 0;
    const size_t host = scan.at();
    if (!scan.skip("kernel:")) {
        scan.word();
        scan.blanks();
        if (!scan.skip("kernel:")) {
            if (!dated) return false;
            // Another program's line: nothing of the kernel's, but its words stay.
            scan.back_to(host);
            text = scan.rest();
            return true;
        }
    }
    if (scan.next() == ' ') scan.skip(" ");
    text = scan.rest();
    return true;
}

bool take_bracket(std::string_view& text, LogLine& line) {
    const Bracketed found = bracketed(text);
    if (found.kind == Bracket::None) return false;
    if (found.kind == Bracket::Time) line.at = found.at;
    if (found.kind == Bracket::Caller) line.caller = found.inside;
    text.remove_prefix(found.length);
    if (text.starts_with(' ')) text.remove_prefix(1);
    return true;
}

// A time that comes after other output on the same console line: "host login: [  12.345678] BUG".
bool skip_noise(std::string_view& text) {
    const std::string_view head = text.substr(0, kNoise);
    for (size_t at = head.find('['); at != std::string_view::npos; at = head.find('[', at + 1)) {
        if (at == 0) continue;
        const Bracketed found = bracketed(text.substr(at));
        if (found.kind != Bracket::Time) continue;
        text.remove_prefix(at);
        return true;
    }
    return false;
}

// "** 12 printk messages dropped ** [   3.456789] the next one"; the journal's own words.
void take_dropped(std::string_view& text, LogLine& line) {
    if (!text.starts_with("** ") && !text.starts_with("Missed ")) return;
    Scan scan(text);
    scan.word();
    scan.blanks();
    const auto count = scan.decimal();
    scan.blanks();
    if (!count || !(scan.skip("printk messages dropped") || scan.skip("kernel messages"))) return;
    line.dropped = *count;
    line.prefixed = true;
    scan.blanks();
    scan.skip("**");
    scan.blanks();
    text = scan.rest();
}

bool begins_with_date(std::string_view text) {
    return !text.empty() && (is_digit(text[0]) || (text[0] >= 'A' && text[0] <= 'S'));
}

}  // namespace

LogLine take_prefix(std::string_view whole) {
    LogLine line;
    line.width = whole.size();
    std::string_view text = whole;
    while (text.starts_with("> ")) {  // quoted in a mail
        text.remove_prefix(2);
        line.prefixed = true;
    }
    take_dropped(text, line);
    for (int rounds = 0; rounds < 6; ++rounds) {
        const bool more = take_bracket(text, line) || skip_level(text) || skip_kmsg(text, line) ||
                          skip_facility(text);
        if (!more) break;
        line.prefixed = true;
    }
    const bool maybe_syslog = !line.prefixed || text.find("kernel:") < 64;
    if (maybe_syslog && (begins_with_date(text) || text.find("kernel:") < 64) &&
        skip_syslog(text)) {
        line.prefixed = true;
        while (take_bracket(text, line) || skip_level(text)) {
        }
    } else if (!line.at && skip_noise(text)) {
        line.prefixed = true;
        while (take_bracket(text, line)) {
        }
    }
    line.ends_blank = text.ends_with(' ');
    if (line.dropped == 0) take_dropped(text, line);
    while (!text.empty() && (text.back() == '\r' || text.back() == ' ' || text.back() == '\t')) {
        text.remove_suffix(1);
    }
    line.text = text;
    return line;
}

void LineReader::keep(std::string_view part) {
    const size_t room = kLongestLine - std::min(pending_.size(), kLongestLine);
    pending_ += part.substr(0, room);
}

void LineReader::give(std::string_view line, bool partial, const Sink& sink) {
    ++number_;
    while (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find('\x1b') != std::string_view::npos) {
        plain_.clear();
        for (size_t i = 0; i < line.size(); ++i) {
            if (line[i] != '\x1b') {
                plain_ += line[i];
                continue;
            }
            if (i + 1 < line.size() && line[i + 1] == '[') {
                i += 2;
                while (i < line.size() && (line[i] < '@' || line[i] > '~')) ++i;
            }
        }
        line = plain_;
    }
    LogLine found = take_prefix(line.substr(0, kLongestLine));
    found.number = number_;
    found.partial = partial;
    sink(found);
}

void LineReader::feed(std::string_view chunk, const Sink& sink) {
    while (!chunk.empty()) {
        const size_t end = chunk.find('\n');
        if (end == std::string_view::npos) return keep(chunk);
        if (pending_.empty()) {
            give(chunk.substr(0, end), false, sink);
        } else {
            keep(chunk.substr(0, end));
            const std::string line = std::move(pending_);
            pending_.clear();
            give(line, false, sink);
        }
        chunk.remove_prefix(end + 1);
    }
}

void LineReader::finish(const Sink& sink) {
    if (pending_.empty()) return;
    const std::string line = std::move(pending_);
    pending_.clear();
    give(line, true, sink);
}

}  // namespace knowhy::oops
