// Names by shell globs, as probe points are written with them.
#pragma once

#include <string>
#include <string_view>

namespace knowhy::collect {

class Pattern {
  public:
    explicit Pattern(std::string_view glob) : glob_(glob) {}

    // False: it means one name only, itself.
    [[nodiscard]] bool has_wildcards() const;
    [[nodiscard]] bool matches(std::string_view name) const;
    [[nodiscard]] const std::string& text() const { return glob_; }

  private:
    std::string glob_;
};

}  // namespace knowhy::collect
