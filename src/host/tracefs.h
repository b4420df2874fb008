// tracefs: the kernel's events and their records, and what functions may be probed.
// Documentation/trace/events.rst and ftrace.rst have the files' forms.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "host/kernel_mount.h"

namespace knowhy::host {

struct EventName {
    std::string system;  // "skb"
    std::string name;    // "kfree_skb"
    bool operator==(const EventName&) const = default;
};

// A field of an event's record. Offsets and sizes in bytes, from the record's start.
struct EventField {
    std::string type;  // as written, dimensions at the end: "const char *", "__data_loc char[]"
    std::string name;
    uint32_t offset = 0;
    uint32_t bytes = 0;
    bool is_signed = false;
};

struct EventFormat {
    uint32_t id = 0;                 // as perf_event_open(2) wants it
    std::vector<EventField> fields;  // those that all events have ("common_type") first
};

// The text of an event's `format` file. An Error names the line that cannot be read.
Result<EventFormat> parse_event_format(std::string_view text);

struct TraceableFunction {
    std::string name;
    std::string module;  // "" for vmlinux
    bool operator==(const TraceableFunction&) const = default;
};

// The text of available_filter_functions, with or without addresses. Functions whose name the
// kernel itself could not tell (__ftrace_invalid_address___16) are left out.
std::vector<TraceableFunction> parse_traceable_functions(std::string_view text);

// The names in the text of kprobes/blacklist.
std::vector<std::string> parse_kprobe_blacklist_names(std::string_view text);

class Tracefs {
  public:
    static Result<Tracefs> open();

    [[nodiscard]] Result<std::vector<EventName>> events() const;
    [[nodiscard]] bool has_event(const EventName& event) const;
    // ENOENT for an event that there is not.
    [[nodiscard]] Result<EventFormat> format(const EventName& event) const;
    // What ftrace can reach, and so what a kprobe can be put on without a guess.
    [[nodiscard]] Result<std::vector<TraceableFunction>> traceable_functions() const;

  private:
    explicit Tracefs(KernelMount mount) : mount_(std::move(mount)) {}
    KernelMount mount_;
};

// Functions that the kernel refuses a kprobe on. From debugfs; empty where the kernel has no
// kprobes, Error where the list cannot be read.
Result<std::vector<std::string>> kprobe_blacklist();

}  // namespace knowhy::host
