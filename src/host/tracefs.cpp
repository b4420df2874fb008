#include "host/tracefs.h"

#include <fmt/format.h>
#include <linux/magic.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "base/text.h"
#include "host/files.h"

namespace knowhy::host {
namespace {

// "offset:8" of "\tfield:u32 len;\toffset:8;\tsize:4;\tsigned:0;".
std::optional<uint64_t> number_of(const std::vector<std::string_view>& parts,
                                  std::string_view key) {
    for (const std::string_view part : parts) {
        const std::string_view text = trimmed(part);
        if (text.starts_with(key)) return parse_u64(text.substr(key.size()));
    }
    return std::nullopt;
}

// "char comm[16]" to type "char[16]" and name "comm"; "void (*fn)(int)" is nobody's field.
void take_declaration(std::string_view text, EventField& field) {
    const size_t bracket = text.find('[');
    // The brackets of "__data_loc char[] name" are in front of the name.
    const bool after_name =
        bracket != std::string_view::npos && text.find(' ', bracket) == std::string_view::npos;
    const std::string_view plain = after_name ? text.substr(0, bracket) : text;
    const size_t end_of_type = plain.find_last_of(" *");
    const size_t name = end_of_type == std::string_view::npos ? 0 : end_of_type + 1;
    field.name = plain.substr(name);
    field.type = trimmed(plain.substr(0, name));
    if (after_name) field.type += text.substr(bracket);
}

std::optional<EventField> parse_field(std::string_view line) {
    const auto parts = split(line, ';');
    EventField field;
    const auto offset = number_of(parts, "offset:");
    const auto bytes = number_of(parts, "size:");
    constexpr uint64_t kMost = UINT32_MAX;
    if (!offset || !bytes || *offset > kMost || *bytes > kMost) return std::nullopt;
    constexpr std::string_view kField = "field:";
    take_declaration(trimmed(trimmed(parts[0]).substr(kField.size())), field);
    field.offset = static_cast<uint32_t>(*offset);
    field.bytes = static_cast<uint32_t>(*bytes);
    field.is_signed = number_of(parts, "signed:") == 1U;
    return field.name.empty() ? std::nullopt : std::optional(std::move(field));
}

// A module's functions have it behind them: "bond_open [bonding]".
std::string_view in_brackets(std::string_view text) {
    const bool is_module = text.size() > 2 && text.front() == '[' && text.back() == ']';
    return is_module ? text.substr(1, text.size() - 2) : std::string_view();
}

}  // namespace

Result<EventFormat> parse_event_format(std::string_view text) {
    EventFormat format;
    bool has_id = false;
    for (const std::string_view line : split(text, '\n')) {
        const std::string_view plain = trimmed(line);
        if (plain.starts_with("ID:")) {
            const auto id = parse_u64(trimmed(plain.substr(3)));
            has_id = id && *id <= UINT32_MAX;
            if (has_id) format.id = static_cast<uint32_t>(*id);
        }
        if (!plain.starts_with("field:")) continue;
        auto field = parse_field(plain);
        if (!field) return fail(ErrorKind::System, "no field of an event: {}", escaped(plain));
        format.fields.push_back(std::move(*field));
    }
    if (!has_id) return fail(ErrorKind::System, "no format of an event: it has no ID");
    return format;
}

std::vector<TraceableFunction> parse_traceable_functions(std::string_view text) {
    std::vector<TraceableFunction> functions;
    for (const std::string_view line : split(text, '\n')) {
        auto words = split_whitespace(line);
        if (!words.empty() && words.front().starts_with("0x")) words.erase(words.begin());
        if (words.empty() || words.front().starts_with("__ftrace_invalid_address")) continue;
        TraceableFunction function{std::string(words[0]), ""};
        if (words.size() > 1) function.module = in_brackets(words[1]);
        functions.push_back(std::move(function));
    }
    return functions;
}

std::vector<std::string> parse_kprobe_blacklist_names(std::string_view text) {
    std::vector<std::string> names;
    for (const std::string_view line : split(text, '\n')) {
        const auto words = split_whitespace(line);
        if (words.size() > 1) names.emplace_back(words[1]);
    }
    return names;
}

Result<Tracefs> Tracefs::open() {
    KW_TRY(KernelMount mount,
           KernelMount::open("tracefs", TRACEFS_MAGIC,
                             {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"}));
    // Who may not look inside would take every event for one that is not there.
    if (access(mount.path("events").c_str(), R_OK | X_OK) != 0)
        return fail_errno(errno, "cannot read tracefs");
    return Tracefs(std::move(mount));
}

Result<std::vector<EventName>> Tracefs::events() const {
    KW_TRY(const std::string text, read_kernel_file(mount_.path("available_events")));
    std::vector<EventName> events;
    for (const std::string_view line : split(text, '\n')) {
        const size_t colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        events.push_back({std::string(line.substr(0, colon)), std::string(line.substr(colon + 1))});
    }
    return events;
}

bool Tracefs::has_event(const EventName& event) const {
    return file_exists(mount_.path(fmt::format("events/{}/{}/id", event.system, event.name)));
}

Result<EventFormat> Tracefs::format(const EventName& event) const {
    KW_TRY(const std::string text, read_kernel_file(mount_.path(fmt::format(
                                       "events/{}/{}/format", event.system, event.name))));
    return parse_event_format(text);
}

Result<std::vector<TraceableFunction>> Tracefs::traceable_functions() const {
    KW_TRY(const std::string text, read_kernel_file(mount_.path("available_filter_functions")));
    return parse_traceable_functions(text);
}

Result<std::vector<std::string>> kprobe_blacklist() {
    KW_TRY(const KernelMount debugfs,
           KernelMount::open("debugfs", DEBUGFS_MAGIC, {"/sys/kernel/debug"}));
    const auto text = read_kernel_file(debugfs.path("kprobes/blacklist"));
    if (!text && text.error().os_errno == ENOENT) return std::vector<std::string>{};
    if (!text) return tl::unexpected(text.error());
    return parse_kprobe_blacklist_names(*text);
}

}  // namespace knowhy::host
