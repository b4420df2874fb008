// Where a command's results go: stdout or the file given with -o, text or JSON Lines. A write that
// fails (a full disk) is an Error that names the file; a command hands it up and stops.
#pragma once

#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace knowhy::cli {

class Output {
  public:
    Output() = default;                                   // stdout
    static Result<Output> open(const std::string& path);  // "" for stdout; creates or truncates

    // Everything, at once: what was written is in the kernel when it returns.
    Status write(std::string_view text);

    [[nodiscard]] bool is_terminal() const;
    // On a terminal, unless NO_COLOR is set (not empty) or TERM is dumb.
    [[nodiscard]] bool wants_colour() const;
    // The terminal's columns; 100 where there is no terminal. At least 40.
    [[nodiscard]] unsigned width() const;
    [[nodiscard]] unsigned height() const;  // the terminal's rows; 24 where it does not say

  private:
    UniqueFd file_;
    std::string name_ = "standard output";
    [[nodiscard]] int fd() const { return file_.valid() ? file_.get() : 1; }
};

}  // namespace knowhy::cli
