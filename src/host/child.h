// A command that is started, and waits to be let go.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace knowhy::host {

// As a shell takes a line apart: blanks between words; '...' and "..." keep them, a backslash the
// character behind it. Nothing is expanded. Usage for a quotation that does not end.
Result<std::vector<std::string>> split_words(std::string_view line);

class Child {
  public:
    // A process that will run the command, found as execvp(3) does. It has its pid from now on.
    static Result<Child> start_held(const std::vector<std::string>& words);
    Child(Child&&) noexcept = default;
    Child& operator=(Child&&) noexcept = default;
    ~Child();  // a child that was never let go is killed, one that was goes on

    [[nodiscard]] int pid() const { return pid_; }
    // Readable for poll(2) once the command has ended.
    [[nodiscard]] int descriptor() const { return process_.get(); }
    // Lets it begin. Usage where the command cannot be run.
    Status let_go();

  private:
    Child() = default;

    int pid_ = -1;
    UniqueFd process_;
    UniqueFd go_;       // written to: it begins
    UniqueFd trouble_;  // read from: the errno with which it could not
};

// For poll(2): readable once the process has ended. Usage where there is none.
Result<UniqueFd> watch_process(int pid);

}  // namespace knowhy::host
