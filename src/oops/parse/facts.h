// What most reports have: who ran where, on what kernel, with which modules; the Code line.
#pragma once

#include <string_view>

#include "model/oops.h"

namespace knowhy::oops {

// "CPU: 0 PID: 1 Comm: x Tainted: G ... 6.1.0 #1", "Pid: 1, comm: x Not tainted 2.6.32 #1 ...",
// "Process x (pid: 1, ...)", "task:x state:D ... pid:1", "Cpu 0".
void read_cpu_line(std::string_view text, model::OopsReport& report);

// "Modules linked in: a b(OE) c"; a list may go on in further lines.
class ModuleList {
  public:
    explicit ModuleList(model::OopsReport& report) : report_(report) {}

    void begin(std::string_view text);
    // Whether the line went on with the list.
    bool go_on(std::string_view text);

  private:
    bool take(std::string_view names);

    model::OopsReport& report_;
    bool open_ = false;
    bool done_ = false;
};

// "Code: 48 89 e5 <48> 8b ..."; "Instruction dump:" with the words in the lines that follow.
class CodeBytes {
  public:
    explicit CodeBytes(model::OopsReport& report) : report_(report) {}

    void begin(std::string_view text);
    bool go_on(std::string_view text);
    // Puts words into memory's order, once it is known whose they are.
    void finish();

    [[nodiscard]] bool begun() const { return begun_; }

  private:
    struct Word {
        uint32_t value = 0;
        uint8_t bytes = 1;
    };

    void take(std::string_view text);

    model::OopsReport& report_;
    std::vector<Word> words_;
    std::optional<size_t> marked_;
    bool begun_ = false;
    bool open_ = false;
};

}  // namespace knowhy::oops
