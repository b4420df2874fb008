#include "model/script_format.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/named.h"

namespace knowhy::model {
namespace {

constexpr std::string_view kBpftraceLetters = "diuoxXcpsr";
constexpr std::string_view kSystemTapLetters = "diuoxXcpsbmM";

class Parser {
  public:
    Parser(std::string_view format, FormatDialect dialect) : format_(format), dialect_(dialect) {}

    tl::expected<std::vector<FormatPiece>, FormatProblem> parse() {
        std::vector<FormatPiece> pieces;
        FormatPiece piece;
        while (at_ < format_.size()) {
            const bool percent = peek() == '%';
            if (format_.substr(at_, 2) == "%%") {
                piece.text += '%';
                at_ += 2;
            } else if (const auto found = percent ? conversion() : std::nullopt) {
                piece.conversion = found;
                pieces.push_back(std::move(piece));
                piece = {};
            } else if (percent && (dialect_ == FormatDialect::SystemTap || too_wide_)) {
                return tl::unexpected(problem());
            } else {
                piece.text += format_[at_++];
            }
        }
        pieces.push_back(std::move(piece));
        return pieces;
    }

  private:
    // nullopt, and nothing read, where none begins here.
    std::optional<Conversion> conversion() {
        const size_t start = at_++;
        Conversion found;
        flags(found);
        number(found.width, found.width_given);
        if (peek() == '.') {
            ++at_;
            uint32_t precision = 0;
            number(precision, found.precision_given);
            if (!found.precision_given) found.precision = precision;
        }
        length(found);
        if (!letter(found) || too_wide_) {
            end_ = std::min(at_ + 1, format_.size());
            at_ = start;
            return std::nullopt;
        }
        found.begin = static_cast<uint32_t>(start);
        found.end = static_cast<uint32_t>(at_);
        return found;
    }

    [[nodiscard]] char peek() const { return at_ < format_.size() ? format_[at_] : '\0'; }

    void flags(Conversion& found) {
        for (;; ++at_) {
            switch (peek()) {
                case '-':
                    found.left = true;
                    break;
                case '+':
                    found.plus = true;
                    break;
                case ' ':
                    found.blank = true;
                    break;
                case '#':
                    found.alternate = true;
                    break;
                case '0':
                    found.zeros = true;
                    break;
                default:
                    return;
            }
        }
    }

    void number(uint32_t& value, bool& given) {
        if (peek() == '*') {
            given = true;
            ++at_;
            return;
        }
        for (; peek() >= '0' && peek() <= '9'; ++at_) {
            value = value * 10 + static_cast<uint32_t>(peek() - '0');
            too_wide_ = too_wide_ || value > kMostFormatWidth;
            value = std::min(value, kMostFormatWidth);
        }
    }

    void length(Conversion& found) {
        static constexpr Named<uint8_t> kLengths[] = {{1, "hh"}, {2, "h"}, {8, "ll"}, {8, "l"},
                                                      {8, "j"},  {8, "z"}, {8, "t"}};
        for (const auto& [bytes, name] : kLengths) {
            if (format_.substr(at_, name.size()) != name) continue;
            found.bytes = bytes;
            at_ += name.size();
            return;
        }
    }

    bool letter(Conversion& found) {
        const std::string_view letters =
            dialect_ == FormatDialect::Bpftrace ? kBpftraceLetters : kSystemTapLetters;
        if (at_ >= format_.size() || letters.find(peek()) == std::string_view::npos) return false;
        found.letter = peek() == 'i' ? 'd' : peek();
        ++at_;
        if (found.letter == 'r' && (peek() == 'x' || peek() == 'h')) found.style = format_[at_++];
        return true;
    }

    [[nodiscard]] FormatProblem problem() const {
        FormatProblem problem{static_cast<uint32_t>(at_), static_cast<uint32_t>(end_), "", ""};
        const std::string_view text = format_.substr(at_, end_ - at_);
        if (too_wide_) {
            problem.message = fmt::format("{} is too wide: at most {}", text, kMostFormatWidth);
        } else {
            problem.message = fmt::format("{} is no conversion", text);
            problem.hint = "write %% for a per cent sign";
        }
        return problem;
    }

    std::string_view format_;
    FormatDialect dialect_;
    size_t at_ = 0;
    size_t end_ = 0;  // of what was no conversion
    bool too_wide_ = false;
};

}  // namespace

tl::expected<std::vector<FormatPiece>, FormatProblem> parse_format(std::string_view format,
                                                                   FormatDialect dialect) {
    return Parser(format, dialect).parse();
}

size_t values_of(const std::vector<FormatPiece>& pieces) {
    size_t count = 0;
    for (const FormatPiece& piece : pieces) {
        if (!piece.conversion) continue;
        count += 1 + (piece.conversion->width_given ? 1 : 0) +
                 (piece.conversion->precision_given ? 1 : 0);
    }
    return count;
}

}  // namespace knowhy::model
