// What part of a report a line is.
#pragma once

#include <cstdint>
#include <string_view>

namespace knowhy::oops {

enum class Section : uint8_t {
    Other,  // nothing that is known to belong to a report
    Blank,
    Rule,  // "=====", "-----"
    Cpu,   // "CPU: 0 PID: 1 Comm: ...", "Pid: 1, comm: ..."
    Hardware,
    Pc,
    Registers,
    Code,
    Modules,
    TraceStart,
    Frame,
    Mark,    // "<IRQ>"
    Detail,  // what the kind has to say: "Mem abort info:", "Allocated by task 1:"
    Stack,   // a dump of it
    End,     // "---[ end trace 0000000000000000 ]---"
    Gone,    // "---[ end Kernel panic", "Rebooting in 10 seconds..": nothing comes after it
};

Section section_of(std::string_view text);

}  // namespace knowhy::oops
