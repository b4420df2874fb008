#include "lang/bpftrace/point_text.h"

#include <utility>

namespace knowhy::lang::bpftrace {
namespace {

bool is_plain(char c) {
    constexpr std::string_view kAlso = "*?[]!+-.@#$%~^";
    return continues_word(c) || kAlso.find(c) != std::string_view::npos;
}

class Reader {
  public:
    Reader(std::string_view text, size_t at) : text_(text), at_(at), begin_(at), piece_at_(at) {}

    PointText read() {
        while (at_ < text_.size() && !read_.bad && take_one()) {
        }
        end_piece();
        read_.point.span = span(begin_, at_);
        read_.end = at_;
        if (!read_.bad && read_.point.parts.front().name.empty()) read_.bad = no_point();
        return std::move(read_);
    }

  private:
    static Span span(size_t begin, size_t end) {
        return {static_cast<uint32_t>(begin), static_cast<uint32_t>(end)};
    }

    // False where the point ends.
    bool take_one() {
        const char c = text_[at_];
        if (c == ':') {
            end_piece();
            piece_at_ = ++at_;
        } else if (c == '"') {
            quoted();
        } else if (c == '=' && read_.point.parts.empty() && read_.label.empty()) {
            read_.label = std::exchange(piece_, {});
            piece_at_ = ++at_;
        } else if (is_plain(c) || (c == '/' && continues_path())) {
            piece_ += c;
            ++at_;
        } else {
            return false;
        }
        return true;
    }

    void end_piece() {
        ProbePoint::Part& part = read_.point.parts.emplace_back();
        part.span = span(piece_at_, at_);
        part.name = std::exchange(piece_, {});
    }

    void quoted() {
        ReadToken string = read_string(text_, at_, OtherEscapes::Dropped);
        at_ = string.end;
        piece_ += string.token.text;
        if (string.token.kind == Token::Kind::Bad) read_.bad = std::move(string.token);
    }

    bool continues_path() {
        if (read_.point.parts.empty()) return false;
        if (at_ == piece_at_ || text_[piece_at_] == '/' || at_ < path_until_) return true;
        path_until_ = at_;
        while (path_until_ < text_.size() &&
               (is_plain(text_[path_until_]) || text_[path_until_] == '/'))
            ++path_until_;
        return path_until_ < text_.size() && text_[path_until_] == ':';
    }

    [[nodiscard]] Token no_point() const {
        const size_t end = at_ == begin_ && at_ < text_.size() ? at_ + 1 : at_;
        return bad_token(span(begin_, end), codes::kProbePoint, "expected a probe",
                         "a script is made of probes such as: kprobe:ip_rcv { @ = count(); }");
    }

    std::string_view text_;
    size_t at_;
    size_t begin_;
    size_t piece_at_;
    size_t path_until_ = 0;
    std::string piece_;
    PointText read_;
};

}  // namespace

PointText read_point(std::string_view text, size_t at) {
    return Reader(text, at).read();
}

}  // namespace knowhy::lang::bpftrace
