#include "collect/show/path.h"

#include <algorithm>

#include "base/text.h"

namespace knowhy::collect {
namespace {

constexpr size_t kMostSteps = 64;

bool in_a_name(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '_';
}

class Parser {
  public:
    explicit Parser(std::string_view text) : text_(text) {}

    tl::expected<Path, PathProblem> parse() {
        if (!take_member()) return tl::unexpected(problem_);
        while (at_ < text_.size()) {
            if (path_.size() == kMostSteps) return wrong("more than 64 steps");
            if (!take_step()) return tl::unexpected(problem_);
        }
        return std::move(path_);
    }

  private:
    bool take_step() {
        if (text_[at_] == '[') return take_index();
        if (text_[at_] == '.') {
            ++at_;
            return take_member();
        }
        if (text_.substr(at_).starts_with("->")) {
            at_ += 2;
            return take_member();
        }
        problem_ = {at_, "expected '->', '.' or '['"};
        return false;
    }

    bool take_member() {
        const size_t begin = at_;
        while (at_ < text_.size() && in_a_name(text_[at_])) ++at_;
        if (at_ == begin || (text_[begin] >= '0' && text_[begin] <= '9')) {
            problem_ = {begin, "expected a member's name"};
            return false;
        }
        add({std::string(text_.substr(begin, at_ - begin)), 0, begin, {}});
        return true;
    }

    bool take_index() {
        const size_t begin = at_++;
        const size_t end = std::min(text_.find(']', at_), text_.size());
        const std::string_view digits = text_.substr(at_, end - at_);
        const auto index =
            digits.starts_with("0x") ? parse_u64(digits.substr(2), 16) : parse_u64(digits);
        if (end == text_.size() || !index) {
            problem_ = {begin, "expected a number and ']'"};
            return false;
        }
        at_ = end + 1;
        add({"", *index, begin, {}});
        return true;
    }

    void add(PathStep step) {
        step.until_here = text_.substr(0, at_);
        path_.push_back(std::move(step));
    }

    tl::unexpected<PathProblem> wrong(const char* message) const {
        return tl::unexpected(PathProblem{at_, message});
    }

    std::string_view text_;
    size_t at_ = 0;
    Path path_;
    PathProblem problem_;
};

}  // namespace

tl::expected<Path, PathProblem> parse_path(std::string_view text) {
    return Parser(text).parse();
}

}  // namespace knowhy::collect
