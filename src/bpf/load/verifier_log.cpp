#include "bpf/load/verifier_log.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "base/text.h"

namespace knowhy::bpf {
namespace {

struct Words {
    std::string_view sign;  // part of the verifier's line
    std::string_view words;
};

// The first one that is found counts.
constexpr std::array kWords = {
    Words{"BPF program is too large", "it has more paths than the kernel is willing to follow"},
    Words{"jumps is too complex", "it has more branches than the kernel is willing to follow"},
    Words{"infinite loop detected", "the kernel cannot see that a loop ends"},
    Words{"loop is not allowed", "the kernel cannot see that a loop ends"},
    Words{"back-edge from insn", "the kernel cannot see that a loop ends"},
    Words{"unknown func", "this kernel has no such helper for programs of this type"},
    Words{"program of this type cannot use helper",
          "this kernel has no such helper for programs of this type"},
    Words{"helper call is not allowed", "the helper cannot be called here"},
    Words{"invalid bpf_context access", "what calls the program does not pass such a field"},
    Words{"combined stack size", "functions in each other need more than 512 bytes of stack"},
    Words{"invalid access to map value", "an access may lie outside its buffer"},
    Words{"outside of the allowed memory range", "an access may lie outside its buffer"},
    Words{"unbounded memory access", "an access may lie outside its buffer"},
    Words{"cannot pass map_type", "this kernel has no such operation for a map of this type"},
    Words{"unreachable insn", "some of its code can never run"},
    Words{"missing btf func_info", "this kernel does not take the types of the program"},
};

std::vector<std::string_view> lines_of(std::string_view log) {
    std::vector<std::string_view> lines;
    while (!log.empty()) {
        const size_t end = std::min(log.find('\n'), log.size());
        lines.push_back(log.substr(0, end));
        log.remove_prefix(std::min(end + 1, log.size()));
    }
    return lines;
}

std::optional<size_t> leading_number(std::string_view& text) {
    size_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    return value;
}

// "12: (bf) r1 = r10"
std::optional<size_t> instruction_of(std::string_view line) {
    const auto number = leading_number(line);
    return number && line.starts_with(": (") ? number : std::nullopt;
}

// "unreachable insn 5"
std::optional<size_t> mentioned_in(std::string_view line) {
    constexpr std::string_view kSign = "insn ";
    const size_t at = line.find(kSign);
    if (at == std::string_view::npos) return std::nullopt;
    line.remove_prefix(at + kSign.size());
    return leading_number(line);
}

// What is said beside a complaint: statistics, registers, source lines.
bool is_remark(std::string_view line) {
    return line.empty() || line.starts_with("processed ") || line.starts_with("verification ") ||
           line.starts_with("stack depth") || line.starts_with(";") || line.starts_with("arg#") ||
           line.starts_with("mark_precise") || line.find(": R") != std::string_view::npos ||
           line.starts_with("from ") || line.starts_with("max_states") ||
           instruction_of(line).has_value();
}

std::string in_words(std::string_view complaint) {
    for (const Words& known : kWords)
        if (complaint.find(known.sign) != std::string_view::npos) return std::string(known.words);
    return escaped(complaint);
}

}  // namespace

Verdict read_verifier_log(std::string_view log) {
    const std::vector<std::string_view> lines = lines_of(log);
    Verdict verdict;
    for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
        if (verdict.reason.empty() && !is_remark(*line)) {
            verdict.reason = in_words(*line);
            verdict.slot = mentioned_in(*line);
        }
        if (!verdict.slot) verdict.slot = instruction_of(*line);
        if (verdict.slot && !verdict.reason.empty()) break;
    }
    return verdict;
}

}  // namespace knowhy::bpf
