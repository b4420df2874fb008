// The lines of a log, and what stands before a kernel message in each: the console's level and
// time, syslog's and the journal's host, dmesg's and /dev/kmsg's fields, the printing CPU or task.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace knowhy::oops {

// Views are of the reader's memory, and end with the call.
struct LogLine {
    uint32_t number = 0;       // from 1
    std::string_view text;     // the message, without what stands before it
    std::optional<double> at;  // seconds since boot
    std::string_view caller;   // "T123", "C0"; "" where the log does not say
    bool prefixed = false;     // something stood before the message
    uint64_t dropped = 0;      // messages before it that the console could not keep up with
    bool partial = false;      // the text ended in it: its last word may be half a word
    bool ends_blank = false;   // the blank itself is not in `text`
    size_t width = 0;          // of the whole line as it is in the log
};

LogLine take_prefix(std::string_view line);

class LineReader {
  public:
    using Sink = std::function<void(const LogLine&)>;

    void feed(std::string_view chunk, const Sink& sink);
    void finish(const Sink& sink);  // the last line, where it has no end

  private:
    void keep(std::string_view part);
    void give(std::string_view line, bool partial, const Sink& sink);

    std::string pending_;  // the beginning of a line whose end has not come
    std::string plain_;    // a line without its terminal escapes
    uint32_t number_ = 0;
};

}  // namespace knowhy::oops
