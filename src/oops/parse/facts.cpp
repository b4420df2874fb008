#include "oops/parse/facts.h"

#include <algorithm>

#include "base/text.h"
#include "oops/parse/scan.h"

namespace knowhy::oops {
namespace {

constexpr size_t kMostModules = 2000;
constexpr size_t kMostCode = 4096;  // bytes

bool is_taint(std::string_view word) {
    return !word.empty() && word.size() < 24 &&
           std::all_of(word.begin(), word.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool is_release(std::string_view word) {
    return word.size() > 2 && is_digit(word[0]) && word.find('.') != std::string_view::npos;
}

// What follows a task's name: the taint, then the release.
void read_taint(std::string_view text, model::OopsReport& report) {
    const bool tainted = text.starts_with("Tainted:");
    if (!tainted && !text.starts_with("Not tainted")) return;
    text.remove_prefix(std::min(text.size(), tainted ? std::string_view("Tainted:").size()
                                                     : std::string_view("Not tainted").size()));
    std::string letters;
    for (const std::string_view word : split_whitespace(text)) {
        if (tainted && report.release.empty() && is_taint(word)) {
            letters += word;
        } else if (is_release(word)) {
            if (report.release.empty()) report.release = word;
            break;
        } else if (word != "VLI" && !word.starts_with('(')) {
            break;
        }
    }
    if (report.taint.empty()) report.taint = letters;
}

void read_comm(std::string_view text, std::string_view label, model::OopsReport& report) {
    const auto after = between(text, label, "");
    if (!after) return;
    size_t end = after->find(" Not tainted");
    if (end == std::string_view::npos) end = after->find(" Tainted: ");
    const std::string_view comm = after->substr(0, end);
    if (report.comm.empty() && comm.size() < 64) report.comm = trimmed(comm);
    if (end != std::string_view::npos) read_taint(after->substr(end + 1), report);
}

void set_pid(model::OopsReport& report, std::optional<uint64_t> pid) {
    if (pid && !report.pid && *pid <= INT32_MAX) report.pid = static_cast<int64_t>(*pid);
}

void set_cpu(model::OopsReport& report, std::optional<uint64_t> cpu) {
    if (cpu && !report.cpu && *cpu < 1U << 20U) report.cpu = static_cast<uint32_t>(*cpu);
}

bool is_module(std::string_view word) {
    const std::string_view name = word.substr(0, word.find('('));
    return !name.empty() && name.size() < 60 && !is_digit(name[0]) &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
                      c == '-';
           });
}

// Without what it was called in the text.
model::OopsModule module_of(std::string_view word) {
    const size_t flags = word.find('(');
    model::OopsModule module{std::string(word.substr(0, flags)), ""};
    if (flags != std::string_view::npos) {
        module.flags = word.substr(flags + 1, word.find(')') - flags - 1);
    }
    return module;
}

}  // namespace

void read_cpu_line(std::string_view raw, model::OopsReport& report) {
    const std::string_view text = trimmed(raw);
    if (text.starts_with("CPU:") || text.starts_with("CPU ") || text.starts_with("Cpu ") ||
        text.starts_with("Cpu: ")) {
        set_cpu(report, decimal_after(text, text[3] == ':' ? ":" : " "));
        set_pid(report, decimal_after(text, "PID:"));
        read_comm(text, "Comm: ", report);
    } else if (text.starts_with("Pid: ")) {
        set_pid(report, decimal_after(text, "Pid:"));
        read_comm(text, "comm: ", report);
    } else if (text.starts_with("Process ")) {
        const auto name = between(text, "Process ", " (pid: ");
        if (!name) return;
        if (report.comm.empty()) report.comm = *name;
        set_pid(report, decimal_after(text, "(pid: "));
    } else if (text.starts_with("task:")) {
        const auto name = between(text, "task:", " state:");
        if (name && report.comm.empty()) report.comm = trimmed(*name);
        auto pid = decimal_after(text, " pid:");
        set_pid(report, pid);
    } else if (text.starts_with("Tainted: [")) {
        return;  // the flags' names, of 6.11 and later; the letters stand above
    } else {
        read_taint(text, report);
    }
}

bool ModuleList::take(std::string_view names) {
    const auto words = split_whitespace(names);
    // All or nothing, so that prose after the list is not taken for modules.
    std::vector<model::OopsModule> found;
    bool last = false;
    for (const std::string_view word : words) {
        if (word.starts_with('[')) {  // "[last unloaded: x]"
            last = true;
            break;
        }
        if (!is_module(word)) return false;
        found.push_back(module_of(word));
    }
    for (auto& module : found) {
        if (report_.modules.size() < kMostModules) report_.modules.push_back(std::move(module));
    }
    if (last) open_ = false;
    return true;
}

void ModuleList::begin(std::string_view text) {
    if (done_) return;
    done_ = open_ = true;
    const std::string_view names = text.substr(text.find(':') + 1);
    // A list that is cut inside a word still names the others.
    if (!take(names)) {
        const size_t cut = names.find_last_of(' ');
        if (cut != std::string_view::npos) take(names.substr(0, cut));
        open_ = false;
    }
}

bool ModuleList::go_on(std::string_view text) {
    if (!open_) return false;
    open_ = !text.empty() && text.find(':') == std::string_view::npos && take(text);
    return open_;
}

void CodeBytes::begin(std::string_view text) {
    if (begun_) return;
    begun_ = open_ = true;
    take(text.substr(text.find(':') + 1));
}

bool CodeBytes::go_on(std::string_view text) {
    if (!open_) return false;
    const auto words = split_whitespace(text);
    const bool all = !words.empty() && std::all_of(words.begin(), words.end(), [](auto word) {
        if (word == "XXXXXXXX") return true;
        if (word.starts_with('<') || word.starts_with('(')) word.remove_prefix(1);
        if (word.ends_with('>') || word.ends_with(')')) word.remove_suffix(1);
        return (word.size() == 2 || word.size() == 4 || word.size() == 8) &&
               std::all_of(word.begin(), word.end(), is_hex_digit);
    });
    open_ = all;
    if (all) take(text);
    return all;
}

void CodeBytes::take(std::string_view text) {
    for (std::string_view word : split_whitespace(text)) {
        if (words_.size() >= kMostCode) return;
        if (word == "XXXXXXXX" || word == "????????") {
            // A gap before the first word that was read is only a later beginning.
            if (!words_.empty()) open_ = false;
            if (!words_.empty()) return;
            continue;
        }
        const bool marked = word.starts_with('<') || word.starts_with('(');
        if (marked) word.remove_prefix(1);
        if (marked && (word.ends_with('>') || word.ends_with(')'))) word.remove_suffix(1);
        const auto value = parse_u64(word, 16);
        const bool width = word.size() == 2 || word.size() == 4 || word.size() == 8;
        if (!value || !width) {
            open_ = false;
            if (words_.empty()) {
                report_.code.unreadable = true;
            } else {
                report_.damage.emplace_back("the Code line is not readable to its end");
            }
            return;
        }
        if (marked && !marked_) marked_ = words_.size();
        words_.push_back({static_cast<uint32_t>(*value), static_cast<uint8_t>(word.size() / 2)});
    }
}

void CodeBytes::finish() {
    model::OopsCode& code = report_.code;
    if (words_.empty()) return;
    code.unit = words_.front().bytes;
    for (size_t i = 0; i < words_.size(); ++i) {
        if (marked_ == i) code.marker = code.bytes.size();
        // A wider or narrower group in between is noise: what follows has no known place.
        if (words_[i].bytes != code.unit && report_.arch != "riscv64") {
            report_.damage.emplace_back("the Code line changes its width");
            return;
        }
        for (unsigned n = 0; n < words_[i].bytes; ++n) {
            const unsigned place = report_.big_endian ? words_[i].bytes - 1U - n : n;
            code.bytes.push_back(static_cast<uint8_t>(words_[i].value >> (8 * place)));
        }
    }
}

}  // namespace knowhy::oops
