#include "base/log.h"

#include <atomic>
#include <cstdio>

namespace knowhy::log {
namespace {

std::atomic<bool> is_verbose{false};

// One write per line, so that lines of several threads never mix.
void write_line(std::string_view prefix, std::string_view line) {
    const std::string whole = fmt::format("{}{}\n", prefix, line);
    std::fwrite(whole.data(), 1, whole.size(), stderr);
    std::fflush(stderr);
}

}  // namespace

void set_verbose(bool on) {
    is_verbose = on;
}
bool verbose() {
    return is_verbose;
}

void write_note(std::string_view line) {
    write_line("", line);
}
void write_warning(std::string_view line) {
    write_line("warning: ", line);
}
void write_debug(std::string_view line) {
    write_line("debug: ", line);
}

}  // namespace knowhy::log
